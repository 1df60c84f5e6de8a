"""Tells a restored database who left after its backup, from the log of leaves."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Q

from newsletter.models import ConsentEvent, Subscriber, Subscription, Suppression
from newsletter.models.readers import SubscriptionQuerySet
from newsletter.subscribers import subscriptions
from newsletter.subscribers.leave_log import LIFTED, RETURNED, LogLine
from newsletter.subscribers.suppression import suppress_hash

Kind = ConsentEvent.Kind
Reason = Suppression.Reason
# The readers who asked for this are deleted.
DELETING = {Reason.REFUSED: Kind.REFUSED, Reason.ERASED: Kind.ERASED}


@dataclass
class Replayed:
    """How many subscriptions ended, and how many addresses were suppressed."""

    unsubscribed: int = 0
    suppressed: int = 0


@transaction.atomic
def replay(lines: list[LogLine]) -> Replayed:
    """Apply the leaves among `lines`, sorted by time, that the database does not know of.

    A reader who came back later stays, as far as the lines or the database tell.
    """
    done = Replayed()
    returned = _last(lines, RETURNED)
    lifted = _last(lines, LIFTED)
    for line in lines:
        if line.kind in (RETURNED, LIFTED) or line.at <= returned.get(_key(line), ""):
            continue
        if line.kind == Kind.UNSUBSCRIBED or line.at <= lifted.get((line.address_hash, None), ""):
            done.unsubscribed += _unsubscribe(line)
        else:
            done.suppressed += _suppress(line)
    return done


def _key(line: LogLine) -> tuple[str, int | None]:
    return line.address_hash, line.newsletter


def _last(lines: Iterable[LogLine], kind: str) -> dict[tuple[str, int | None], str]:
    """Return when each address last had such a line, for each newsletter and for any."""
    found: dict[tuple[str, int | None], str] = {}
    for line in lines:
        if line.kind == kind:
            found[_key(line)] = found[line.address_hash, None] = line.at
    return found


def _unsubscribe(line: LogLine) -> int:
    rows = _subscriptions(line).exclude(status=Subscription.Status.UNSUBSCRIBED)
    found = [row for row in rows if not _came_back(row, line)]
    for row in found:
        subscriptions.unsubscribe(row.pk)
    return len(found)


def _suppress(line: LogLine) -> int:
    rows = _subscriptions(line)
    if any(_came_back(row, line) for row in rows):
        return 0
    is_new = suppress_hash(line.address_hash, Reason(line.kind))
    if line.kind in DELETING:
        reason = Reason(line.kind)
        for reader in _locked_readers(rows):
            subscriptions.delete_reader(reader, DELETING[reason], reason)
    return int(is_new)


def _subscriptions(line: LogLine) -> SubscriptionQuerySet:
    """Return the subscriptions that a line is about.

    Also by id, because the reader may have changed their address after the backup. A newer
    subscription may have been given the same id after it.
    """
    by_hash = Q(subscriber__address_hash=line.address_hash)
    by_id = Q(pk=line.subscription, created_at__lte=datetime.fromisoformat(line.at))
    rows = Subscription.objects.filter(by_hash | by_id)
    return rows.filter(newsletter=line.newsletter) if line.newsletter else rows


def _locked_readers(rows: SubscriptionQuerySet) -> list[Subscriber]:
    readers = Subscriber.objects.select_for_update().filter(pk__in=rows.values("subscriber"))
    return list(readers.order_by("pk"))


def _came_back(subscription: Subscription, line: LogLine) -> bool:
    events = subscription.consent_events.filter(at__gt=line.at)
    return events.filter(kind__in=[Kind.CONFIRMED, Kind.UNDONE]).exists()
