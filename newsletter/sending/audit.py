"""What we promise about a sent issue. Each promise is a query that must count no row.

The queries count rows and never load them, so they can run over a million readers.
"""

from collections.abc import Iterator
from datetime import timedelta
from itertools import chain
from typing import NamedTuple

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


class PromiseCheck(NamedTuple):
    """A promise and how many rows break it."""

    promise: str
    broken: int


def audit_issue(issue: Issue) -> list[PromiseCheck]:
    """Check every promise about a frozen issue; `broken` is 0 where the promise holds."""
    snapshot = Snapshot.objects.select_related("issue").get(issue=issue)
    rows = Delivery.objects.filter(issue=issue).order_by()
    checks = (_numbers(snapshot, rows), _readers(snapshot, rows), _end(snapshot, rows))
    return [PromiseCheck(promise, broken) for promise, broken in chain(*checks)]


type Checks = Iterator[tuple[str, int]]


def _numbers(snapshot: Snapshot, rows: DeliveryQuerySet) -> Checks:
    total = "Every recipient has a delivery: the sum of the states is the number of recipients."
    yield total, abs(snapshot.recipients - rows.count())
    found = snapshot.recipients + sum(snapshot.excluded.values())
    yield (
        "Candidates are recipients and those excluded, by reason.",
        abs(snapshot.candidates - found),
    )
    pairs = rows.values("subscription_id").annotate(times=Count("pk"))
    yield "No reader is in the ledger twice.", pairs.filter(times__gt=1).count()
    untried = _tried(rows).filter(attempts=0)
    yield "No message is accepted without an attempt.", untried.count()
    unexplained = rows.filter(attempts__gt=1 + F("deferrals") + F("resends")).count()
    if not snapshot.issue.sending_events.filter(kind=SendingEvent.Kind.RESENT):
        unexplained += rows.filter(resends__gt=0).count()
    yield "A second attempt follows a deferral or a person's recorded decision.", unexplained


def _readers(snapshot: Snapshot, rows: DeliveryQuerySet) -> Checks:
    newsletter, begun_at = snapshot.issue.newsletter_id, OuterRef("begun_at") - TOLERANCE
    suppressed = Suppression.objects.filter(
        Q(newsletter=None) | Q(newsletter=newsletter),
        address_hash=OuterRef("subscriber__address_hash"),
        created_at__lt=begun_at,
    )
    after = _tried(rows).filter(Exists(suppressed))
    yield "No message was begun after its reader was suppressed.", after.count()
    # A merged subscription has the time at which its reader left another subscription.
    left = Subscription.objects.filter(
        pk=OuterRef("subscription_id"),
        status=Subscription.Status.UNSUBSCRIBED,
        unsubscribed_at__lt=begun_at,
        merged=None,
    )
    yield "No message was begun after its reader left.", _tried(rows).filter(Exists(left)).count()
    has_ended = snapshot.issue.status == Issue.Status.SENT
    yield "A finished issue has no open deliveries.", rows.open().count() if has_ended else 0
    consented = ConsentEvent.objects.filter(
        subscription=OuterRef("pk"), kind=ConsentEvent.Kind.CONFIRMED
    )
    active = Subscription.objects.filter(newsletter=newsletter, status=Subscription.Status.ACTIVE)
    without = active.filter(~Exists(consented))
    yield "Every active subscription has a record of consent.", without.count()


def _end(snapshot: Snapshot, rows: DeliveryQuerySet) -> Checks:
    unjudged = MailEvent.objects.waiting().filter(received_at__lt=timezone.now() - JUDGED_WITHIN)
    events = MailEvent.objects.filter(delivery=OuterRef("pk"))
    returned = rows.filter(~Exists(events), state__in=[State.BOUNCED, State.COMPLAINED])
    yield (
        "Every event belongs to a row or is listed as unmatched, and every returned message has "
        "one.",
        unjudged.count() + returned.count(),
    )
    is_changed = checksum(snapshot, snapshot.pictures.all()) != snapshot.checksum
    yield "What was sent has not changed since.", int(is_changed)


def _tried(rows: DeliveryQuerySet) -> DeliveryQuerySet:
    """Return the deliveries in states that follow only after a message was handed over."""
    return rows.filter(state__in=[State.HANDING_OVER, *ARRIVED])
