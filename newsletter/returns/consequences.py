"""What follows from an event for its reader and its delivery. The caller has locked the reader."""

from newsletter.models import ConsentEvent, Delivery, MailEvent, Subscriber, Suppression
from newsletter.returns.matching import Match
from newsletter.sending import ledger
from newsletter.subscribers import subscriptions
from newsletter.subscribers.suppression import suppress

Kind = MailEvent.Kind
State = Delivery.State

MOST_SOFT = 3  # issues in a row
# Either shows that mail reaches the reader at the address they have now.
ARRIVED = (ConsentEvent.Kind.CONFIRMED, ConsentEvent.Kind.CHANGED)
RETURNED = (Kind.HARD, Kind.SOFT, Kind.POLICY)


def follow(event: MailEvent, match: Match, reader: Subscriber | None) -> None:
    """Act on an event that was just matched; an unproven bounce changes nothing.

    A complaint and a request to leave are proven by the signed link or Message-ID they bring.
    """
    if event.kind == Kind.LEAVE and match.subscription_id is not None:
        subscriptions.unsubscribe(match.subscription_id)
    elif event.kind == Kind.COMPLAINT:
        _settle(event, match, State.COMPLAINED)
        _set_status(reader, Subscriber.Status.COMPLAINED, Suppression.Reason.COMPLAINED)
    elif event.kind in RETURNED and event.is_proven:
        _settle(event, match, State.BOUNCED)
        if reader is None or _has_arrived_since(reader, match.delivery):
            return
        if event.kind == Kind.HARD:
            _set_status(reader, Subscriber.Status.BOUNCED, Suppression.Reason.BOUNCED)
        elif event.kind == Kind.SOFT and _is_soft_again(reader):
            _set_status(reader, Subscriber.Status.BOUNCED)


def _set_status(
    reader: Subscriber | None, status: Subscriber.Status, reason: Suppression.Reason | None = None
) -> None:
    if reader is None:
        return
    if reader.status != Subscriber.Status.COMPLAINED:
        reader.status = status
        reader.save(update_fields=["status"])
    if reason:
        suppress(reader.address_hash, reason)


def _settle(event: MailEvent, match: Match, state: Delivery.State) -> None:
    if match.delivery:
        ledger.settle_returned(match.delivery.pk, state, event.status, event.note)


def _has_arrived_since(reader: Subscriber, delivery: Delivery | None) -> bool:
    """Return whether the reader used a mailed link, or changed address, after the message."""
    if delivery is None or delivery.begun_at is None:
        return False
    events = ConsentEvent.objects.filter(subscription__subscriber=reader, kind__in=ARRIVED)
    return events.filter(at__gt=delivery.begun_at).exists()


def _is_soft_again(reader: Subscriber) -> bool:
    """Return whether each of the last issues came back, each counted once."""
    last = reader.deliveries.filter(attempts__gt=0).order_by("-begun_at", "-pk")
    ids = list(last.values_list("pk", flat=True)[:MOST_SOFT])
    soft = MailEvent.objects.filter(delivery__in=ids, kind=Kind.SOFT, is_proven=True)
    return soft.values("delivery").distinct().count() == MOST_SOFT
