"""How far an issue has come, for the people who watch it go out. Reads only.

The counts touch every row of the issue, so they are kept for some seconds, with very many readers
for longer: pages that watch must not slow down what they watch.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from time import monotonic

from django.core.cache import cache
from django.db import models
from django.db.models import Count, Min, Q
from django.utils import timezone

from newsletter.models import Delivery, Issue, SendingEvent, Snapshot
from newsletter.models.ledger import OPEN
from newsletter.sending.audit import Finding, audit

State = Delivery.State

KEPT_SECONDS = 3  # at least
# The pace is that of the last minute.
WINDOW = timedelta(seconds=60)
SHOWN_DOMAINS = 10
SHOWN_REFUSALS = 10
# As many as one decision can be about.
SHOWN_UNKNOWN = 200
# What waits for nothing but its turn.
WAITING = (State.QUEUED, State.CLAIMED, State.HANDING_OVER)
# What the mail server took, whatever came back later.
ARRIVED = (State.ACCEPTED, State.BOUNCED, State.COMPLAINED)
# Every state an editor may meet, in the order of a delivery's life.
MEANINGS = {
    State.QUEUED: "waits for its turn",
    State.CLAIMED: "a worker has it next",
    State.HANDING_OVER: "is with the mail server at this moment",
    State.DEFERRED: "the mail server said later; tried again by itself",
    State.ACCEPTED: "the mail server took it",
    State.BOUNCED: "taken, and came back",
    State.COMPLAINED: "taken, and the reader called it spam",
    State.FAILED: "refused for good, or put off for more than a day",
    State.SKIPPED: "left, was suppressed or erased before the turn came",
    State.UNKNOWN: "taken or not: nobody knows; never sent again by itself",
}


@dataclass(frozen=True)
class Progress:
    """The numbers of one issue. `per_second` counts what was settled in the last minute."""

    states: dict[str, int]
    recipients: int
    per_second: float = 0
    next_try: datetime | None = None

    def count(self, *states: str) -> int:
        return sum(self.states.get(state, 0) for state in states)

    @property
    def arrived(self) -> int:
        return self.count(*ARRIVED)

    @property
    def left(self) -> int:
        """How many something is still to become of."""
        return self.count(*OPEN)

    @property
    def waiting(self) -> int:
        return self.count(*WAITING)

    @property
    def done(self) -> int:
        return self.recipients - self.left

    @property
    def percent(self) -> int:
        """Whole percents that are settled, rounded down: 100 means all."""
        return 100 * self.done // self.recipients if self.recipients else 100

    @property
    def seconds_left(self) -> int | None:
        """How long what waits its turn will take at this pace; None when nothing moves."""
        is_moving = self.waiting and self.per_second
        return ceil(self.waiting / self.per_second) if is_moving else None

    @property
    def time_left(self) -> str:
        return "" if self.seconds_left is None else in_words(self.seconds_left)

    @property
    def rows(self) -> list[tuple[str, int, str]]:
        """Return (state, count, meaning) of the states that somebody is in."""
        return [
            (state.label.capitalize(), count, meaning)
            for state, meaning in MEANINGS.items()
            if (count := self.count(state))
        ]

    @property
    def deferred(self) -> int:
        return self.count(State.DEFERRED)

    @property
    def adds_up(self) -> bool:
        return sum(self.states.values()) == self.recipients


@dataclass(frozen=True)
class Domain:
    name: str
    readers: int
    arrived: int
    waiting: int
    deferred: int
    failed: int
    unknown: int


@dataclass(frozen=True)
class Refusal:
    """What mail servers said when they did not take a message: how often, and one example."""

    state: str
    code: int | None
    enhanced: str
    example: str
    count: int


def of(snapshot: Snapshot) -> Progress:
    """Count an issue's deliveries by state, and how fast they get fewer."""
    return _kept(f"progress:{snapshot.issue_id}", lambda: _count(snapshot))


def domains(issue: Issue) -> list[Domain]:
    """Return the receiving domains with the most readers, those first."""
    return _kept(f"domains:{issue.pk}", lambda: _domains(issue))


def refusals(issue: Issue) -> list[Refusal]:
    """Return what messages failed of or wait for, the commonest first."""
    rows = Delivery.objects.filter(issue=issue, state__in=[State.FAILED, State.DEFERRED])
    counted = rows.order_by().values_list("state", "code", "enhanced")
    found = [Refusal(*row) for row in counted.annotate(example=Min("note"), times=Count("pk"))]
    return sorted(found, key=lambda each: -each.count)[:SHOWN_REFUSALS]


def unknown(issue: Issue) -> models.QuerySet[Delivery]:
    """Return the deliveries of which nobody knows, with their readers, the oldest first."""
    rows = Delivery.objects.unknown().filter(issue=issue).select_related("subscriber")
    return rows.order_by("begun_at", "pk")[:SHOWN_UNKNOWN]


def events(issue: Issue) -> models.QuerySet[SendingEvent]:
    return SendingEvent.objects.filter(issue=issue).select_related("by").order_by("-at", "-pk")


def broken_promises(issue: Issue) -> list[Finding]:
    """Run the whole audit and return what does not hold. Slow with a million readers."""
    return [finding for finding in audit(issue) if finding.broken]


def in_words(seconds: int) -> str:
    """Say how long something will take about."""
    minutes = ceil(seconds / 60)
    if minutes < 2:
        return "about a minute"
    if minutes < 120:
        return f"about {minutes} minutes"
    return f"about {ceil(minutes / 60)} hours"


def _count(snapshot: Snapshot) -> Progress:
    now = timezone.now()
    # judged_from: when it began, or went on after a pause.
    since = max(now - WINDOW, snapshot.judged_from)
    rows = Delivery.objects.filter(issue=snapshot.issue_id)
    recently = Count("pk", filter=Q(settled_at__gt=since))
    counted = list(rows.order_by().values_list("state").annotate(Count("pk"), recently=recently))
    is_sending = snapshot.issue.status == Issue.Status.SENDING
    settled = sum(row[2] for row in counted) if is_sending else 0
    return Progress(
        states={state: count for state, count, _ in counted},
        recipients=snapshot.recipients,
        per_second=settled / max(1.0, (now - since).total_seconds()),
        next_try=rows.filter(state=State.DEFERRED).aggregate(at=Min("next_at"))["at"],
    )


def _domains(issue: Issue) -> list[Domain]:
    def count(*states: str) -> Count:
        return Count("pk", filter=Q(state__in=states))

    rows = Delivery.objects.filter(issue=issue).order_by().values_list("domain")
    counted = rows.annotate(
        readers=Count("pk"),
        arrived=count(*ARRIVED),
        waiting=count(*WAITING),
        deferred=count(State.DEFERRED),
        failed=count(State.FAILED),
        unknown=count(State.UNKNOWN),
    )
    largest = counted.order_by(models.F("readers").desc(), "domain")
    return [Domain(*row) for row in largest[:SHOWN_DOMAINS]]


def _kept[T](key: str, count: Callable[[], T]) -> T:
    """Count, or return what was counted a while ago: at most a tenth of the time goes into it."""
    found: T | None = cache.get(key)
    if found is None:
        began = monotonic()
        found = count()
        cache.set(key, found, KEPT_SECONDS + 9 * (monotonic() - began))
    return found
