"""Every save of a term's text or state: by forms, actions, imports, restores, the clock."""

import logging
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from django.db import transaction
from django.template.defaultfilters import pluralize

from glossary import search, tasks
from glossary.mentions import linked_names, relinking
from glossary.models import Term
from glossary.series import figure_uses
from glossary.terms import text_problems

logger = logging.getLogger(__name__)


class Unfinished(Exception):
    """A term cannot be published yet; the message says what to correct."""


@contextmanager
def saving(*terms: Term) -> Iterator[None]:
    """Wrap the saving of terms: check their texts before, store what depends on them after.

    Raises Unfinished, and saves nothing, when the text of a published term contains a figure or
    link that cannot be read.
    """
    with transaction.atomic():
        linked_names.hold()
        for term in terms:
            if term.is_published and (found := text_problems.problems(term.explanation)):
                raise Unfinished(f"{term}, line {found[0].line}: {found[0].message}")
        yield
        record_texts(terms)
        text_problems.record_remarks(terms)
        transaction.on_commit(tasks.relink.enqueue)


def record_texts(terms: Iterable[Term]) -> None:
    """Store the figures and links of checked texts, and that they are not broken.

    The caller holds the names.
    """
    pks = [term.pk for term in terms]
    Term.objects.filter(pk__in=pks, has_broken_text=True).update(has_broken_text=False)
    figure_uses.record_figures(*terms)
    relinking.record_links(*terms)


@transaction.atomic
def publish(terms: Iterable[Term]) -> int:
    """Publish the drafts among the terms and return their number. Each save makes a version.

    Raises Unfinished, and publishes none, when a figure or link in one of them cannot be read.
    """
    return _move(terms, Term.Status.PUBLISHED)


@transaction.atomic
def withdraw(terms: Iterable[Term]) -> int:
    """Turn terms into drafts without a time to publish; return how many changed."""
    return _move(terms, Term.Status.DRAFT)


def publish_due() -> str:
    """Publish the drafts whose time has come (a scheduled job).

    One that cannot be published is marked, for the desk, and tried again every minute: its data may
    come. The log tells of it once for each save.
    """
    if not Term.objects.due().exists():
        return ""
    count = 0
    with transaction.atomic():
        linked_names.hold()
        for term in Term.objects.due():
            try:
                count += publish([term])
            except Unfinished as unfinished:
                if text_problems.mark(term, "has_broken_text", True):
                    logger.error("A scheduled term was not published. %s", unfinished)  # noqa: TRY400
    return f"{count} scheduled term{pluralize(count)} published" if count else ""


def _move(terms: Iterable[Term], status: Term.Status) -> int:
    """Set the state of terms and clear their time to publish."""
    linked_names.hold()
    # Locked and read again, because their texts may have changed.
    ids = [term.pk for term in terms]
    stored = Term.objects.filter(pk__in=ids).order_by("pk").select_for_update()
    changed = [term for term in stored if (term.status, term.publish_at) != (status, None)]
    for term in changed:
        term.status, term.publish_at = status, None
    with saving(*changed):
        for term in changed:
            term.save(update_fields=["status", "publish_at"])
    search.after_commit("term", [term.pk for term in changed])
    return len(changed)
