"""Deleted terms and the way back: as a draft, with what was deleted along with it."""

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

# What was deleted this close to a term was deleted with it.
TOGETHER = timedelta(minutes=1)


def deleted_terms() -> list[Any]:
    """Return of each deleted term its last version, the one deleted last first."""
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
    """Make a deleted term a draft again, with the parts and addresses that went with it.

    Returns it and, in words, which parts could not come along. Raises ValidationError when its
    name or address is taken by now.
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
    """Put back what went with the term; yield what could not be, and why."""
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
    """Let its earlier addresses lead to it again, as far as no other term has taken them."""
    slugs = set(Term.history.filter(id=term.pk).values_list("slug", flat=True)) - {term.slug}
    taken = set(Term.objects.filter(slug__in=slugs).values_list("slug", flat=True))
    free = [FormerSlug(slug=slug, term=term) for slug in sorted(slugs - taken)]
    FormerSlug.objects.bulk_create(free, ignore_conflicts=True)
