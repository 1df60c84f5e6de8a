"""When an issue is due: wall-clock time in the newsletter's own zone."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo


def next_slot(weekday: int, local_time: time, zone: ZoneInfo, after: datetime) -> datetime:
    """Return the next moment after `after` that is `local_time` there on `weekday` (Monday: 0).

    The day is found on the local calendar and only then put on the clock, so 9:00 stays 9:00
    when clocks change. An hour that clocks skip is read with the offset before the change.
    """
    local = after.astimezone(zone)
    days = (weekday - local.weekday()) % 7
    slot = datetime.combine(local.date() + timedelta(days=days), local_time, tzinfo=zone)
    if slot.timestamp() <= after.timestamp():
        slot = datetime.combine(slot.date() + timedelta(days=7), local_time, tzinfo=zone)
    return slot
