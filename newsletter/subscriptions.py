"""What becomes of a subscription: confirmed, left, undone, paused, resumed, refused.

Every verb may be called any number of times. It locks its row, looks at the state again, and
records the consent event in the same transaction.
"""

from datetime import timedelta
from enum import Enum

from django.db import models, transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from newsletter import tokens
from newsletter.addresses import address_hash
from newsletter.models import (
    ConfirmationToken,
    ConsentEvent,
    SignupRequest,
    Subscriber,
    Subscription,
    Suppression,
)

UNDO_WINDOW = timedelta(hours=1)
PENDING_KEPT = timedelta(days=14)
REQUESTS_KEPT = timedelta(days=7)
PAUSE_WEEKS = (2, 4, 8)
AT_ONCE = 500  # rows one round of the clock takes up

Status = Subscription.Status
Kind = ConsentEvent.Kind


class Confirmation(Enum):
    UNKNOWN = "unknown"
    EXPIRED = "expired"
    OUTDATED = "outdated"  # he left after this link was mailed
    OPEN = "open"
    DONE = "done"


def confirmation(token: ConfirmationToken) -> Confirmation:
    """Tell what pressing the button behind a confirmation link would meet."""
    subscription = token.subscription
    left_at = subscription.unsubscribed_at
    if subscription.status == Status.ACTIVE:
        return Confirmation.DONE
    if is_suppressed(subscription):
        return Confirmation.UNKNOWN
    if left_at and left_at >= token.created_at:
        return Confirmation.OUTDATED
    if token.used_at:
        return Confirmation.DONE
    return Confirmation.OPEN if timezone.now() < token.expires_at else Confirmation.EXPIRED


@transaction.atomic
def confirm(text: str) -> Confirmation:
    """Activate the subscription a mailed token is for. Older tokens within their days work too."""
    token = tokens.find(text, ConfirmationToken.Purpose.CONFIRM)
    subscription = locked(token.subscription_id) if token else None
    if token is None or subscription is None:
        return Confirmation.UNKNOWN
    token.refresh_from_db(fields=["used_at"])
    token.subscription = subscription
    state = confirmation(token)
    if state is not Confirmation.OPEN:
        return state
    _activate(subscription)
    token.used_at = timezone.now()
    token.save(update_fields=["used_at"])
    return Confirmation.DONE


def _activate(subscription: Subscription) -> None:
    # The words agreed to are those of the newest request, not those of years ago.
    asked = subscription.consent_events.filter(kind=Kind.REQUESTED).last()
    if asked:
        subscription.source_page = asked.source_page
        subscription.consent_text = asked.consent_text
    subscription.status = Status.ACTIVE
    subscription.confirmed_at = timezone.now()
    subscription.unsubscribed_at = None
    subscription.paused_until = None
    subscription.leaving_reason = ""
    subscription.save()
    # Whoever presses a mailed button proves that his mailbox works.
    bounced = Subscriber.objects.filter(
        pk=subscription.subscriber_id, status=Subscriber.Status.BOUNCED
    )
    bounced.update(status=Subscriber.Status.OK)
    record(subscription, Kind.CONFIRMED, subscription.source_page, subscription.consent_text)


@transaction.atomic
def leave(subscription_id: int) -> None:
    """End a subscription at once; nothing happens when it has ended or is erased."""
    subscription = locked(subscription_id)
    if subscription and subscription.status != Status.UNSUBSCRIBED:
        _end(subscription)
        record(subscription, Kind.UNSUBSCRIBED)


def can_undo(subscription: Subscription) -> bool:
    """Tell whether leaving can still be taken back: for an hour, and not against a refusal."""
    left_at = subscription.unsubscribed_at
    return (
        subscription.status == Status.UNSUBSCRIBED
        and left_at is not None
        and timezone.now() < left_at + UNDO_WINDOW
        and not is_suppressed(subscription)
    )


@transaction.atomic
def undo(subscription_id: int) -> None:
    """Take leaving back, to what the subscription was before."""
    subscription = locked(subscription_id)
    if subscription is None or not can_undo(subscription):
        return
    subscription.status = _status_before_leaving(subscription)
    subscription.unsubscribed_at = None
    subscription.leaving_reason = ""
    subscription.save()
    record(subscription, Kind.UNDONE)


def _status_before_leaving(subscription: Subscription) -> Subscription.Status:
    if subscription.confirmed_at is None:
        return Status.PENDING
    until = subscription.paused_until
    return Status.PAUSED if until and until > timezone.now() else Status.ACTIVE


@transaction.atomic
def give_reason(subscription_id: int, reason: str) -> None:
    """Keep why a reader left, if he has."""
    subscription = locked(subscription_id)
    if subscription and subscription.status == Status.UNSUBSCRIBED:
        subscription.leaving_reason = reason
        subscription.save(update_fields=["leaving_reason"])


@transaction.atomic
def pause(subscription_id: int, weeks: int) -> None:
    """Send nothing for some weeks, counted from now. Only who gets mail can pause it."""
    subscription = locked(subscription_id)
    if subscription and subscription.status in (Status.ACTIVE, Status.PAUSED):
        subscription.status = Status.PAUSED
        subscription.paused_until = timezone.now() + timedelta(weeks=weeks)
        subscription.save(update_fields=["status", "paused_until"])
        record(subscription, Kind.PAUSED)


@transaction.atomic
def resume(subscription_id: int) -> bool:
    """End a pause; tell whether there was one."""
    subscription = locked(subscription_id)
    if subscription is None or subscription.status != Status.PAUSED:
        return False
    subscription.status = Status.ACTIVE
    subscription.paused_until = None
    subscription.save(update_fields=["status", "paused_until"])
    record(subscription, Kind.RESUMED)
    return True


def resume_paused() -> str:
    """End the pauses that are over (a job of the clock)."""
    ids = list(Subscription.objects.pause_over().values_list("pk", flat=True)[:AT_ONCE])
    count = sum(_resume_if_over(subscription_id) for subscription_id in ids)
    return f"{count} pauses ended" if count else ""


@transaction.atomic
def _resume_if_over(subscription_id: int) -> bool:
    # A reader may have made his pause longer since the list was read.
    subscription = locked(subscription_id)
    until = subscription.paused_until if subscription else None
    return until is not None and until <= timezone.now() and resume(subscription_id)


@transaction.atomic
def refuse(subscription_id: int) -> None:
    """Never write to this address again, whatever anybody types into our forms."""
    subscription = locked(subscription_id)
    if subscription is None:
        return
    subscriber = subscription.subscriber
    suppress(subscriber, Suppression.Reason.REFUSED)
    for each in subscriber.subscriptions.select_for_update().select_related("newsletter"):
        if each.status != Status.UNSUBSCRIBED:
            _end(each)
            record(each, Kind.REFUSED)
    # What was never confirmed is not ours to keep; the hash stays.
    subscriber.subscriptions.filter(confirmed_at=None).delete()
    delete_if_alone(Subscriber.objects.filter(pk=subscriber.pk))


def tidy() -> str:
    """Delete what was never confirmed, old requests and spent links (a job of the clock)."""
    now = timezone.now()
    counts = {
        "unconfirmed subscriptions": _delete_unconfirmed(),
        "old requests": SignupRequest.objects.filter(requested_at__lt=now - REQUESTS_KEPT).delete()[
            0
        ],
        # A reader may look at his confirmation page again for as long as a pending row lives.
        "old links": ConfirmationToken.objects.filter(expires_at__lt=now - PENDING_KEPT).delete()[
            0
        ],
    }
    done = [f"{count} {what}" for what, count in counts.items() if count]
    return f"{', '.join(done)} deleted" if done else ""


@transaction.atomic
def _delete_unconfirmed() -> int:
    now = timezone.now()
    open_links = ConfirmationToken.objects.filter(subscription=OuterRef("pk"), expires_at__gt=now)
    stale = Subscription.objects.select_for_update().filter(
        ~Exists(open_links),
        Q(status=Status.PENDING) | Q(status=Status.UNSUBSCRIBED),
        confirmed_at=None,
        created_at__lt=now - PENDING_KEPT,
    )
    rows = list(stale.values_list("pk", "subscriber_id")[:AT_ONCE])
    # Asked again now that the rows are locked: a link may have been mailed while we waited.
    Subscription.objects.filter(~Exists(open_links), pk__in=[pk for pk, _ in rows]).delete()
    delete_if_alone(Subscriber.objects.filter(pk__in={subscriber for _, subscriber in rows}))
    return len(rows)


def delete_if_alone(subscribers: models.QuerySet[Subscriber]) -> None:
    """Delete those who have no subscription left."""
    subscribers.filter(subscriptions=None).delete()


def is_suppressed(subscription: Subscription) -> bool:
    key_hash = address_hash(subscription.subscriber.address_key)
    return Suppression.objects.covering(key_hash, subscription.newsletter).exists()


def suppress(subscriber: Subscriber, reason: Suppression.Reason) -> None:
    """Forbid all mail to an address; an earlier reason stands."""
    Suppression.objects.get_or_create(
        address_hash=address_hash(subscriber.address_key),
        newsletter=None,
        defaults={"reason": reason},
    )


def locked(subscription_id: int) -> Subscription | None:
    """Read a subscription to change it: nobody else does until the transaction ends."""
    rows = Subscription.objects.select_for_update(of=("self",))
    return rows.select_related("subscriber", "newsletter").filter(pk=subscription_id).first()


def record(
    subscription: Subscription, kind: ConsentEvent.Kind, page: str = "", consent_text: str = ""
) -> None:
    ConsentEvent.objects.create(
        subscription=subscription,
        address_hash=address_hash(subscription.subscriber.address_key),
        newsletter=subscription.newsletter,
        kind=kind,
        source_page=page,
        consent_text=consent_text,
    )


def _end(subscription: Subscription) -> None:
    subscription.status = Status.UNSUBSCRIBED
    subscription.unsubscribed_at = timezone.now()
    subscription.save(update_fields=["status", "unsubscribed_at"])
