"""Addresses we must not write to, stored as keyed hashes that remain after erasure."""

from django.contrib.auth.models import User
from django.db import models, transaction

from newsletter.models import Newsletter, ReaderAction, Subscriber, Suppression
from newsletter.subscribers import leave_log
from newsletter.values.addresses import address_hash, address_key

# Readers who ask for this are deleted, and it holds for all newsletters. ConsentEvent names the
# same kinds.
OF_PERSONS = (Suppression.Reason.REFUSED, Suppression.Reason.ERASED)


def suppress(hashed: str, reason: Suppression.Reason, newsletter: Newsletter | None = None) -> bool:
    """Forbid mail to the address with this hash: all of it, or that of one newsletter.

    Returns False if it was suppressed already; an earlier suppression keeps its reason.
    """
    _, is_new = Suppression.objects.get_or_create(
        address_hash=hashed, newsletter=newsletter, defaults={"reason": reason}
    )
    if is_new:
        leave_log.append(reason, hashed, newsletter.pk if newsletter else None)
    return is_new


def suppressions_of(address: str) -> models.QuerySet[Suppression]:
    """Return the suppressions of an address. Raises AddressError."""
    found = Suppression.objects.filter(address_hash=address_hash(address_key(address)))
    return found.select_related("newsletter")


@transaction.atomic
def lift(found: models.QuerySet[Suppression], why: str, by: User | None = None) -> int:
    """Lift suppressions, which subscribes nobody; return how many. `by` is None for a command."""
    lifted = list(found.select_for_update(of=("self",)).select_related("newsletter"))
    for each in lifted:
        scope = () if each.newsletter_id is None else (each.newsletter_id,)
        leave_log.append_after_commit(leave_log.LIFTED, each.address_hash, *scope)
        about = f"{each}, {each.scope}"
        ReaderAction.objects.record(ReaderAction.Kind.LIFTED, by, about=about, why=why)
        each.delete()
    left = Suppression.objects.filter(address_hash=models.OuterRef("address_hash"))
    readers = Subscriber.objects.filter(address_hash__in={each.address_hash for each in lifted})
    readers.filter(~models.Exists(left)).update(status=Subscriber.Status.OK)
    return len(lifted)
