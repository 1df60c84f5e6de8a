"""Bringing deleted terms back as drafts with their parts."""

from collections.abc import Iterator
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q

from glossary.models import FormerSlug, Relation, Term
from glossary.models.deletions import deleted_parts, insert, last_version
from glossary.terms import publishing
from glossary.terms.history import PARTS, text_of


@transaction.atomic
def bring_back(term_id: int) -> tuple[Term, list[str]]:
    """Restore a deleted term as a draft, with its parts and earlier addresses.

    Returns the term and, in words, the parts that could not be restored. Raises ValidationError
    when another term has its name or address.
    """
    record = last_version(Term, term_id)
    term: Term = record.instance
    term.status, term.publish_at = Term.Status.DRAFT, None
    term.forget_missing_people()
    with publishing.saving(term):
        insert(term)
    left_out = list(_bring_back_parts(record))
    _bring_back_addresses(term)
    return term, left_out


def _bring_back_parts(record: Any) -> Iterator[str]:
    """Restore the parts; yield those that could not be restored, and why."""
    for kind, (model, owner) in PARTS.items():
        mine = Q(**{owner: record.id}) | (Q(to_term_id=record.id) if model is Relation else Q())
        for part in deleted_parts(record, model, mine):
            try:
                insert(part)
            except ValidationError as error:
                why = " ".join(error.messages)
                what = f"{kind.capitalize()} {text_of(part, {})}"
                yield f"This could not be restored. {what}: {why}"


def _bring_back_addresses(term: Term) -> None:
    """Restore earlier addresses that no other term has taken."""
    slugs = set(Term.history.filter(id=term.pk).values_list("slug", flat=True)) - {term.slug}
    taken = set(Term.objects.filter(slug__in=slugs).values_list("slug", flat=True))
    free = [FormerSlug(slug=slug, term=term) for slug in sorted(slugs - taken)]
    FormerSlug.objects.bulk_create(free, ignore_conflicts=True)
