"""How fast we send: in total, to one receiving domain, and in a new sending domain's first days.

Each limit is a row with the time from which it has room. A lane that sends moves this time forward,
for several messages together, so a fast sender does not query the database before each message.
"""

import sys
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from math import ceil
from time import time

from django.conf import settings
from django.db import transaction
from django.db.models import F

from newsletter.models import Pace
from newsletter.sending import ledger
from newsletter.sending.ledger import ClaimedDelivery

# A lane takes this many seconds of the total rate: few enough to be fair to other workers.
SHARE_SECONDS = 0.5
# A lane that would wait longer than this for a place takes none and asks again later.
MOST_WAIT_SECONDS = 1.0
# How long a pump pauses once the day's limit is used up.
DAILY_LIMIT_WAIT_SECONDS = 60.0


@dataclass(frozen=True)
class Share:
    """`number` messages that may be sent after `wait` seconds; 0 means: ask again after `wait`.

    `day` is the key of the daily limit that they count against, or "".
    """

    number: int
    wait: float = 0
    day: str = ""


def reserve(free_at: float, now: float, number: int, rate: float) -> tuple[float, float]:
    """Reserve `number` places at `rate` a second; return the time of the first and of the next
    free one. Times are in seconds.
    """
    start = max(free_at, now)
    return start, start + number / rate


def warmup_limit(first_day: int, days_before: int) -> int:
    """Return the limit of a day: it doubles with each day on which we sent before."""
    return first_day << min(days_before, 30)


def take_share(most: int) -> Share:
    """Take up to `most` messages from what all workers together may send now."""
    if not (settings.SEND_RATE or settings.SEND_FIRST_DAY):
        return Share(most)
    with transaction.atomic():
        day, room_today = _room_today()
        room = min(most, room_today)
        taken = _share_of_rate(room) if room and settings.SEND_RATE else Share(room)
        if day:
            Pace.objects.filter(key=day).update(used=F("used") + taken.number)
        return replace(taken, day=day)


def give_back(unused: Share) -> None:
    """Give back what was not sent: rows that wait for their domain must not use up the limits."""
    if not unused.number:
        return
    if unused.day:
        Pace.objects.filter(key=unused.day).update(used=F("used") - unused.number)
    if settings.SEND_RATE:
        seconds = unused.number / settings.SEND_RATE
        Pace.objects.filter(key="all").update(free_at=F("free_at") - seconds)


@transaction.atomic
def daily_limit_wait() -> float:
    """Return how many seconds to wait when today's limit is used up, else 0."""
    _, room = _room_today()
    return 0 if room else DAILY_LIMIT_WAIT_SECONDS


def take_places(lease: str, rows: list[ClaimedDelivery]) -> list[ClaimedDelivery]:
    """Return the claimed rows that may go now; queue the others for their domain's next places."""
    if not settings.SEND_DOMAIN_RATE:
        return rows
    with transaction.atomic():
        waits = _waits([row for row in rows if not row.has_place])
        for seconds in set(waits.values()):
            later = [row for row in rows if waits.get(row.pk) == seconds]
            ledger.requeue(lease, later, seconds, has_place=True)
    return [row for row in rows if row.pk not in waits]


def delete_idle_paces() -> None:
    """Delete the limits of domains for which no message waits."""
    Pace.objects.filter(key__startswith="domain:", free_at__lt=time() - 3600).delete()


def _share_of_rate(most: int) -> Share:
    number = max(1, min(most, int(settings.SEND_RATE * SHARE_SECONDS)))
    pace, now = _locked(["all"])["all"], time()
    start, after = reserve(pace.free_at, now, number, settings.SEND_RATE)
    if start - now > MOST_WAIT_SECONDS:
        return Share(0, MOST_WAIT_SECONDS)
    pace.free_at = after
    pace.save()
    return Share(number, start - now)


def _waits(rows: list[ClaimedDelivery]) -> dict[int, int]:
    """Reserve a place for each row; return {row id: seconds} for the places that are not now."""
    rate, now, waits = settings.SEND_DOMAIN_RATE / 60, time(), {}
    paces = _locked({f"domain:{row.domain}" for row in rows})
    for row in rows:
        pace = paces[f"domain:{row.domain}"]
        start, pace.free_at = reserve(pace.free_at, now, 1, rate)
        if start - now > MOST_WAIT_SECONDS:
            waits[row.pk] = ceil(start - now)
    Pace.objects.bulk_update(paces.values(), ["free_at"])
    return waits


def _room_today() -> tuple[str, int]:
    """Return the key of today's limit and how many messages it still lets through; ("", any number)
    without SEND_FIRST_DAY.
    """
    if not settings.SEND_FIRST_DAY:
        return "", sys.maxsize
    day = f"day:{datetime.now(UTC).date()}"  # once: the wait for its row may pass midnight
    today = _locked([day])[day]
    before = Pace.objects.filter(key__startswith="day:", used__gt=0).exclude(key=day).count()
    return day, max(0, warmup_limit(settings.SEND_FIRST_DAY, before) - today.used)


def _locked(keys: Iterable[str]) -> dict[str, Pace]:
    """Return the rows of these limits, locked until the transaction ends."""
    # Always in the same order, so that two workers cannot deadlock.
    ordered = sorted(keys)
    # Existing rows are written too, so that delete_idle_paces cannot delete them at this moment.
    Pace.objects.bulk_create(
        [Pace(key=key) for key in ordered],
        update_conflicts=True,
        unique_fields=["key"],
        update_fields=["key"],
    )
    rows = Pace.objects.select_for_update().filter(key__in=ordered).order_by("key")
    return {row.key: row for row in rows}
