"""Deleted terms, and bringing them back as drafts with their parts."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q, QuerySet
from django.http import Http404

from glossary.models import FormerSlug, Relation, Term
from glossary.terms import publishing
from glossary.terms.history import PARTS, insert, text_of

# A part deleted this close to its term was deleted with it.
TOGETHER = timedelta(minutes=1)


def deleted_terms() -> list[Any]:
    """Return the last version of each deleted term, the last deleted first."""
    found: dict[int, Any] = {}
    for record in _deletions().select_related("history_user").defer("explanation"):
        found.setdefault(record.id, record)
    return list(found.values())


def _deletions() -> QuerySet[Any]:
    deletions: QuerySet[Any] = Term.history.filter(history_type="-").exclude(
        id__in=Term.objects.values("pk")
    )
    return deletions.order_by("-history_date", "-history_id")


@transaction.atomic
def bring_back(term_id: int) -> tuple[Term, list[str]]:
    """Restore a deleted term as a draft, with its parts and earlier addresses.

    Returns the term and, in words, the parts that could not be restored. Raises ValidationError
    when another term has its name or address.
    """
    record = _deletions().filter(id=term_id).first()
    if record is None:
        raise Http404("There is no such deleted term.")
    term: Term = record.instance
    term.status, term.publish_at = Term.Status.DRAFT, None
    with publishing.saving(term):
        insert(term)
    left_out = list(_bring_back_parts(record))
    _bring_back_addresses(term)
    return term, left_out


def _bring_back_parts(record: Any) -> Iterator[str]:
    """Restore the parts; yield those that could not be restored, and why."""
    span = (record.history_date - TOGETHER, record.history_date + TOGETHER)
    for kind, (model, owner) in PARTS.items():
        mine = Q(**{owner: record.id}) | (Q(to_term_id=record.id) if model is Relation else Q())
        gone = model.history.filter(mine, history_type="-", history_date__range=span)
        for part in gone.order_by("history_id"):
            try:
                insert(part.instance)
            except ValidationError as error:
                yield f"{kind.capitalize()} {text_of(part, {})}: {' '.join(error.messages)}"


def _bring_back_addresses(term: Term) -> None:
    """Restore earlier addresses that no other term has taken."""
    slugs = set(Term.history.filter(id=term.pk).values_list("slug", flat=True)) - {term.slug}
    taken = set(Term.objects.filter(slug__in=slugs).values_list("slug", flat=True))
    free = [FormerSlug(slug=slug, term=term) for slug in sorted(slugs - taken)]
    FormerSlug.objects.bulk_create(free, ignore_conflicts=True)
