"""Putting terms before readers and taking them back."""

import logging
from collections.abc import Iterable

from django.db import transaction
from django.template.defaultfilters import pluralize

from glossary import search, tasks
from glossary.mentions import linked_names, relinking
from glossary.models import Term
from glossary.series import figure_uses

logger = logging.getLogger(__name__)


class Unfinished(Exception):
    """A term cannot be published yet; the text says what to mend."""


@transaction.atomic
def publish(terms: Iterable[Term]) -> int:
    """Publish those that are drafts; return how many were. Saved one by one, so history is kept.

    Raises Unfinished, and publishes none, when a figure in one of them cannot be read.
    """
    drafts = _held(terms)
    for term in drafts:
        if found := figure_uses.problems(term.explanation):
            raise Unfinished(f"{term}, line {found[0].line}: {found[0].message}")
    return _set_status(drafts, Term.Status.PUBLISHED)


@transaction.atomic
def withdraw(terms: Iterable[Term]) -> int:
    """Turn published terms back into drafts; return how many were."""
    return _set_status(_held(terms), Term.Status.DRAFT)


def publish_due() -> str:
    """Publish the drafts whose time has come (a job of the clock)."""
    if not Term.objects.due().exists():
        return ""
    count = 0
    with transaction.atomic():
        linked_names.hold()
        for term in Term.objects.due():
            try:
                count += publish([term])
            except Unfinished as unfinished:
                logger.error("A scheduled term was not published. %s", unfinished)  # noqa: TRY400
    return f"{count} scheduled term{pluralize(count)} published" if count else ""


def _held(terms: Iterable[Term]) -> list[Term]:
    """Hold terms and read them anew: since they were read, somebody may have saved another text."""
    linked_names.hold()
    ids = [term.pk for term in terms]
    return list(Term.objects.filter(pk__in=ids).order_by("pk").select_for_update())


def _set_status(terms: Iterable[Term], status: Term.Status) -> int:
    changed = [term for term in terms if term.status != status]
    for term in changed:
        term.status = status
        term.publish_at = None
        term.save(update_fields=["status", "publish_at"])
        figure_uses.record(term)
        relinking.record(term)
    search.after_commit("term", [term.pk for term in changed])
    transaction.on_commit(tasks.relink.enqueue)
    return len(changed)
