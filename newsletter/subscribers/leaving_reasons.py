"""How many readers left after each issue, and why.

A reader who left counts for the newest issue that their newsletter had sent by then, until they
come back or are erased.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Q, QuerySet

from newsletter.models import Issue, Newsletter, Subscription

MOST_ISSUES = 12
MOST_WORDS = 20
Reason = Subscription.LeavingReason
VALUES = (*Reason.values, "")
LABELS = (*Reason.labels, "No reason given")


@dataclass(frozen=True)
class Leaving:
    """The readers who left after an issue, until the next one; `counts` in the order of VALUES."""

    issue: Issue
    until: datetime | None
    counts: tuple[int, ...]

    @property
    def total(self) -> int:
        return sum(self.counts)

    @property
    def rows(self) -> list[tuple[str, int]]:
        """Return (label, number of readers) of each reason given, “No reason given” last."""
        return [row for row in zip(LABELS, self.counts, strict=True) if row[1]]


def after_issue(issue: Issue) -> Leaving:
    """Return how many readers left after a sent issue and before the next one, by reason."""
    later = issue.newsletter.issues.in_archive().filter(sent_at__gt=issue.sent_at)
    ends = later.order_by("sent_at").values_list("sent_at", flat=True).first()
    return _counted(issue.newsletter, [(issue, ends)])[0]


def after_issues(newsletter: Newsletter) -> list[Leaving]:
    """Return how many left after each of the newest issues, newest first; two queries."""
    issues = list(newsletter.issues.in_archive()[:MOST_ISSUES])
    ends = [None, *(each.sent_at for each in issues)]
    return _counted(newsletter, list(zip(issues, ends, strict=False)))


def words_of(leaving: Leaving) -> QuerySet[Any, Any]:
    """Return (time, words) of each reader who gave a reason in their own words, newest first."""
    issue = leaving.issue
    left = issue.newsletter.subscriptions.filter(_between(issue, leaving.until))
    said = left.exclude(leaving_words="").order_by("-unsubscribed_at")
    return said.values_list("unsubscribed_at", "leaving_words")[:MOST_WORDS]


def _counted(
    newsletter: Newsletter, windows: Sequence[tuple[Issue, datetime | None]]
) -> list[Leaving]:
    """Count in one query, for issues newest first, each with the time of the next one."""
    if not windows:
        return []
    left = newsletter.subscriptions.order_by().filter(
        unsubscribed_at__gte=windows[-1][0].sent_at, confirmed_at__isnull=False
    )
    counts = {f"n{issue.pk}": Count("pk", filter=_between(issue, end)) for issue, end in windows}
    found = left.values("leaving_reason").annotate(**counts)
    by_reason: dict[str, Any] = {row["leaving_reason"]: row for row in found}
    rows = [by_reason.get(value, dict.fromkeys(counts, 0)) for value in VALUES]
    return [
        Leaving(issue, end, tuple(row[f"n{issue.pk}"] for row in rows)) for issue, end in windows
    ]


def _between(issue: Issue, end: datetime | None) -> Q:
    since = Q(unsubscribed_at__gte=issue.sent_at)
    return since & Q(unsubscribed_at__lt=end) if end else since
