"""The issues that need an editor, for the front page of admin."""

from collections.abc import Callable

from django.contrib.auth.models import AbstractUser
from django.db.models import Count, Q
from django.urls import reverse

from glossary.admin.desk import Desk, Need, may_change, said
from newsletter.issues import corrections
from newsletter.mailing import arming
from newsletter.models import Issue
from newsletter.sending import progress


def _has(status: Issue.Status) -> Callable[[], Q]:
    return lambda: Q(status=status)


# Label for one issue, for several, the query of admin's list, and the same condition; most urgent
# first.
URGENT: list[tuple[str, str, dict[str, str], Callable[[], Q]]] = [
    (
        "issue is paused",
        "issues are paused",
        {"status__exact": "paused"},
        _has(Issue.Status.PAUSED),
    ),
    (
        "approved issue did not start at its time",
        "approved issues did not start at their time",
        {"trouble": "late"},
        progress.is_late,
    ),
    (
        "issue has readers who may not have got it",
        "issues have readers who may not have got them",
        {"trouble": "unknown"},
        progress.has_unknown,
    ),
    (
        "issue has readers whose mail was refused",
        "issues have readers whose mail was refused",
        {"trouble": "failed"},
        progress.has_failed,
    ),
    (
        "issue expired and was not sent",
        "issues expired and were not sent",
        {"status__exact": "expired"},
        _has(Issue.Status.EXPIRED),
    ),
]
WAITING: list[tuple[str, str, dict[str, str], Callable[[], Q]]] = [
    (
        "approved issue waits to be sent",
        "approved issues wait to be sent",
        {"status__exact": "approved"},
        _has(Issue.Status.APPROVED),
    ),
    ("issue in draft", "issues in draft", {"status__exact": "draft"}, _has(Issue.Status.DRAFT)),
    (
        "sent issue has a correction that readers were not told",
        "sent issues have corrections that readers were not told",
        {"trouble": "corrected"},
        corrections.has_untold,
    ),
]


def held_mail(user: AbstractUser) -> Desk:
    """Say that no mail goes out, to everybody who writes issues."""
    why = arming.reason_not_armed() if may_change(user, "newsletter.issue") else ""
    return Desk(alarms=(why,) if why else ())


def issue_needs(user: AbstractUser) -> Desk:
    if not may_change(user, "newsletter.issue"):
        return Desk()
    lines = [*URGENT, *WAITING]
    asked = {f"line_{n}": Count("pk", filter=line[3]()) for n, line in enumerate(lines)}
    counts = Issue.objects.aggregate(**asked)
    needs = tuple(
        Need(counts[f"line_{n}"], said(counts[f"line_{n}"], one, several), _list_of(query))
        for n, (one, several, query, _) in enumerate(lines)
    )
    return Desk(urgent=needs[: len(URGENT)], needs=needs[len(URGENT) :])


def _list_of(query: dict[str, str]) -> str:
    return reverse("admin:newsletter_issue_changelist", query=query)
