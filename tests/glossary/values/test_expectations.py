"""When a release is expected, and from which day on a series is due, overdue, stale."""

from datetime import date

import pytest

from glossary.values.expectations import RHYTHMS, State, next_release
from glossary.values.periods import Denotes, Frequency, period_end

JANUARY_15 = date(2026, 1, 15)


def expected(days=None, observed_until=None, frequency="monthly"):
    until = observed_until and date.fromisoformat(observed_until)
    return next_release(JANUARY_15, Frequency(frequency), days, until)


@pytest.mark.parametrize(
    ("rhythm", "today", "state", "since"),
    [
        (90, "2026-01-14", State.FRESH, "2026-01-15"),
        (90, "2026-04-14", State.FRESH, "2026-01-15"),
        (90, "2026-04-15", State.DUE, "2026-04-15"),
        (90, "2026-04-21", State.DUE, "2026-04-15"),
        (90, "2026-04-22", State.OVERDUE, "2026-04-22"),
        # 180 days after April 15 it is October 12, and not yet later than twice its rhythm.
        (90, "2026-10-12", State.OVERDUE, "2026-04-22"),
        (90, "2026-10-13", State.STALE, "2026-10-13"),
        (7, "2026-01-29", State.OVERDUE, "2026-01-29"),
        (7, "2026-02-05", State.OVERDUE, "2026-01-29"),
        (7, "2026-02-06", State.STALE, "2026-02-06"),
        # Twice a day's rhythm is shorter than the week in which a release is only due.
        (1, "2026-01-22", State.DUE, "2026-01-16"),
        (1, "2026-01-23", State.STALE, "2026-01-23"),
    ],
)
def test_a_release_is_due_for_a_week_then_overdue_then_stale(rhythm, today, state, since):
    found, day = expected(rhythm), date.fromisoformat(today)
    assert (found.state(day), found.since(day).isoformat()) == (state, since)


def test_late_are_the_overdue_and_the_stale():
    assert [each.value for each in State if each.is_late] == ["overdue", "stale"]


def test_every_frequency_has_a_rhythm():
    assert set(RHYTHMS) == set(Frequency)


@pytest.mark.parametrize(
    ("frequency", "expected_on"),
    [
        ("daily", "2026-01-19"),
        ("weekly", "2026-01-22"),
        ("monthly", "2026-02-15"),
        ("quarterly", "2026-04-17"),
        ("annual", "2027-01-16"),
        ("irregular", "2026-07-17"),
    ],
)
def test_where_nothing_is_promised_the_frequency_says_when(frequency, expected_on):
    assert expected(frequency=frequency).expected_on.isoformat() == expected_on


@pytest.mark.parametrize(
    ("frequency", "days", "observed_until", "expected_on"),
    [
        ("monthly", None, "2025-12-31", "2026-02-15"),
        ("monthly", None, "2025-11-13", "2026-02-14"),
        ("monthly", None, "2024-12-31", "2025-04-03"),
        # A rhythm longer than that of the periods: daily values that come each quarter.
        ("daily", 92, "2025-12-31", "2026-04-17"),
        # A shorter one: a year's value that is revised each month.
        ("annual", 30, "2025-12-31", "2026-02-14"),
        ("irregular", None, "2020-12-31", "2026-07-17"),
    ],
)
def test_it_is_expected_at_most_three_rhythms_after_the_newest_period(
    frequency, days, observed_until, expected_on
):
    assert expected(days, observed_until, frequency).expected_on.isoformat() == expected_on


@pytest.mark.parametrize(
    ("day", "frequency", "denotes", "end"),
    [
        ("2025-01-01", "annual", "around", "2025-12-31"),
        ("2025-06-30", "annual", "around", "2025-12-31"),
        ("2024-02-01", "monthly", "around", "2024-02-29"),
        ("2025-12-31", "monthly", "around", "2025-12-31"),
        ("2025-05-09", "quarterly", "around", "2025-06-30"),
        ("2025-10-26", "quarterly", "ending", "2025-10-26"),
        ("2025-10-26", "weekly", "around", "2025-10-26"),
        ("2025-10-26", "annual", "day", "2025-10-26"),
    ],
)
def test_a_period_ends_with_its_calendar_unless_its_date_is_the_end(day, frequency, denotes, end):
    found = period_end(date.fromisoformat(day), Frequency(frequency), Denotes(denotes))
    assert found.isoformat() == end
