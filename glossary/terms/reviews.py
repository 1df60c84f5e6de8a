"""A review is of the text that was read: an edit afterwards reopens it.

What counts as an edit of a term: its headword, definition and explanation, and the publisher, title
and address of its sources. Names, relations, category, series, their order, and the day a source
was read do not count; neither do new numbers, because the text with its figures is the same.
"""

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.db import transaction
from django.utils import timezone

from glossary.mentions import linked_names
from glossary.models import Person, Term
from glossary.models.people import Signed

TEXTS = ("headword", "definition", "explanation")
CITED = ("publisher", "title", "url")
WHY = "The text changed after its review."
REOPENED = "The text changed, so its review no longer holds: it has to be reviewed again."

type Review = tuple[date | None, int | None]


def texts_of(term: Term) -> list[Any]:
    """Return the texts that a review covers: those of the term, and of its stored sources."""
    cited = sorted(term.citations.values_list(*CITED)) if term.pk else []
    return [*(getattr(term, name) for name in TEXTS), cited]


def settle(text: Signed, before: Review, is_edited: bool) -> bool:
    """Reopen the review if the text was edited without another review; return whether it was.

    `before` is the review as it was stored. The caller saves the text.
    """
    if not is_edited or text.reviewed_on is None or text.review != before:
        return False
    text.reviewed_on = text.reviewed_by = None
    text.reopened_on = timezone.localdate()
    text._change_reason = WHY  # type: ignore[attr-defined]
    return True


@transaction.atomic
def mark_reviewed(terms: Iterable[Term], by: Person) -> None:
    """Record that a person reviewed the stored terms today, in a new version of each."""
    linked_names.hold()
    ids = [term.pk for term in terms]
    for term in Term.objects.filter(pk__in=ids).order_by("pk").select_for_update():
        term.reviewed_on, term.reviewed_by = timezone.localdate(), by
        term.save(update_fields=["reviewed_on", "reviewed_by", "reopened_on"])
