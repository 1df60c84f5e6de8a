"""The steps in the life of a subscription: confirm, unsubscribe, undo, pause, resume, refuse.

Each function may be called any number of times. It locks its row, checks the status again, and
records the consent event in the same transaction. Locks are always taken in this order, so that
there is no deadlock: reader, subscriptions, mails, links.
"""

from datetime import datetime, timedelta
from enum import Enum
from typing import NamedTuple

from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone

from newsletter.mailing import outbox
from newsletter.models import (
    ConfirmationToken,
    ConsentEvent,
    MailEvent,
    SignupRequest,
    Subscriber,
    Subscription,
    Suppression,
)
from newsletter.subscribers import leave_log, tokens
from newsletter.subscribers.suppression import suppress

UNDO_WINDOW = timedelta(hours=1)
PAUSE_WEEKS = (2, 4, 8)
BATCH = 500  # rows that the clock handles in one run

Status = Subscription.Status
Kind = ConsentEvent.Kind
# What a restored database must be told.
LEAVING = (Kind.UNSUBSCRIBED, Kind.REFUSED, Kind.ERASED)
RETURNING = (Kind.CONFIRMED, Kind.UNDONE)
NO_REASON = {"leaving_reason": "", "leaving_words": ""}


class LinkState(Enum):
    OPEN = "open"
    DONE = "done"
    EXPIRED = "expired"
    OUTDATED = "outdated"  # the reader left after asking for this link
    UNKNOWN = "unknown"


def link_state(token: ConfirmationToken) -> LinkState:
    """Return the state of a confirmation link. Only in OPEN its button confirms."""
    subscription = token.subscription
    left_at = subscription.unsubscribed_at
    has_bounced = subscription.subscriber.status == Subscriber.Status.BOUNCED
    if subscription.status == Status.ACTIVE and not has_bounced:
        return LinkState.DONE
    if subscription.is_suppressed():
        return LinkState.UNKNOWN
    if left_at and (token.used_at or left_at >= token.created_at):
        return LinkState.OUTDATED
    if token.used_at:
        return LinkState.DONE
    return LinkState.OPEN if timezone.now() < token.expires_at else LinkState.EXPIRED


class ConfirmationLink(NamedTuple):
    """The state of a mailed link, and its subscriptions in that state.

    A link that still confirms one of its subscriptions is OPEN, and so on in LinkState's order.
    """

    state: LinkState
    subscriptions: tuple[Subscription, ...]


def confirmation_link(token: ConfirmationToken | None) -> ConfirmationLink:
    """Return the link of a token; its state is UNKNOWN without one."""
    shared = tokens.sharing_link(token) if token else []
    states = {each.subscription: link_state(each) for each in shared}
    state = next((each for each in LinkState if each in states.values()), LinkState.UNKNOWN)
    return ConfirmationLink(state, tuple(each for each in states if states[each] is state))


@transaction.atomic
def confirm_subscription(text: str) -> LinkState:
    """Activate the subscriptions of a mailed link; return its state, DONE on success."""
    token = tokens.find_token(text, ConfirmationToken.Purpose.CONFIRM)
    if token is None or lock_reader(token.subscription_id) is None:
        return LinkState.UNKNOWN
    token = tokens.find_token(text, ConfirmationToken.Purpose.CONFIRM)  # again, under the lock
    for each in tokens.sharing_link(token) if token else []:
        _confirm(each)
    return confirmation_link(token).state


def _confirm(token: ConfirmationToken) -> None:
    subscription = lock_subscription(token.subscription_id)
    if subscription is None:
        return
    token.subscription = subscription
    if link_state(token) is LinkState.OPEN:
        _activate(subscription)
        token.used_at = timezone.now()
        token.save(update_fields=["used_at"])


def _activate(subscription: Subscription) -> None:
    # The reader agreed to the text of the newest request, not to one from years ago.
    agreed = subscription.consent_events.filter(kind=Kind.REQUESTED).last() or subscription
    is_first_time = subscription.confirmed_at is None
    _store(
        subscription,
        status=Status.ACTIVE,
        confirmed_at=timezone.now(),
        unsubscribed_at=None,
        paused_until=None,
        source_page=agreed.source_page,
        consent_text=agreed.consent_text,
        **NO_REASON,
    )
    # Using a mailed link proves that the mailbox works.
    bounced = Subscriber.objects.filter(
        pk=subscription.subscriber_id, status=Subscriber.Status.BOUNCED
    )
    bounced.update(status=Subscriber.Status.OK)
    page, consent_text = agreed.source_page, agreed.consent_text
    record_consent(subscription, Kind.CONFIRMED, page=page, consent_text=consent_text)
    if is_first_time:  # readers who come back get no second welcome
        outbox.queue(outbox.Kind.WELCOME, subscription)


def _store(subscription: Subscription, **fields: object) -> None:
    for name, value in fields.items():
        setattr(subscription, name, value)
    subscription.save(update_fields=fields)


@transaction.atomic
def unsubscribe(subscription_id: int) -> None:
    """End a subscription; do nothing if it has ended or is erased.

    A reader who unsubscribes once more ends newer confirmation links. The time of unsubscribing
    stays, so that undoing cannot bring back an old subscription.
    """
    subscription = lock_subscription(subscription_id)
    if subscription is None:
        return
    if subscription.status != Status.UNSUBSCRIBED:
        _store(subscription, status=Status.UNSUBSCRIBED, unsubscribed_at=timezone.now())
    else:
        links = subscription.tokens.open().filter(purpose=ConfirmationToken.Purpose.CONFIRM)
        newer = links.filter(created_at__gt=subscription.unsubscribed_at)
        if not newer.update(used_at=timezone.now()):
            return
    record_consent(subscription, Kind.UNSUBSCRIBED)


def can_undo(subscription: Subscription) -> bool:
    """Return whether unsubscribing can be undone: for an hour, and unless we may not write."""
    left_at = subscription.unsubscribed_at
    return (
        subscription.status == Status.UNSUBSCRIBED
        and left_at is not None
        and timezone.now() < left_at + UNDO_WINDOW
        and not subscription.is_suppressed()
    )


@transaction.atomic
def undo_unsubscribing(subscription_id: int) -> None:
    """Restore the status from before unsubscribing, if it can be undone."""
    subscription = lock_subscription(subscription_id)
    if subscription is None or not can_undo(subscription):
        return
    until = subscription.paused_until
    before = Status.PAUSED if until and until > timezone.now() else Status.ACTIVE
    if subscription.confirmed_at is None:
        before = Status.PENDING
    _store(subscription, status=before, unsubscribed_at=None, **NO_REASON)
    record_consent(subscription, Kind.UNDONE)


@transaction.atomic
def give_reason(subscription_id: int, reason: str, words: str) -> None:
    """Store why a reader left, a LeavingReason and their own words, if they are unsubscribed."""
    subscription = lock_subscription(subscription_id)
    if subscription and subscription.status == Status.UNSUBSCRIBED:
        _store(subscription, leaving_reason=reason, leaving_words=words)


@transaction.atomic
def pause_subscription(subscription_id: int, weeks: int) -> None:
    """Pause an active or paused subscription for some weeks from now."""
    subscription = lock_subscription(subscription_id)
    if subscription and subscription.is_on:
        until = timezone.now() + timedelta(weeks=weeks)
        _store(subscription, status=Status.PAUSED, paused_until=until)
        record_consent(subscription, Kind.PAUSED)


@transaction.atomic
def resume_subscription(subscription_id: int, over_by: datetime | None = None) -> bool:
    """End a pause, or only one that ends by `over_by`; return whether it did."""
    subscription = lock_subscription(subscription_id)
    if subscription is None or subscription.status != Status.PAUSED:
        return False
    # Under the lock: the reader may have extended the pause since the caller read of it.
    if over_by and subscription.paused_until and subscription.paused_until > over_by:
        return False
    _store(subscription, status=Status.ACTIVE, paused_until=None)
    record_consent(subscription, Kind.RESUMED)
    return True


def resume_paused() -> str:
    """End the pauses that are over (a scheduled job)."""
    ids = list(Subscription.objects.pause_over().values_list("pk", flat=True)[:BATCH])
    count = sum(resume_subscription(pk, over_by=timezone.now()) for pk in ids)
    return f"{count} pauses ended" if count else ""


@transaction.atomic
def refuse_mail(subscription_id: int) -> bool:
    """Delete the reader and refuse all mail to the address, even if it is entered in our forms.

    Returns False if the reader is already deleted.
    """
    subscriber = lock_reader(subscription_id)
    if subscriber is None:
        return False
    delete_reader(subscriber, Suppression.Reason.REFUSED)
    return True


def delete_reader(subscriber: Subscriber, reason: Suppression.Reason) -> None:
    """Delete a reader whom the caller has locked; what remains of the address is a hash."""
    for each in lock_subscriptions(subscriber):
        record_consent(each, Kind(reason))
    suppress(subscriber.address_hash, reason)
    waiting_requests(subscriber).delete()
    forget_address(subscriber)
    outbox.lock_mails(Q(subscription__in=subscriber.subscriptions.all()))
    subscriber.delete()


def forget_address(subscriber: Subscriber) -> None:
    """Delete the address of a deleted reader from their returned mail and deliveries."""
    MailEvent.objects.about(subscriber).update(raw=b"", note="")
    subscriber.deliveries.update(domain="")  # some people's domains are their own names


def waiting_requests(subscriber: Subscriber) -> models.QuerySet[SignupRequest]:
    """Return the requests waiting for the worker; both addresses are normalized except for case."""
    return SignupRequest.objects.filter(address__iexact=subscriber.address)


def find_subscription(subscription_id: int) -> Subscription | None:
    """Return the subscription with an id from a link, or the one it was merged into."""
    return _follow(subscription_id, Subscription.objects.all())


def lock_subscription(subscription_id: int) -> Subscription | None:
    """Return the subscription like `find_subscription`, locked until the transaction ends."""
    return _follow(subscription_id, Subscription.objects.select_for_update(of=("self",)))


def _follow(subscription_id: int, rows: models.QuerySet[Subscription]) -> Subscription | None:
    rows = rows.select_related("subscriber", "newsletter")
    # In this order, because it may be merged while the first query waits for its lock.
    found = rows.filter(pk=subscription_id).first()
    return found or rows.filter(merged__former_id=subscription_id).first()


def lock_reader(subscription_id: int) -> Subscriber | None:
    """Return the reader of a subscription, locked until the end; None if they were erased."""
    readers = Subscriber.objects.select_for_update()
    while subscription := find_subscription(subscription_id):
        if reader := readers.filter(pk=subscription.subscriber_id).first():
            return reader
        # Merged into another reader while we waited, so try again.
    return None


def lock_subscriptions(subscriber: Subscriber) -> list[Subscription]:
    """Lock all subscriptions of a reader, in the order of their ids."""
    rows = subscriber.subscriptions.select_for_update(of=("self",)).order_by("pk")
    return list(rows.select_related("subscriber", "newsletter"))


def record_consent(
    subscription: Subscription,
    kind: ConsentEvent.Kind,
    *,
    page: str = "",
    consent_text: str = "",
    at: datetime | None = None,
) -> None:
    """Record an action of a reader; `at` is when they asked for it, by default now."""
    hashed = subscription.subscriber.address_hash
    if kind in LEAVING:
        leave_log.append(kind, hashed, subscription.newsletter_id, subscription.pk)
    elif kind in RETURNING:
        log_return(subscription)
    ConsentEvent.objects.create(
        subscription=subscription,
        address_hash=hashed,
        newsletter=subscription.newsletter,
        kind=kind,
        at=at or timezone.now(),
        source_page=page,
        consent_text=consent_text,
    )


def log_return(subscription: Subscription) -> None:
    """Log that a reader is back, so that a restore does not unsubscribe them again."""
    hashed = subscription.subscriber.address_hash
    leave_log.append_after_commit(
        leave_log.RETURNED, hashed, subscription.newsletter_id, subscription.pk
    )
