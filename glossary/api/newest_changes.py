"""What is new in the glossary: terms that appeared, and terms that say something else now."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import F, Q, Window
from django.db.models.functions import Lag

from glossary.models import Term

NEWEST = 50
# Versions looked at to find them: a term may have been reworded several times.
LOOKED_AT = NEWEST * 4


@dataclass(frozen=True, slots=True)
class Change:
    """The last time a term's headword or definition changed, or that it came before readers."""

    term: Term
    changed_at: datetime
    definition_before: str = ""


def newest_changes() -> list[Change]:
    """Return one change a term, the newest first, of terms that are published now: two queries.

    An explanation that was edited, a new alias, a review or a second publication are no news; a
    new headword, definition or first publication are.
    """
    versions = list(_substantial()[:LOOKED_AT])
    terms = Term.objects.published().select_related("category")
    known = terms.in_bulk({version.id for version in versions})
    changes: dict[int, Change] = {}
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
    # What a window looks at is filtered first: it compares what readers saw, never a draft.
    seen = versions.filter(
        status=Term.Status.PUBLISHED, id__in=Term.objects.published().values("pk")
    )
    return seen.filter(is_first | is_other).order_by("-history_date", "-history_id")


def _change(term: Term, version: Any) -> Change:
    before = version.definition_before or ""
    return Change(term, version.history_date, before if before != version.definition else "")
