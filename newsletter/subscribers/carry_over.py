"""Tells a restored database what the one that it replaces knows of readers who left."""

from datetime import datetime, timedelta

from django.db import DatabaseError

from config.backups import connected_to
from newsletter.mailing import arming
from newsletter.models import ConsentEvent, ReaderAction, Subscription, Suppression
from newsletter.subscribers import leave_log, leave_replay, subscriptions
from newsletter.subscribers.leave_log import LogLine

# The clocks of two machines may differ. A line that is known already changes nothing.
MARGIN = timedelta(days=1)


def carry_over(restored: str, replaced: str, backup: str) -> list[str]:
    """Repeat the leaves since the backup, and let mail wait; return what a person should know.

    `restored` and `replaced` are databases, the second one "" if there is none. Raises OSError for
    the log of leaves.
    """
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
        left = leave_replay.replay(leave_log.merged(leave_log.read(leave_log.own_file()), lines))
        count = left.unsubscribed + left.suppressed
        ReaderAction.objects.record(ReaderAction.Kind.RESTORED, None, count=count, about=backup)
    return [
        f"Readers who left since: {left.unsubscribed} unsubscribed, {left.suppressed} suppressed.",
        lost,
    ]


def _lines_since(moment: datetime) -> list[LogLine]:
    """Return what the log of leaves should say since then."""
    kinds = [*subscriptions.LEAVING, *subscriptions.RETURNING]
    events = ConsentEvent.objects.filter(at__gt=moment, kind__in=kinds)
    suppressed = Suppression.objects.filter(created_at__gt=moment).order_by("created_at", "pk")
    return leave_log.merged(map(_event, events), map(_suppression, suppressed))


def _event(event: ConsentEvent) -> LogLine:
    kind = leave_log.RETURNED if event.kind in subscriptions.RETURNING else event.kind
    about = event.newsletter_id, event.subscription_id
    return LogLine(event.at.isoformat(), kind, event.address_hash, *about)


def _suppression(row: Suppression) -> LogLine:
    return LogLine(row.created_at.isoformat(), row.reason, row.address_hash, row.newsletter_id)


def _readers() -> set[int]:
    active = Subscription.objects.filter(status__in=["active", "paused"]).order_by()
    return set(active.values_list("pk", flat=True))
