"""New terms, and terms whose headword or definition changed."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import F, Q, Window
from django.db.models.functions import Lag

from glossary.models import Term

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
    versions = list(_substantial()[:VERSIONS_READ])
    terms = Term.objects.published().select_related("category")
    known = terms.in_bulk({version.id for version in versions})
    changes: dict[int, TermChange] = {}
    for version in versions:
        if version.id in known and version.id not in changes:
            changes[version.id] = _change(known[version.id], version)
    return list(changes.values())[:NEWEST]


def _substantial() -> Any:  # simple_history's models have no types
    def before(field: str) -> Window:
        return Window(
            Lag(field), partition_by=F("id"), order_by=[F("history_date"), F("history_id")]
        )

    versions = Term.history.annotate(
        headword_before=before("headword"),
        definition_before=before("definition"),
    )
    is_first = Q(headword_before=None)
    is_other = ~Q(headword_before=F("headword")) | ~Q(definition_before=F("definition"))
    # Filtered before the window looks back, so it compares versions that readers saw.
    seen = versions.filter(
        status=Term.Status.PUBLISHED, id__in=Term.objects.published().values("pk")
    )
    return seen.filter(is_first | is_other).order_by("-history_date", "-history_id")


def _change(term: Term, version: Any) -> TermChange:
    before = version.definition_before or ""
    return TermChange(term, version.history_date, before if before != version.definition else "")
