"""What readers may do with what we keep about them: change the address, download all, erase all.

The link under every mail may be forwarded with it, so it opens none of this. It only asks for a
fresh link, mailed to the address we have, that works once and for half an hour.
"""

from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from config.ratelimit import Limit, hit
from newsletter.mailing import outbox
from newsletter.models import ConfirmationToken, ConsentEvent, OutboxMail, Subscriber, Suppression
from newsletter.subscribers import subscriptions, tokens
from newsletter.values.addresses import address_hash

Purpose = ConfirmationToken.Purpose
PURPOSES = (Purpose.CHANGE, Purpose.EXPORT, Purpose.ERASE)
PER_SUBSCRIBER = [Limit(3, timedelta(hours=1)), Limit(6, timedelta(days=1))]


@transaction.atomic
def ask(subscription_id: int, purpose: ConfirmationToken.Purpose) -> None:
    """Have a link mailed to the address we have.

    Nothing is sent over the limit, nor to readers who asked never to be written to: anybody may
    hold a link that was forwarded to them.
    """
    subscription = subscriptions.locked(subscription_id)
    if subscription is None or subscription.is_suppressed():
        return
    if hit("own-data", str(subscription.subscriber_id), PER_SUBSCRIBER):
        link = tokens.prepare(subscription, purpose)
        outbox.queue(outbox.Kind.OWN_DATA, subscription, token=link)


def usable_link(text: str) -> ConfirmationToken | None:
    """Find a mailed link that can still be used."""
    token = tokens.by_text(text, *PURPOSES)
    is_open = token and token.used_at is None and timezone.now() < token.expires_at
    return token if is_open else None


def spend(text: str, purpose: ConfirmationToken.Purpose) -> ConfirmationToken | None:
    """Use a link up, and lock its reader until the transaction ends.

    None when it is unknown, spent or too old. One of two racing presses wins.
    """
    token = tokens.by_text(text, purpose)
    if token is None or subscriptions.lock_reader(token.subscription_id) is None:
        return None
    spent = ConfirmationToken.objects.open().filter(pk=token.pk).update(used_at=timezone.now())
    # Read again: its subscription may have been merged while we waited for the lock.
    return tokens.by_text(text, purpose) if spent else None


@transaction.atomic
def export(text: str) -> dict[str, Any] | None:
    """Return all we keep about the reader whose link this is, and spend the link."""
    token = spend(text, Purpose.EXPORT)
    if token is None:
        return None
    subscriptions.record_consent(token.subscription, ConsentEvent.Kind.EXPORTED)
    return collect(token.subscription.subscriber)


@transaction.atomic
def erase_by_link(text: str) -> int | None:
    """Erase the reader whose link this is; return the id of the subscription it was for."""
    token = spend(text, Purpose.ERASE)
    if token is None:
        return None
    subscriptions.forget(
        token.subscription.subscriber, ConsentEvent.Kind.ERASED, Suppression.Reason.ERASED
    )
    return token.subscription_id


def collect(subscriber: Subscriber) -> dict[str, Any]:
    """Return all we keep about a reader, as plain values; of links all but their secrets."""
    key_hash = address_hash(subscriber.address_key)
    # By subscription too: events of an earlier address bear its hash.
    events = ConsentEvent.objects.filter(
        Q(address_hash=key_hash) | Q(subscription__subscriber=subscriber)
    )
    links = ConfirmationToken.objects.filter(subscription__subscriber=subscriber).order_by("pk")
    mails = OutboxMail.objects.filter(subscription__subscriber=subscriber).order_by("pk")
    notes = Suppression.objects.filter(address_hash=key_hash)
    return {
        "address": subscriber.address,
        "status": subscriber.status,
        "first_seen": subscriber.created_at,
        "subscriptions": list(
            subscriber.subscriptions.values(
                "newsletter__name", "status", "created_at", "confirmed_at", "unsubscribed_at",
                "paused_until", "source_page", "consent_text", "leaving_reason",
            )
        ),
        "events": list(
            events.values("newsletter__name", "kind", "at", "source_page", "consent_text")
        ),
        "requests_in_flight": list(
            subscriptions.requests_of(subscriber).values(
                "newsletter__name", "address", "requested_at", "source_page", "consent_text"
            )
        ),
        "mailed_links": list(
            links.values(
                "subscription__newsletter__name", "purpose", "new_address", "created_at",
                "expires_at", "used_at",
            )
        ),
        "mails_in_flight": list(
            mails.values("subscription__newsletter__name", "kind", "to", "created_at", "state")
        ),
        "issues": list(
            subscriber.deliveries.order_by("pk").values(
                "issue__number", "domain", "state", "begun_at", "settled_at"
            )
        ),
        "never_write_to": list(notes.values("newsletter__name", "reason", "created_at")),
    }  # fmt: skip
