"""Which of our rows a report is about, and whether that is proven."""

import hmac
from dataclasses import dataclass

from newsletter.models import Delivery, Snapshot, Subscription
from newsletter.returns.reports import Report
from newsletter.sending.message import message_id
from newsletter.subscribers.subscriptions import find_subscription
from newsletter.values.addresses import AddressError, address_key

LARGEST_ID = 2**63 - 1


@dataclass(frozen=True)
class Match:
    """The delivery, if any, and the subscription; the reader may be erased meanwhile."""

    delivery: Delivery | None = None
    subscription_id: int | None = None

    @property
    def is_found(self) -> bool:
        return self.subscription_id is not None


def find(report: Report) -> Match:
    """Return what a report is about: the signed envelope first, then the returned original.

    An address alone is enough only where nobody else can have made the report.
    """
    found = _delivery(report.delivery_id) or _by_message_id(report)
    if found:
        return Match(found, found.subscription_id)
    if report.subscription_id is not None:
        # A signed link: its subscription may be merged or erased.
        current = find_subscription(report.subscription_id)
        pk = current.pk if current else report.subscription_id
        rows = Delivery.objects.filter(subscription_id=pk, issue__number=report.issue or 0)
        return Match(rows.first() if current else None, pk)
    return _by_address(report) if report.is_proven else Match()


def _delivery(delivery_id: int | None) -> Delivery | None:
    if delivery_id is None or delivery_id > LARGEST_ID:
        return None
    return Delivery.objects.filter(pk=delivery_id).first()


def _by_message_id(report: Report) -> Delivery | None:
    """Return the delivery of the first Message-ID that we made."""
    for written in report.message_ids:
        if delivery := _delivery(int(written.partition(".")[0])):
            secret = Snapshot.objects.values_list("secret", flat=True).get(issue=delivery.issue_id)
            genuine = message_id(secret, delivery.pk).partition("@")[0]
            # The host may have changed since.
            if hmac.compare_digest(genuine, f"<{written.partition('@')[0]}"):
                return delivery
    return None


def _by_address(report: Report) -> Match:
    for address in report.addresses:
        try:
            found = of_address(address)
        except AddressError:
            continue
        if found.is_found:
            return found
    return Match()


def of_address(address: str) -> Match:
    """Return the first subscription of the reader with this address. Raises AddressError."""
    rows = Subscription.objects.filter(subscriber__address_key=address_key(address))
    return Match(None, rows.order_by("pk").values_list("pk", flat=True).first())
