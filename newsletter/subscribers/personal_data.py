"""Readers' access to their own data: change the address, download everything, erase everything.

Readers may forward a mail with its link, so that link allows none of this. It only mails a new link
to the address we have, which works once and for half an hour.
"""

import json
from datetime import timedelta
from typing import Any

from django.contrib.auth.models import User
from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from config.ratelimit import Limit, hit
from newsletter.mailing import outbox
from newsletter.models import (
    ConfirmationToken,
    ConsentEvent,
    MailEvent,
    OutboxMail,
    ReaderAction,
    Subscriber,
    Suppression,
)
from newsletter.subscribers import subscriptions, tokens

Purpose = ConfirmationToken.Purpose
PURPOSES = (Purpose.CHANGE, Purpose.EXPORT, Purpose.ERASE)
MOST_ERASED = 100  # at once: a page of the list
PER_SUBSCRIBER = [Limit(3, timedelta(hours=1)), Limit(6, timedelta(days=1))]


@transaction.atomic
def send_own_data_link(subscription_id: int, purpose: ConfirmationToken.Purpose) -> None:
    """Mail a link to the address we have.

    Sends nothing over the limit or to suppressed addresses, because the link on the page may have
    been forwarded to others.
    """
    subscription = subscriptions.lock_subscription(subscription_id)
    if subscription is None or subscription.is_suppressed():
        return
    if hit("own-data", str(subscription.subscriber_id), PER_SUBSCRIBER):
        link = tokens.make_token(subscription, purpose)
        outbox.queue(outbox.Kind.OWN_DATA, subscription, token=link)


def usable_link(text: str) -> ConfirmationToken | None:
    """Return the token of a mailed link if it is still valid."""
    token = tokens.find_token(text, *PURPOSES)
    is_open = token and token.used_at is None and timezone.now() < token.expires_at
    return token if is_open else None


def spend_link(text: str, purpose: ConfirmationToken.Purpose) -> ConfirmationToken | None:
    """Mark a link as used, and lock its reader until the transaction ends.

    Returns None if it is unknown, used or expired. Of two racing requests one succeeds.
    """
    token = tokens.find_token(text, purpose)
    if token is None or subscriptions.lock_reader(token.subscription_id) is None:
        return None
    spent = ConfirmationToken.objects.open().filter(pk=token.pk).update(used_at=timezone.now())
    # Loaded again: the subscription may have been merged while we waited for the lock.
    return tokens.find_token(text, purpose) if spent else None


@transaction.atomic
def export_data(text: str) -> dict[str, Any] | None:
    """Use up a link and return all data about its reader; None if it is no longer valid."""
    token = spend_link(text, Purpose.EXPORT)
    if token is None:
        return None
    subscriptions.record_consent(token.subscription, ConsentEvent.Kind.EXPORTED)
    return collect_data(token.subscription.subscriber)


@transaction.atomic
def erase_by_link(text: str) -> int | None:
    """Use up a link and erase its reader; return the id of its subscription, or None."""
    token = spend_link(text, Purpose.ERASE)
    if token is None:
        return None
    subscriptions.delete_reader(token.subscription.subscriber, Suppression.Reason.ERASED)
    return token.subscription_id


@transaction.atomic
def erase_readers(chosen: QuerySet[Subscriber], by: User) -> int:
    """Erase readers who asked an editor for it; record it and return how many."""
    readers = list(chosen.select_for_update().order_by("pk"))
    about = ", ".join(reader.shown_hash for reader in readers)
    for reader in readers:
        subscriptions.delete_reader(reader, Suppression.Reason.ERASED)
    ReaderAction.objects.record(ReaderAction.Kind.ERASED, by, count=len(readers), about=about)
    return len(readers)


def as_json(data: dict[str, Any]) -> str:
    return json.dumps(data, cls=DjangoJSONEncoder, indent=2, ensure_ascii=False) + "\n"


def collect_data(subscriber: Subscriber) -> dict[str, Any]:
    """Return all data about a reader as plain values, without the secrets of links."""
    hashed = subscriber.address_hash
    # By subscription too, because events of an earlier address have its hash.
    events = ConsentEvent.objects.filter(
        Q(address_hash=hashed) | Q(subscription__subscriber=subscriber)
    )
    links = ConfirmationToken.objects.filter(subscription__subscriber=subscriber).order_by("pk")
    mails = OutboxMail.objects.filter(subscription__subscriber=subscriber).order_by("pk")
    lists: dict[str, tuple[QuerySet[Any], str]] = {
        "subscriptions": (subscriber.subscriptions.all(),
            "newsletter__name status created_at confirmed_at unsubscribed_at paused_until "
            "source_page consent_text leaving_reason leaving_words"),
        "events": (events, "newsletter__name kind at source_page consent_text"),
        "requests_in_flight": (subscriptions.waiting_requests(subscriber),
            "newsletter__name address requested_at source_page consent_text"),
        "mailed_links": (links,
            "subscription__newsletter__name purpose new_address created_at expires_at used_at"),
        "mails_in_flight": (mails, "subscription__newsletter__name kind to created_at state"),
        "issues": (subscriber.deliveries.order_by("pk"),
            "issue__number domain state begun_at settled_at"),
        "returned": (MailEvent.objects.about(subscriber).order_by("pk"),
            "delivery__issue__number source kind status received_at"),
        "never_write_to": (Suppression.objects.filter(address_hash=hashed),
            "newsletter__name reason created_at"),
    }  # fmt: skip
    about = {"address": subscriber.address, "status": subscriber.status}
    return about | {
        "first_seen": subscriber.created_at,
        **{name: list(rows.values(*fields.split())) for name, (rows, fields) in lists.items()},
    }
