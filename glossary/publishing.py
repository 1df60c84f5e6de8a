"""Putting terms before readers and taking them back."""

from collections.abc import Iterable

from django.db import transaction
from django.template.defaultfilters import pluralize

from glossary.models import Term


def publish(terms: Iterable[Term]) -> int:
    """Publish those that are drafts; return how many were. Saved one by one, so history is kept."""
    return _set_status(terms, Term.Status.PUBLISHED)


def withdraw(terms: Iterable[Term]) -> int:
    """Turn published terms back into drafts; return how many were."""
    return _set_status(terms, Term.Status.DRAFT)


def publish_due() -> str:
    """Publish the drafts whose time has come (a job of the clock)."""
    with transaction.atomic():
        count = publish(Term.objects.due().select_for_update())
    return f"{count} scheduled term{pluralize(count)} published" if count else ""


@transaction.atomic
def _set_status(terms: Iterable[Term], status: Term.Status) -> int:
    changed = [term for term in terms if term.status != status]
    for term in changed:
        term.status = status
        term.publish_at = None
        term.save(update_fields=["status", "publish_at"])
    return len(changed)
