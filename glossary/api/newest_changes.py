"""New terms, and terms whose headword or definition changed."""

from dataclasses import dataclass
from datetime import datetime

from glossary.models import Term
from glossary.terms.timeline import versions_read

NEWEST = 50
# How many versions are read to find them: a term may have been reworded several times.
VERSIONS_READ = NEWEST * 4


@dataclass(frozen=True, slots=True)
class TermChange:
    """The last change of a term's headword or definition, or its first publication."""

    term: Term
    changed_at: datetime
    definition_before: str = ""


def newest_changes() -> list[TermChange]:
    """Return the last change of each published term, newest first, in two queries.

    A new headword or definition and the first publication count. Edits of the explanation, new
    aliases, reviews and later publications do not.
    """
    published = Term.objects.published()
    history = Term.history.filter(id__in=published.values("pk"))
    versions = list(versions_read(history, "headword", "definition")[:VERSIONS_READ])
    known = published.select_related("category").in_bulk({version.id for version in versions})
    changes: dict[int, TermChange] = {}
    for version in versions:
        if version.id in known and version.id not in changes:
            before = version.definition_before or ""
            told = "" if before == version.definition else before
            changes[version.id] = TermChange(known[version.id], version.history_date, told)
    return list(changes.values())[:NEWEST]
