"""The progress of an issue, for people who watch its sending. Reads only.

Counting reads every row of the issue, so counts are cached for some seconds, and for longer with
very many readers: watching must not slow down sending.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import wraps
from math import ceil
from time import monotonic
from typing import Any

from django.core.cache import cache
from django.db import models
from django.db.models import Count, Min, Q
from django.utils import timezone

from newsletter.models import Delivery, Issue, SendingEvent, Snapshot
from newsletter.models.ledger import ARRIVED, OPEN
from newsletter.sending.audit import PromiseCheck, audit_issue

State = Delivery.State

CACHE_SECONDS = 3  # at least
# The rate is that of the last minute.
WINDOW = timedelta(seconds=60)
SHOWN_DOMAINS = 10
SHOWN_REFUSALS = 10
# The most deliveries that one decision to resend can include.
SHOWN_UNKNOWN = 200
# The clock starts an approved issue within a minute.
STARTS_WITHIN = timedelta(minutes=5)
# For how long the readers in doubt of a sent issue are work for an editor: until the next one.
RECENT = timedelta(days=7)
# For how long refused mail is urgent: by then an editor has seen it, or it can wait.
FRESH = timedelta(days=1)
# Due, or with a worker already.
WAITING = (State.QUEUED, State.CLAIMED, State.HANDING_OVER)
# Every state, in the order of a delivery's life.
MEANINGS = {
    State.QUEUED: "waiting for a worker",
    State.CLAIMED: "a worker sends it next",
    State.HANDING_OVER: "with the mail server at this moment",
    State.DEFERRED: "the mail server asked to try later; retried automatically",
    State.ACCEPTED: "the mail server took it",
    State.BOUNCED: "accepted, then returned",
    State.COMPLAINED: "accepted, then reported as spam by the reader",
    State.FAILED: "refused for good, or deferred for more than a day",
    State.SKIPPED: "the reader left, was suppressed or erased before it was sent",
    State.UNKNOWN: "accepted or not, we cannot tell; never resent automatically",
}


@dataclass(frozen=True)
class Progress:
    """The numbers of one issue; `per_second` is the rate of the last minute."""

    states: Mapping[str, int]
    recipients: int
    per_second: float = 0
    next_try: datetime | None = None

    def count(self, *states: str) -> int:
        return sum(self.states.get(state, 0) for state in states)

    @property
    def arrived(self) -> int:
        return self.count(*ARRIVED)

    @property
    def failed(self) -> int:
        return self.count(State.FAILED)

    @property
    def left(self) -> int:
        """Return how many deliveries are not settled yet."""
        return self.count(*OPEN)

    @property
    def waiting(self) -> int:
        return self.count(*WAITING)

    @property
    def done(self) -> int:
        return self.recipients - self.left

    @property
    def percent(self) -> int:
        """Return the settled share in percent, rounded down: 100 means all."""
        return 100 * self.done // self.recipients if self.recipients else 100

    @property
    def seconds_left(self) -> int | None:
        """Return how long the waiting deliveries take at this rate; None when nothing moves."""
        is_moving = self.waiting and self.per_second
        return ceil(self.waiting / self.per_second) if is_moving else None

    @property
    def time_left(self) -> str:
        """Return that time as text, such as "about 5 minutes", rounded up; "" for None."""
        if self.seconds_left is None:
            return ""
        minutes = ceil(self.seconds_left / 60)
        if minutes < 2:
            return "about a minute"
        return f"about {minutes} minutes" if minutes < 120 else f"about {ceil(minutes / 60)} hours"

    @property
    def rows(self) -> list[tuple[Delivery.State, str, int, str]]:
        """Return (state, label, count, meaning) of each state that a delivery is in."""
        return [
            (state, state.label.capitalize(), count, meaning)
            for state, meaning in MEANINGS.items()
            if (count := self.count(state))
        ]

    @property
    def adds_up(self) -> bool:
        return sum(self.states.values()) == self.recipients


def cached[Row: models.Model, T](count: Callable[[Row], T]) -> Callable[[Row], T]:
    """Cache what is counted about a row, so that counting takes at most a tenth of the time."""

    @wraps(count)
    def counted(row: Row) -> T:
        key = f"{count.__module__}.{count.__qualname__}:{row.pk}"
        found: T | None = cache.get(key)
        if found is None:
            began = monotonic()
            found = count(row)
            cache.set(key, found, CACHE_SECONDS + 9 * (monotonic() - began))
        return found

    return counted


@cached
def measure(snapshot: Snapshot) -> Progress:
    """Return an issue's numbers: deliveries by state, and the rate at which they are settled."""
    now = timezone.now()
    # judged_from is when sending started, or when it was last resumed.
    since = max(now - WINDOW, snapshot.judged_from)
    rows = Delivery.objects.filter(issue=snapshot.issue_id)
    recently = Count("pk", filter=Q(settled_at__gt=since))
    counted = list(rows.order_by().values_list("state").annotate(Count("pk"), recently=recently))
    is_sending = snapshot.issue.status == Issue.Status.SENDING
    settled = sum(row[2] for row in counted) if is_sending else 0
    return Progress(
        states=Counter({state: count for state, count, _ in counted}),
        recipients=snapshot.recipients,
        per_second=settled / max(1.0, (now - since).total_seconds()),
        next_try=rows.filter(state=State.DEFERRED).aggregate(at=Min("next_at"))["at"],
    )


@cached
def largest_domains(issue: Issue) -> list[Any]:
    """Return the domains with most readers: dicts of "name", "readers" and counts by state."""
    states: dict[str, tuple[str, ...]] = {
        "arrived": ARRIVED, "waiting": WAITING, "deferred": (State.DEFERRED,),
        "failed": (State.FAILED,), "unknown_deliveries": (State.UNKNOWN,),
    }  # fmt: skip
    counts = {name: Count("pk", filter=Q(state__in=states[name])) for name in states}
    rows = Delivery.objects.filter(issue=issue).values(name=models.F("domain"))
    counted = rows.annotate(readers=Count("pk"), **counts)
    return list(counted.order_by("-readers", "name")[:SHOWN_DOMAINS])


def is_late() -> Q:
    """Return a Q for approved issues that did not start in time."""
    return Q(status=Issue.Status.APPROVED, send_at__lt=timezone.now() - STARTS_WITHIN)


def has_deliveries(state: Delivery.State, within: timedelta = RECENT) -> Q:
    """Return a Q for issues, open or sent less than `within` ago, with deliveries in a state."""
    rows = Delivery.objects.filter(issue=models.OuterRef("pk"), state=state)
    is_recent = Q(sent_at__gt=timezone.now() - within)
    is_open = Q(status__in=[Issue.Status.SENDING, Issue.Status.PAUSED])
    return (is_recent | is_open) & Q(models.Exists(rows))


def refusals(issue: Issue) -> list[Any]:
    """Return why messages failed or were deferred, most frequent first, as dicts."""
    rows = Delivery.objects.filter(issue=issue, state__in=[State.FAILED, State.DEFERRED])
    counted = rows.values("state", "code", "enhanced")
    found = counted.annotate(example=Min("note"), count=Count("pk"))
    return list(found.order_by("-count", "state", "code", "enhanced")[:SHOWN_REFUSALS])


def unknown_deliveries(issue: Issue) -> models.QuerySet[Delivery]:
    """Return the deliveries in state unknown with their readers, oldest first."""
    rows = Delivery.objects.unknown().filter(issue=issue).select_related("subscriber")
    return rows.order_by("begun_at", "pk")[:SHOWN_UNKNOWN]


def sending_events(issue: Issue) -> models.QuerySet[SendingEvent]:
    return SendingEvent.objects.filter(issue=issue).select_related("by").order_by("-at", "-pk")


def broken_promises(issue: Issue) -> list[PromiseCheck]:
    """Run the whole audit and return the broken promises. Slow with a million readers."""
    return [finding for finding in audit_issue(issue) if finding.broken]
