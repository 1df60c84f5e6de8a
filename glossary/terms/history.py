"""The history of a term with its parts: the library shows and restores one row only."""

from collections.abc import Iterator
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.http import Http404

from glossary import search
from glossary.mentions import linked_names
from glossary.models import Alias, Citation, FormerSlug, Relation, Term
from glossary.models.deletions import deleted_parts, insert, last_version
from glossary.terms import publishing, reviews

MOST = 100
PARTS: dict[str, tuple[Any, str]] = {
    "alias": (Alias, "term_id"),
    "relation": (Relation, "from_term_id"),
    "citation": (Citation, "term_id"),
}


def of_parts(term_id: int) -> list[dict[str, Any]]:
    """Return the last changes of a term's aliases, relations and citations, newest first.

    `record` is a historical row of django-simple-history.
    """
    changes: list[dict[str, Any]] = []
    for kind, (model, owner) in PARTS.items():
        own = {owner: term_id}
        versions = model.history.filter(**own).select_related("history_user")
        records = list(versions.order_by("-history_date")[:MOST])
        present = set(model.objects.filter(**own).values_list("pk", flat=True))
        others = Term.objects.in_bulk({getattr(record, "to_term_id", None) for record in records})
        for record in records:
            is_gone = record.history_type == "-" and record.id not in present
            text = text_of(record, others)
            changes.append({"kind": kind, "record": record, "text": text, "can_restore": is_gone})
    changes.sort(key=lambda change: change["record"].history_date, reverse=True)
    return changes[:MOST]


@transaction.atomic
def restore_part(term: Term, kind: str, version: int) -> Any:
    """Restore a deleted row. Raises ValidationError if it conflicts with another row."""
    linked_names.hold()
    term.refresh_from_db()  # somebody may have saved it before names were held
    model, owner = PARTS.get(kind, (None, ""))
    record = model and model.history.filter(pk=version, **{owner: term.pk}).first()
    if not record or record.history_type != "-":
        raise Http404("There is no such deleted part.")
    row = record.instance
    if model.objects.filter(pk=row.pk).exists():
        raise ValidationError("It is back already.")
    before = term.review, reviews.texts_of(term)
    insert(row)
    if reviews.settle(term, before[0], reviews.texts_of(term) != before[1]):
        term.save()
    search.after_commit("term", [term.pk])
    return row


def text_of(record: Any, others: dict[int, Term]) -> str:
    """Describe a historical row, even if its related rows are gone."""
    if hasattr(record, "to_term_id"):
        return f"{others.get(record.to_term_id, 'a deleted term')} ({record.kind})"
    if hasattr(record, "publisher"):
        return f"{record.publisher}: {record.title}"
    return f"{record.name} ({record.kind})"


# --- deleted terms ---


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
    # Earlier addresses that no other term has taken.
    slugs = set(Term.history.filter(id=term.pk).values_list("slug", flat=True)) - {term.slug}
    taken = set(Term.objects.filter(slug__in=slugs).values_list("slug", flat=True))
    free = [FormerSlug(slug=slug, term=term) for slug in sorted(slugs - taken)]
    FormerSlug.objects.bulk_create(free, ignore_conflicts=True)
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
