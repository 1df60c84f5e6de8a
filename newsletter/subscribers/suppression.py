"""Addresses we must not write to, stored as keyed hashes that remain after erasure."""

from django.db import models, transaction

from newsletter.models import Subscriber, Suppression
from newsletter.values.addresses import address_hash, address_key


def suppress(subscriber: Subscriber, reason: Suppression.Reason) -> None:
    """Forbid all mail to an address; keeps an earlier reason."""
    Suppression.objects.get_or_create(
        address_hash=address_hash(subscriber.address_key),
        newsletter=None,
        defaults={"reason": reason},
    )


def suppressions_of(address: str) -> models.QuerySet[Suppression]:
    """Return the suppressions of an address. Raises AddressError."""
    found = Suppression.objects.filter(address_hash=address_hash(address_key(address)))
    return found.select_related("newsletter")


@transaction.atomic
def lift_suppression(address: str) -> None:
    """Allow mail to an address again. This does not subscribe the reader."""
    suppressions_of(address).delete()
    reader = Subscriber.objects.filter(address_key=address_key(address))
    reader.update(status=Subscriber.Status.OK)
