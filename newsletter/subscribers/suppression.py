"""Addresses never to write to: kept as keyed hashes, which outlive the addresses themselves."""

from django.db import models, transaction

from newsletter.models import Subscriber, Suppression
from newsletter.values.addresses import address_hash, address_key


def suppress(subscriber: Subscriber, reason: Suppression.Reason) -> None:
    """Forbid all mail to an address; an earlier reason is kept."""
    Suppression.objects.get_or_create(
        address_hash=address_hash(subscriber.address_key),
        newsletter=None,
        defaults={"reason": reason},
    )


def of_address(address: str) -> models.QuerySet[Suppression]:
    """Find what forbids writing to an address; raise AddressError when it is none."""
    found = Suppression.objects.filter(address_hash=address_hash(address_key(address)))
    return found.select_related("newsletter")


@transaction.atomic
def lift(address: str) -> None:
    """Allow mail to an address again. The reader is not subscribed by it: they confirm as ever."""
    of_address(address).delete()
    reader = Subscriber.objects.filter(address_key=address_key(address))
    reader.update(status=Subscriber.Status.OK)
