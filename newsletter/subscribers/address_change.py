"""Changes a reader's address; the new one may belong to a subscriber already.

A link mailed to the old address opens a form for the new one, and a second link, mailed to the new
address, confirms it.
"""

from datetime import datetime

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from config.ratelimit import hit
from newsletter.mailing import outbox
from newsletter.models import (
    ConfirmationToken,
    ConsentEvent,
    Delivery,
    MergedSubscription,
    Newsletter,
    OutboxMail,
    Subscriber,
    Subscription,
    Suppression,
)
from newsletter.subscribers import personal_data, signups, subscriptions, tokens
from newsletter.values.addresses import address_key, fold_for_limits

Purpose = ConfirmationToken.Purpose
Status = Subscription.Status
Kind = ConsentEvent.Kind
TAKEN_OVER = (
    "status", "confirmed_at", "unsubscribed_at", "paused_until", "source_page", "consent_text",
    "leaving_reason", "leaving_words",
)  # fmt: skip


@transaction.atomic
def request_change(text: str, address: str) -> Subscription | None:
    """Use up the link of the old address, and queue a link to the new one.

    Returns the subscription; None if the link is no longer valid. Nothing here depends on the new
    address, which may be another person's: the worker calls `may_ask`.
    """
    token = personal_data.spend_link(text, Purpose.CHANGE)
    if token is None or token.new_address:
        return None
    subscription = token.subscription
    link = tokens.make_token(subscription, Purpose.CHANGE, new_address=address)
    outbox.queue(outbox.Kind.OWN_DATA, subscription, token=link, to=address)
    outbox.queue(outbox.Kind.CHANGE_NOTE, subscription, to=subscription.subscriber.address)
    return subscription


def may_ask(token: ConfirmationToken, attempt: int) -> bool:
    """Return whether a new address may be asked, by the limits of signups, and count it once."""
    key = address_key(token.new_address)
    if _is_closed(key, token.subscription.newsletter):
        return False
    return attempt > 1 or hit("confirmation", fold_for_limits(key), signups.PER_ADDRESS)


@transaction.atomic
def change_address(text: str) -> Subscription | None:
    """Change the address to the one that this link was mailed to; return the subscription."""
    asked = tokens.find_token(text, Purpose.CHANGE)
    if asked and asked.new_address:
        # Both readers in a fixed order, because two may swap addresses.
        own, key = asked.subscription.subscriber_id, address_key(asked.new_address)
        both = Subscriber.objects.filter(Q(pk=own) | Q(address_key=key)).order_by("pk")
        list(both.select_for_update())
    token = personal_data.spend_link(text, Purpose.CHANGE)
    if token is None or not token.new_address:
        return None
    key = address_key(token.new_address)
    other = Subscriber.objects.select_for_update().filter(address_key=key).first()
    # Checked again: the owner of that address may have refused our mail meanwhile.
    if _is_closed(key, token.subscription.newsletter):
        return None
    subscriber = token.subscription.subscriber
    _record_change(subscriber)  # here for the old address, below for the new one
    mails = OutboxMail.objects.filter(subscription__subscriber=subscriber)
    mails.exclude(kind=outbox.Kind.CHANGE_NOTE).delete()
    links = ConfirmationToken.objects.filter(subscription__subscriber=subscriber)
    links.open().update(expires_at=timezone.now())
    if other and other.pk != subscriber.pk:
        _merge(subscriber, other, token.created_at)
    else:
        subscriber.address, subscriber.address_key = token.new_address, key
        subscriber.status = Subscriber.Status.OK
        subscriber.save()
        _record_change(subscriber)
    return subscriptions.find_subscription(token.subscription_id)


def takes_over(source: Subscription, twin: Subscription, asked_at: datetime) -> bool:
    """Return whether the subscription of the old address replaces that of the new one (`twin`).

    An active or paused twin stays. A reader who unsubscribed at the new address comes back only
    through a link that was mailed there after that.
    """
    if source.confirmed_at is None:
        return False
    if twin.status == Status.PENDING:
        return True
    left_at = twin.unsubscribed_at if twin.status == Status.UNSUBSCRIBED else None
    return left_at is not None and left_at < asked_at and source.is_on


def _is_closed(key: str, newsletter: Newsletter) -> bool:
    readers = Subscriber.objects.filter(address_key=key, status=Subscriber.Status.COMPLAINED)
    return readers.exists() or Suppression.objects.covering(key, newsletter).exists()


def _record_change(subscriber: Subscriber) -> None:
    for each in subscriptions.lock_subscriptions(subscriber):
        subscriptions.record_consent(each, Kind.CHANGED)


def _merge(old: Subscriber, other: Subscriber, asked_at: datetime) -> None:
    """Move a reader's subscriptions to the reader at the new address. Both are locked."""
    twins = {twin.newsletter_id: twin for twin in subscriptions.lock_subscriptions(other)}
    # Except for issues that this reader gets anyway.
    there = Delivery.objects.filter(subscriber=other).values("issue")
    Delivery.objects.filter(subscriber=old).exclude(issue__in=there).update(subscriber=other)
    for each in subscriptions.lock_subscriptions(old):
        twin = twins.get(each.newsletter_id)
        if twin:
            _fold(each, twin, asked_at)
        else:
            each.subscriber = other
            each.save(update_fields=["subscriber"])
        subscriptions.record_consent(twin or each, Kind.CHANGED)
    subscriptions.forget_address(old)
    old.delete()
    # The link was mailed there, so mail arrives.
    Subscriber.objects.filter(pk=other.pk).update(status=Subscriber.Status.OK)


def _fold(source: Subscription, twin: Subscription, asked_at: datetime) -> None:
    """Merge two subscriptions to the same newsletter; the links of both keep working."""
    if takes_over(source, twin, asked_at):
        subscriptions.log_return(twin)
        for field in TAKEN_OVER:
            setattr(twin, field, getattr(source, field))
    elif twin.status == Status.UNSUBSCRIBED:
        # It was confirmed once, so it must not be deleted as unconfirmed.
        twin.confirmed_at = twin.confirmed_at or source.confirmed_at
    twin.save()
    source.consent_events.update(subscription=twin)
    source.mails.update(subscription=twin)
    source.tokens.update(subscription=twin)
    source.merged.update(into=twin)
    Delivery.objects.filter(subscriber=twin.subscriber_id, subscription_id=source.pk).update(
        subscription_id=twin.pk
    )
    MergedSubscription.objects.create(former_id=source.pk, into=twin)
    source.delete()
