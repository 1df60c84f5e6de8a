"""How fast we send: all together, to one receiving domain, and in a new domain's first days.

Each limit is a row that says from when on there is room. Whoever wants to send moves that moment
on, in lumps, so a fast sender does not ask the database before each message.
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
from newsletter.sending.ledger import Row

# A lump of the common rate lasts that long: short enough to be fair to other workers.
LUMP_SECONDS = 0.5
# Who has to wait longer than this does not take a place, but asks again.
PATIENCE_SECONDS = 1.0
CLOSED_SECONDS = 60.0


@dataclass(frozen=True)
class Share:
    """How many messages may go, and in how many seconds; none: ask again after `wait`.

    `day`: the limit of the first days it counts against.
    """

    number: int
    wait: float = 0
    day: str = ""


def reserve(free_at: float, now: float, number: int, rate: float) -> tuple[float, float]:
    """Take `number` places at `rate` a second: return when the first is, and who comes after."""
    start = max(free_at, now)
    return start, start + number / rate


def of_first_days(first_day: int, days_before: int) -> int:
    """Return how many messages may go on a day after so many days of sending."""
    doublings = min(days_before, 30)
    return first_day << doublings


def share(most: int) -> Share:
    """Take up to `most` messages out of what all workers together may send now."""
    if not (settings.SEND_RATE or settings.SEND_FIRST_DAY):
        return Share(most)
    with transaction.atomic():
        return _shared(most)


def _shared(most: int) -> Share:
    room = min(most, _room_today())
    taken = _at_common_rate(room) if room and settings.SEND_RATE else Share(room)
    if not settings.SEND_FIRST_DAY:
        return taken
    day = _today()
    Pace.objects.filter(key=day).update(used=F("used") + taken.number)
    return replace(taken, day=day)


def give_back(unused: Share) -> None:
    """Return what was taken and not sent, or rows that only wait in line would use it up."""
    if not unused.number:
        return
    if unused.day:
        Pace.objects.filter(key=unused.day).update(used=F("used") - unused.number)
    if settings.SEND_RATE:
        seconds = unused.number / settings.SEND_RATE
        Pace.objects.filter(key="all").update(free_at=F("free_at") - seconds)


@transaction.atomic
def seconds_closed() -> float:
    """Return how long it makes no sense to ask: a while, when today's share is used up."""
    return 0 if _room_today() else CLOSED_SECONDS


def in_line(lease: str, rows: list[Row]) -> list[Row]:
    """Return the claimed rows that may go now; the rest is put back, with a place in its line."""
    if not settings.SEND_DOMAIN_RATE:
        return rows
    with transaction.atomic():
        waits = _waits([row for row in rows if not row.has_place])
        for seconds in set(waits.values()):
            later = [row for row in rows if waits.get(row.pk) == seconds]
            ledger.put_back(lease, later, seconds, has_place=True)
    return [row for row in rows if row.pk not in waits]


def forget_old() -> None:
    """Delete the lines of domains in which nobody waits."""
    Pace.objects.filter(key__startswith="domain:", free_at__lt=time() - 3600).delete()


def _at_common_rate(most: int) -> Share:
    number = max(1, min(most, int(settings.SEND_RATE * LUMP_SECONDS)))
    pace, now = _locked(["all"])["all"], time()
    start, after = reserve(pace.free_at, now, number, settings.SEND_RATE)
    if start - now > PATIENCE_SECONDS:
        return Share(0, PATIENCE_SECONDS)
    pace.free_at = after
    pace.save()
    return Share(number, start - now)


def _waits(rows: list[Row]) -> dict[int, int]:
    """Take a place for each row; return in how many seconds it is, for those not now."""
    rate, now, waits = settings.SEND_DOMAIN_RATE / 60, time(), {}
    paces = _locked({f"domain:{row.domain}" for row in rows})
    for row in rows:
        pace = paces[f"domain:{row.domain}"]
        start, pace.free_at = reserve(pace.free_at, now, 1, rate)
        if start - now > PATIENCE_SECONDS:
            waits[row.pk] = ceil(start - now)
    Pace.objects.bulk_update(paces.values(), ["free_at"])
    return waits


def _room_today() -> int:
    """Return how many may still go today. Without the setting there is room for any batch."""
    if not settings.SEND_FIRST_DAY:
        return sys.maxsize
    today = _locked([_today()])[_today()]
    before = Pace.objects.filter(key__startswith="day:", used__gt=0).exclude(pk=today.pk).count()
    return max(0, of_first_days(settings.SEND_FIRST_DAY, before) - today.used)


def _today() -> str:
    return f"day:{datetime.now(UTC).date()}"


def _locked(keys: Iterable[str]) -> dict[str, Pace]:
    """Return the rows of these limits, which nobody else changes until the transaction ends."""
    # In one order, so that two workers never wait for each other in a circle.
    ordered = sorted(keys)
    # Written even if they are there, so that forget_old of another issue cannot delete them now.
    Pace.objects.bulk_create(
        [Pace(key=key) for key in ordered],
        update_conflicts=True,
        unique_fields=["key"],
        update_fields=["key"],
    )
    rows = Pace.objects.select_for_update().filter(key__in=ordered).order_by("key")
    return {row.key: row for row in rows}
