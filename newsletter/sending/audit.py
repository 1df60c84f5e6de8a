"""What we promise about a sent issue. Each promise is a query that must count no row.

The queries count rows and never load them, so they can run over a million readers.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Count, Exists, F, OuterRef, Q
from django.utils import timezone

from newsletter.models import (
    ConsentEvent,
    Delivery,
    Issue,
    MailEvent,
    SendingEvent,
    Snapshot,
    Subscription,
    Suppression,
)
from newsletter.models.ledger import ARRIVED, DeliveryQuerySet
from newsletter.sending.launch import checksum

State = Delivery.State
# Suppressing takes a moment, and the clocks of machines differ a little.
TOLERANCE = timedelta(seconds=5)
# The clock judges the events that a crash left.
JUDGED_WITHIN = timedelta(hours=1)
# A delivery reaches these states only if its message was handed over.
TRIED = (State.HANDING_OVER, *ARRIVED)


@dataclass(frozen=True)
class PromiseCheck:
    """A promise and how many rows break it."""

    promise: str
    broken: int


def audit_issue(issue: Issue) -> list[PromiseCheck]:
    """Check every promise about a frozen issue; `broken` is 0 where the promise holds."""
    snapshot = Snapshot.objects.select_related("issue").get(issue=issue)
    return [PromiseCheck(promise, count(snapshot)) for promise, count in PROMISES.items()]


def _rows_missing(snapshot: Snapshot) -> int:
    return abs(snapshot.recipients - Delivery.objects.filter(issue=snapshot.issue_id).count())


def _candidates_missing(snapshot: Snapshot) -> int:
    excluded = sum(snapshot.excluded.values())
    missing: int = snapshot.candidates - snapshot.recipients - excluded
    return abs(missing)


def _twice(snapshot: Snapshot) -> int:
    rows = Delivery.objects.filter(issue=snapshot.issue_id).order_by()
    pairs = rows.values("subscription_id").annotate(times=Count("pk"))
    return pairs.filter(times__gt=1).count()


def _without_attempt(snapshot: Snapshot) -> int:
    return _rows(snapshot).filter(state__in=TRIED, attempts=0).count()


def _attempts_without_reason(snapshot: Snapshot) -> int:
    rows = _rows(snapshot)
    unexplained = rows.filter(attempts__gt=1 + F("deferrals") + F("resends")).count()
    decisions = SendingEvent.objects.filter(issue=snapshot.issue_id, kind=SendingEvent.Kind.RESENT)
    return unexplained if decisions else unexplained + rows.filter(resends__gt=0).count()


def _after_suppression(snapshot: Snapshot) -> int:
    scope = Q(newsletter=None) | Q(newsletter=snapshot.issue.newsletter_id)
    earlier = Suppression.objects.filter(
        scope,
        address_hash=OuterRef("subscriber__address_hash"),
        created_at__lt=OuterRef("begun_at") - TOLERANCE,
    )
    return _rows(snapshot).filter(Exists(earlier), state__in=TRIED).count()


def _after_leaving(snapshot: Snapshot) -> int:
    # A merged subscription has the time at which its reader left another subscription.
    left = Subscription.objects.filter(
        pk=OuterRef("subscription_id"),
        status=Subscription.Status.UNSUBSCRIBED,
        unsubscribed_at__lt=OuterRef("begun_at") - TOLERANCE,
        merged=None,
    )
    return _rows(snapshot).filter(Exists(left), state__in=TRIED).count()


def _open_after_the_end(snapshot: Snapshot) -> int:
    has_ended = snapshot.issue.status == Issue.Status.SENT
    return _rows(snapshot).open().count() if has_ended else 0


def _without_consent(snapshot: Snapshot) -> int:
    consented = ConsentEvent.objects.filter(
        subscription=OuterRef("pk"), kind=ConsentEvent.Kind.CONFIRMED
    )
    active = Subscription.objects.filter(
        newsletter=snapshot.issue.newsletter_id, status=Subscription.Status.ACTIVE
    )
    return active.filter(~Exists(consented)).count()


def _events_of_no_row(snapshot: Snapshot) -> int:
    """Count the events that were never judged, and the returned messages without an event."""
    waiting = MailEvent.objects.waiting().filter(received_at__lt=timezone.now() - JUDGED_WITHIN)
    events = MailEvent.objects.filter(delivery=OuterRef("pk"))
    returned = _rows(snapshot).filter(state__in=[State.BOUNCED, State.COMPLAINED])
    return waiting.count() + returned.filter(~Exists(events)).count()


def _words_changed(snapshot: Snapshot) -> int:
    return int(checksum(snapshot, snapshot.pictures.all()) != snapshot.checksum)


def _rows(snapshot: Snapshot) -> DeliveryQuerySet:
    return Delivery.objects.filter(issue=snapshot.issue_id)


PROMISES: dict[str, Callable[[Snapshot], int]] = {
    "Every recipient has a delivery: the sum of the states is the number of recipients.": (
        _rows_missing
    ),
    "Candidates are recipients and those excluded, by reason.": _candidates_missing,
    "No reader is in the ledger twice.": _twice,
    "No message is accepted without an attempt.": _without_attempt,
    "A second attempt follows a deferral or a person's recorded decision.": (
        _attempts_without_reason
    ),
    "No message was begun after its reader was suppressed.": _after_suppression,
    "No message was begun after its reader left.": _after_leaving,
    "A finished issue has no open deliveries.": _open_after_the_end,
    "Every active subscription has a record of consent.": _without_consent,
    "Every event belongs to a row or is listed as unmatched, and every returned message has one.": (
        _events_of_no_row
    ),
    "What was sent has not changed since.": _words_changed,
}
