"""Addresses we must not write to, stored as keyed hashes that remain after erasure."""

from django.db import models, transaction

from newsletter.models import Subscriber, Suppression
from newsletter.subscribers import leave_log
from newsletter.values.addresses import address_hash, address_key


def suppress(subscriber: Subscriber, reason: Suppression.Reason) -> None:
    """Forbid all mail to an address; keeps an earlier reason."""
    suppress_hash(address_hash(subscriber.address_key), reason)


def suppress_hash(hashed: str, reason: Suppression.Reason) -> bool:
    """Do the same for a hashed address; return whether it was not suppressed yet."""
    _, is_new = Suppression.objects.get_or_create(
        address_hash=hashed, newsletter=None, defaults={"reason": reason}
    )
    if is_new:
        leave_log.append(reason, hashed)
    return is_new


def suppressions_of(address: str) -> models.QuerySet[Suppression]:
    """Return the suppressions of an address. Raises AddressError."""
    found = Suppression.objects.filter(address_hash=address_hash(address_key(address)))
    return found.select_related("newsletter")


@transaction.atomic
def lift_suppression(address: str) -> None:
    """Allow mail to an address again. This does not subscribe the reader."""
    suppressions_of(address).delete()
    key = address_key(address)
    leave_log.append_after_commit(leave_log.LIFTED, address_hash(key))
    reader = Subscriber.objects.filter(address_key=key)
    reader.update(status=Subscriber.Status.OK)
