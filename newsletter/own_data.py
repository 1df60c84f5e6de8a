"""What a reader may do with what we keep about him: change the address, download all, erase all.

The link under every mail may be forwarded with it, so it opens none of this. It only asks for a
fresh link, mailed to the address we have, that works once and for half an hour. A new address
proves itself by a second such link, mailed there.
"""

import logging
from datetime import timedelta
from functools import partial
from typing import Any

from django.db import transaction
from django.utils import timezone

from config.ratelimit import Limit, hit
from newsletter import mail, mails, signups, subscriptions, tasks, tokens
from newsletter.addresses import address_hash, address_key, fold_for_limits
from newsletter.models import (
    ConfirmationToken,
    ConsentEvent,
    SignupRequest,
    Subscriber,
    Subscription,
    Suppression,
)

logger = logging.getLogger(__name__)

Purpose = ConfirmationToken.Purpose
PURPOSES = (Purpose.CHANGE, Purpose.EXPORT, Purpose.ERASE)
PER_SUBSCRIBER = [Limit(3, timedelta(hours=1)), Limit(6, timedelta(days=1))]


def ask(subscription: Subscription, purpose: ConfirmationToken.Purpose) -> None:
    """Have a link mailed to the address we have. Nothing is sent over the limit, nor to who
    asked never to be written to: anybody may hold a link that was forwarded to him.
    """
    if subscriptions.is_suppressed(subscription):
        return
    if hit("own-data", str(subscription.subscriber_id), PER_SUBSCRIBER):
        _plan(subscription, purpose)


@transaction.atomic
def ask_new_address(text: str, address: str) -> bool:
    """Spend a link of the old address on having one mailed to the new one."""
    token = _use(text, Purpose.CHANGE)
    if token is None or token.new_address:
        return False
    key = address_key(address)
    suppressed = Suppression.objects.covering(address_hash(key), token.subscription.newsletter)
    # The address is not known to be his, so it is guarded like one typed into the public form.
    if not suppressed.exists() and hit("confirmation", fold_for_limits(key), signups.PER_ADDRESS):
        _plan(token.subscription, Purpose.CHANGE, address)
    return True


def mail_link(token_id: int) -> None:
    """Make a planned link's text and mail it, at most once: he can press the button again."""
    rows = ConfirmationToken.objects.select_related(
        "subscription__subscriber", "subscription__newsletter"
    )
    token = rows.filter(pk=token_id).first()  # gone when he was erased meanwhile
    text = tokens.make_text(token) if token else None
    if token is None or text is None:
        return
    try:
        mail.hand_over(mails.own_data(token, text))
        if token.new_address:
            mail.hand_over(mails.change_note(token))
    except mail.MailError as error:
        # `error` names no address; its traceback would show one.
        logger.error("Mailed link %s was not sent: %s", token_id, error)  # noqa: TRY400


def look_up(text: str) -> ConfirmationToken | None:
    """Find a mailed link that can still be used."""
    token = tokens.find(text, *PURPOSES)
    return token if token and _is_open(token) else None


@transaction.atomic
def change_address(text: str) -> Subscription | None:
    """Move a reader to the address that its link was mailed to; return his subscription."""
    token = _use(text, Purpose.CHANGE)
    if token is None or not token.new_address:
        return None
    subscription = token.subscription
    subscriber = subscription.subscriber
    subscriptions.record(subscription, ConsentEvent.Kind.CHANGED)
    key = address_key(token.new_address)
    other = Subscriber.objects.filter(address_key=key).exclude(pk=subscriber.pk).first()
    if other:
        subscription = _merge(subscription, other)
    else:
        subscriber.address, subscriber.address_key = token.new_address, key
        subscriber.status = Subscriber.Status.OK
        subscriber.save()
    subscriptions.record(subscription, ConsentEvent.Kind.CHANGED)
    return subscription


@transaction.atomic
def export(text: str) -> dict[str, Any] | None:
    """Return all we keep about the reader whose link this is, and spend the link."""
    token = _use(text, Purpose.EXPORT)
    if token is None:
        return None
    subscriptions.record(token.subscription, ConsentEvent.Kind.EXPORTED)
    return collect(token.subscription.subscriber)


@transaction.atomic
def erase_by_link(text: str) -> int | None:
    """Erase the reader whose link this is; return the id his subscription had."""
    token = _use(text, Purpose.ERASE)
    if token is None:
        return None
    erase(token.subscription.subscriber)
    return token.subscription_id


@transaction.atomic
def erase(subscriber: Subscriber) -> None:
    """Delete a reader. The proof of consent and the word not to write keep a hash alone."""
    for subscription in subscriber.subscriptions.select_related("newsletter", "subscriber"):
        subscriptions.record(subscription, ConsentEvent.Kind.ERASED)
    subscriptions.suppress(subscriber, Suppression.Reason.ERASED)
    SignupRequest.objects.filter(address__iexact=subscriber.address).delete()
    subscriber.delete()


def collect(subscriber: Subscriber) -> dict[str, Any]:
    """Return all we keep about a reader, as plain values."""
    events = ConsentEvent.objects.filter(address_hash=address_hash(subscriber.address_key))
    of_subscription = (
        "status", "created_at", "confirmed_at", "unsubscribed_at", "paused_until", "source_page",
        "consent_text", "leaving_reason",
    )  # fmt: skip
    return {
        "address": subscriber.address,
        "status": subscriber.status,
        "first_seen": subscriber.created_at,
        "subscriptions": list(
            subscriber.subscriptions.values("newsletter__name", *of_subscription)
        ),
        "events": list(
            events.values("newsletter__name", "kind", "at", "source_page", "consent_text")
        ),
    }


def _plan(
    subscription: Subscription, purpose: ConfirmationToken.Purpose, new_address: str = ""
) -> None:
    token = tokens.plan(subscription, purpose, new_address)
    transaction.on_commit(partial(tasks.mail_link.enqueue, token.pk), robust=True)


def _use(text: str, purpose: ConfirmationToken.Purpose) -> ConfirmationToken | None:
    """Spend a link; None when it is unknown, spent or too old. One of two racing presses wins."""
    token = tokens.find(text, purpose)
    if token is None or not _is_open(token):
        return None
    now = timezone.now()
    unused = ConfirmationToken.objects.filter(pk=token.pk, used_at=None, expires_at__gt=now)
    return token if unused.update(used_at=now) else None


def _is_open(token: ConfirmationToken) -> bool:
    return token.used_at is None and timezone.now() < token.expires_at


def _merge(subscription: Subscription, other: Subscriber) -> Subscription:
    """Move a reader's subscriptions to another row of his; return what `subscription` became."""
    old = subscription.subscriber
    result = subscription
    for each in old.subscriptions.select_for_update():
        twin = other.subscriptions.filter(newsletter=each.newsletter_id).first()
        if twin is None:
            old.subscriptions.filter(pk=each.pk).update(subscriber=other)
            continue
        if each.confirmed_at and twin.status != each.status:
            _take_state(twin, each)
        if each.pk == subscription.pk:
            result = twin
    old.delete()
    return Subscription.objects.select_related("subscriber", "newsletter").get(pk=result.pk)


def _take_state(twin: Subscription, source: Subscription) -> None:
    for field in ("status", "confirmed_at", "unsubscribed_at", "paused_until", "consent_text"):
        setattr(twin, field, getattr(source, field))
    twin.save()
