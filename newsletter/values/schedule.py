"""When an issue is due, in local time of the newsletter's zone, and when it is too late for it."""

from datetime import date, datetime, time, timedelta
from itertools import count
from zoneinfo import ZoneInfo

# An issue that was not approved, or could not start, within this time expires: it may be outdated.
EXPIRED_AFTER = timedelta(hours=6)


def next_slot(weekday: int, local_time: time, zone: ZoneInfo, after: datetime) -> datetime:
    """Return the first `local_time` on `weekday` (Monday: 0) in `zone` after `after`."""
    first = after.astimezone(zone).date()
    first += timedelta(days=(weekday - first.weekday()) % 7)
    slots = (
        moment(day, local_time, zone)
        for day in (first + timedelta(weeks=week) for week in count())
        if exists(day, zone)
    )
    # By timestamp, because within one zone Python compares local times, not moments.
    return next(slot for slot in slots if slot.timestamp() > after.timestamp())


def moment(day: date, local_time: time, zone: ZoneInfo) -> datetime:
    """Return a local time on a local day, so that 9:00 stays 9:00 when clocks change.

    A time that clocks skip gets the offset before the change; of a time that they show twice it is
    the first (PEP 495, fold=0).
    """
    return datetime.combine(day, local_time, tzinfo=zone)


def exists(day: date, zone: ZoneInfo) -> bool:
    """Return whether a local day exists: Samoa went from 29 to 31 December 2011."""
    begins, ends = (moment(each, time(0), zone) for each in (day, day + timedelta(days=1)))
    return ends.timestamp() > begins.timestamp()
