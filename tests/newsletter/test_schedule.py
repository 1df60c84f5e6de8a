"""When the next issue is due. No database."""

from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

import pytest

from newsletter.schedule import next_slot

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


def test_an_hour_that_is_skipped_is_still_one_moment():
    zone = ZoneInfo("America/New_York")
    slot = next_slot(SUNDAY, time(2, 30), zone, utc("2027-03-14T00:00"))
    assert slot.astimezone(UTC) == utc("2027-03-14T07:30")


def test_the_far_side_of_the_date_line_has_its_own_friday():
    slot = next_slot(FRIDAY, time(9), ZoneInfo("Pacific/Auckland"), utc("2026-11-23T09:00"))
    assert slot.astimezone(UTC) == utc("2026-11-26T20:00")
