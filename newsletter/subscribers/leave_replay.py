"""Tells a restored database who left after its backup: by the log of leaves, and by the database
that it replaces.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.db import DatabaseError, transaction
from django.db.models import Q

from config.backups import BackupError, connected_to
from newsletter.mailing import arming
from newsletter.models import (
    ConsentEvent,
    Newsletter,
    ReaderAction,
    Subscriber,
    Subscription,
    Suppression,
)
from newsletter.subscribers import leave_log, subscriptions
from newsletter.subscribers.leave_log import LIFTED, RETURNED, LogLine
from newsletter.subscribers.suppression import OF_PERSONS, suppress

Kind = ConsentEvent.Kind
Reason = Suppression.Reason

NO_READER = 0  # not None, for which SQLite would read all subscriptions
# The clocks of two machines may differ. A line that is known already changes nothing.
MARGIN = timedelta(days=1)


@dataclass
class Replayed:
    """How many subscriptions ended, and how many addresses were suppressed."""

    unsubscribed: int = 0
    suppressed: int = 0


def carry_over(restored: str, replaced: str, backup: str) -> list[str]:
    """Apply to the restored database every leave since the backup, and hold all mail; return lines
    for the operator.

    `restored` and `replaced` are names or paths of databases (`replaced` may be ""), `backup` the
    name of the file. Raises OSError, or BackupError if the log of leaves is damaged.
    """
    try:
        logged = leave_log.read(leave_log.own_file())
    except leave_log.DamagedLog as error:
        raise BackupError(str(error)) from error
    with connected_to(restored):
        since = arming.hold(f"it was restored from {backup}") - MARGIN
        readers = _readers()
    lines: list[LogLine] = []
    lost = "The database that it replaces cannot be read: only the file of leaves was."
    if replaced:
        try:
            with connected_to(replaced):
                lines = _lines_since(since)
                lost = f"Readers who confirmed since and are lost: {len(_readers() - readers)}."
        except DatabaseError:  # it is damaged, or another version's
            pass
    with connected_to(restored), leave_log.muted():
        left = replay(leave_log.merged(logged, lines))
        count = left.unsubscribed + left.suppressed
        ReaderAction.objects.record(ReaderAction.Kind.RESTORED, None, count=count, about=backup)
    return [
        f"Readers who left since: {left.unsubscribed} unsubscribed, {left.suppressed} suppressed.",
        lost,
    ]


@transaction.atomic
def replay(lines: list[LogLine]) -> Replayed:
    """Apply the leaves that the database does not know of, oldest first; return how many.

    A reader who came back later stays, as far as the lines or the database tell.
    """
    done = Replayed()
    leaves = valid_leaves(lines)
    hashes = {line.address_hash for line in leaves}
    # One pass over all readers, as no index has the hashes.
    rows = Subscriber.objects.order_by().values_list("address_hash", "pk")
    readers = {hashed: pk for hashed, pk in rows.iterator() if hashed in hashes}
    for line in leaves:
        own = _subscriptions(line, readers.get(line.address_hash, NO_READER))
        if line.kind == Kind.UNSUBSCRIBED:
            for row in own:
                if row.status != Subscription.Status.UNSUBSCRIBED and not _came_back(row, line):
                    subscriptions.unsubscribe(row.pk)
                    done.unsubscribed += 1
        else:
            done.suppressed += _suppress(own, line)
    return done


def valid_leaves(lines: list[LogLine]) -> list[LogLine]:
    """Return the leaves that no later line takes back. Pure.

    The order of lines decides, because a clock may be set back. A reader who was deleted stays
    unsubscribed when the suppression is lifted.
    """
    returned, lifted, found = set(), set(), []
    for line in reversed(lines):
        key = line.address_hash, line.newsletter
        if line.kind == RETURNED:
            returned |= {key, (line.address_hash, None)}
        elif line.kind == LIFTED:
            lifted.add(key)
        elif key not in returned:
            if line.kind == Kind.UNSUBSCRIBED or (line.address_hash, _scope(line)) not in lifted:
                found.append(line)
            elif line.kind in OF_PERSONS:
                found.append(replace(line, kind=Kind.UNSUBSCRIBED))
    return found[::-1]


def _scope(line: LogLine) -> int | None:
    """Return the newsletter of a suppression; None for all, as for readers who are deleted."""
    return None if line.kind in OF_PERSONS else line.newsletter


def _suppress(rows: list[Subscription], line: LogLine) -> int:
    if any(_came_back(row, line) for row in rows):
        return 0
    reason, scope = Reason(line.kind), _scope(line)
    newsletter = Newsletter.objects.filter(pk=scope).first() if scope else None
    if scope and newsletter is None:  # made after the backup
        return 0
    is_new = suppress(line.address_hash, reason, newsletter)
    if reason in OF_PERSONS:
        readers = Subscriber.objects.filter(pk__in=[row.subscriber_id for row in rows])
        for reader in readers.select_for_update().order_by("pk"):
            subscriptions.delete_reader(reader, reason)
    return int(is_new)


def _subscriptions(line: LogLine, reader: int) -> list[Subscription]:
    """Return the subscriptions that a line is about; `reader` has its address.

    Also by id, because the reader may have changed their address after the backup. A newer
    subscription may have been given the same id after it.
    """
    by_id = Q(pk=line.subscription, created_at__lte=datetime.fromisoformat(line.at))
    rows = Subscription.objects.filter(Q(subscriber=reader) | by_id)
    # Not in SQL, where SQLite would read all subscriptions of the newsletter.
    return [row for row in rows if line.newsletter in (None, row.newsletter_id)]


def _came_back(subscription: Subscription, line: LogLine) -> bool:
    events = subscription.consent_events.filter(at__gt=line.at)
    return events.filter(kind__in=[Kind.CONFIRMED, Kind.UNDONE]).exists()


def _lines_since(moment: datetime) -> list[LogLine]:
    """Return what the log of leaves should say since then."""
    kinds = [*subscriptions.LEAVING, *subscriptions.RETURNING]
    events = ConsentEvent.objects.filter(at__gt=moment, kind__in=kinds)
    suppressed = Suppression.objects.filter(created_at__gt=moment).order_by("created_at", "pk")
    returning = dict.fromkeys(subscriptions.RETURNING, RETURNED)
    return leave_log.merged(
        (
            LogLine(
                each.at.isoformat(),
                returning.get(Kind(each.kind), each.kind),
                each.address_hash,
                each.newsletter_id,
                each.subscription_id,
            )
            for each in events
        ),
        (
            LogLine(each.created_at.isoformat(), each.reason, each.address_hash, each.newsletter_id)
            for each in suppressed
        ),
    )


def _readers() -> set[int]:
    active = Subscription.objects.filter(status__in=["active", "paused"]).order_by()
    return set(active.values_list("pk", flat=True))
