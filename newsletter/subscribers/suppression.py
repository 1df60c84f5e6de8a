"""Whom never to write to. Kept as keyed hashes, so that it outlives the address itself."""

from django.db import models, transaction

from newsletter.models import Newsletter, Subscriber, Subscription, Suppression
from newsletter.values.addresses import address_hash, address_key


def forbids(key: str, newsletter: Newsletter) -> bool:
    """Tell whether a newsletter must not go to what `address_key` returned."""
    return Suppression.objects.covering(address_hash(key), newsletter).exists()


def is_suppressed(subscription: Subscription) -> bool:
    return forbids(subscription.subscriber.address_key, subscription.newsletter)


def suppress(subscriber: Subscriber, reason: Suppression.Reason) -> None:
    """Forbid all mail to an address; an earlier reason stands."""
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
    """Allow mail to an address again. Nobody is subscribed by it: he has to confirm as ever."""
    of_address(address).delete()
    reader = Subscriber.objects.filter(address_key=address_key(address))
    reader.update(status=Subscriber.Status.OK)
