"""When an issue is due: wall-clock time in the newsletter's own zone."""

from datetime import date, datetime, time, timedelta
from itertools import count
from zoneinfo import ZoneInfo


def next_slot(weekday: int, local_time: time, zone: ZoneInfo, after: datetime) -> datetime:
    """Return the next moment after `after` that is `local_time` there on `weekday` (Monday: 0)."""
    first = after.astimezone(zone).date()
    first += timedelta(days=(weekday - first.weekday()) % 7)
    slots = (
        moment(day, local_time, zone)
        for day in (first + timedelta(weeks=week) for week in count())
        if exists(day, zone)
    )
    # By the timestamp: within one zone Python compares the hands of the clock, not the moments.
    return next(slot for slot in slots if slot.timestamp() > after.timestamp())


def moment(day: date, local_time: time, zone: ZoneInfo) -> datetime:
    """Put a day of the local calendar on the clock, so 9:00 stays 9:00 when clocks change.

    An hour that clocks skip is read with the offset before the change, one that they show twice
    is the first of the two (PEP 495, fold=0).
    """
    return datetime.combine(day, local_time, tzinfo=zone)


def exists(day: date, zone: ZoneInfo) -> bool:
    """Tell whether a day was there at all: Samoa went from 29 to 31 December 2011."""
    begins, ends = (moment(each, time(0), zone) for each in (day, day + timedelta(days=1)))
    return ends.timestamp() > begins.timestamp()
