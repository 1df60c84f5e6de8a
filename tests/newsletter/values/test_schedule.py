"""When the next issue is due. No database."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from newsletter.values.schedule import next_slot

FRIDAY, SUNDAY = 4, 6


def utc(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("after", "slot"),
    [
        ("2026-11-23T09:00", "2026-11-27T14:00"),  # a Monday
        ("2026-11-27T13:59", "2026-11-27T14:00"),  # that Friday, a minute before
        ("2026-11-27T14:00", "2026-12-04T14:00"),  # on the minute: the next one
        ("2026-11-28T03:00", "2026-12-04T14:00"),  # Saturday in UTC, Friday night there
        ("2027-03-12T14:00", "2027-03-19T13:00"),  # clocks go forward on 14 March
        ("2026-10-30T13:00", "2026-11-06T14:00"),  # and back on 1 November
    ],
)
def test_nine_o_clock_stays_nine_o_clock_across_clock_changes(after, slot):
    zone = ZoneInfo("America/New_York")
    assert next_slot(FRIDAY, time(9), zone, utc(after)) == utc(slot)


def test_a_skipped_hour_is_still_one_moment():
    zone = ZoneInfo("America/New_York")
    slot = next_slot(SUNDAY, time(2, 30), zone, utc("2027-03-14T00:00"))
    assert slot.astimezone(UTC) == utc("2027-03-14T07:30")


def test_friday_depends_on_the_time_zone():
    slot = next_slot(FRIDAY, time(9), ZoneInfo("Pacific/Auckland"), utc("2026-11-23T09:00"))
    assert slot.astimezone(UTC) == utc("2026-11-26T20:00")


@pytest.mark.parametrize(
    ("place", "weekday", "at", "day", "moment"),
    [
        # Clocks skip 02:00 to 03:00: half past two is read as half past three.
        ("Asia/Jerusalem", FRIDAY, time(2, 30), "2026-03-27", "2026-03-27T00:30"),
        # Friday begins at 01:00 there.
        ("Africa/Cairo", FRIDAY, time(0, 30), "2026-04-24", "2026-04-23T22:30"),
        # Clocks show 01:30 twice: the first one counts.
        ("America/New_York", SUNDAY, time(1, 30), "2026-11-01", "2026-11-01T05:30"),
    ],
)
def test_a_day_on_which_clocks_change_has_one_issue(place, weekday, at, day, moment):
    zone, start = ZoneInfo(place), utc(day) - timedelta(days=10)
    slots = slots_from(start, weekday, at, zone, count=4)
    days = [slot.date().isoformat() for slot in slots]
    assert days.count(day) == 1
    assert slots[days.index(day)].astimezone(UTC) == utc(moment)
    assert len({slot.date() for slot in slots}) == 4


def test_a_friday_that_samoa_skipped_has_no_issue():
    slots = slots_from(utc("2011-12-20T00:00"), FRIDAY, time(9), ZoneInfo("Pacific/Apia"), count=3)
    assert [f"{slot:%Y-%m-%d %H:%M%z}" for slot in slots] == [
        "2011-12-23 09:00-1000",
        "2012-01-06 09:00+1400",
        "2012-01-13 09:00+1400",
    ]


@pytest.mark.parametrize("hour", [time(0), time(0, 30), time(2, 30), time(12), time(23, 59)])
@pytest.mark.parametrize("place", ["Asia/Jerusalem", "Africa/Cairo", "America/New_York", "UTC"])
def test_every_friday_of_three_years_has_its_one_issue(place, hour):
    slots = slots_from(utc("2025-12-31T12:00"), FRIDAY, hour, ZoneInfo(place), count=156)
    fridays = [slots[0].date() + timedelta(weeks=week) for week in range(156)]
    assert [slot.date() for slot in slots] == fridays
    stamps = [slot.timestamp() for slot in slots]
    assert stamps == sorted(set(stamps))


def slots_from(start, weekday, at, zone, count):
    """Yield the slots one after another, as the clock asks for them."""
    slots = [next_slot(weekday, at, zone, start)]
    while len(slots) < count:
        slots.append(next_slot(weekday, at, zone, slots[-1].astimezone(UTC)))
    return slots
