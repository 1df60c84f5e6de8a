"""An editor's words for a period find the one they mean, or several, never a guess."""

from datetime import date

import pytest

from glossary.prose.figures.named_periods import matching_positions, parse_period
from glossary.values.periods import Denotes, Frequency

QUARTERS = ["2024-03-31", "2024-06-30", "2024-09-30", "2024-12-31"]
FISCAL = ["2024-07-28", "2024-10-27", "2025-01-26", "2025-04-27"]
MONTHS = [f"2024-{month:02d}-01" for month in range(1, 13)]


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("2024", "2024-01-01", "2024-12-31"),
        ("2024-Q4", "2024-10-01", "2024-12-31"),
        ("2024q4", "2024-10-01", "2024-12-31"),
        ("Q1 2024", "2024-01-01", "2024-03-31"),
        ("2024-02", "2024-02-01", "2024-02-29"),
        ("December 2024", "2024-12-01", "2024-12-31"),
        ("sept 2024", "2024-09-01", "2024-09-30"),
        ("Dec. 2024", "2024-12-01", "2024-12-31"),
        ("2024-12-31", "2024-12-31", "2024-12-31"),
        ("December 31, 2024", "2024-12-31", "2024-12-31"),
        ("31  December 2024", "2024-12-31", "2024-12-31"),
    ],
)
def test_a_period_can_be_written_in_many_ways(text, start, end):
    named = parse_period(text)
    assert (named.start.isoformat(), named.end.isoformat()) == (start, end)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "24",
        "0000",
        "2024-13",
        "2024-Q5",
        "2024-02-30",
        "Foo 2024",
        "12/31/2024",
        "FY25",
        "٢٠٢٤",
        "2024 2025",
    ],
)
def test_what_is_no_period_is_refused_with_the_ways_to_write_one(text):
    with pytest.raises(ValueError, match="is not a period; write 2024, 2024-Q4"):
        parse_period(text)


@pytest.mark.parametrize(
    ("periods", "frequency", "denotes", "text", "found"),
    [
        (QUARTERS, Frequency.QUARTERLY, Denotes.ENDING, "2024-12-31", [3]),
        (QUARTERS, Frequency.QUARTERLY, Denotes.ENDING, "2024-Q4", [3]),
        (QUARTERS, Frequency.QUARTERLY, Denotes.ENDING, "December 2024", [3]),
        (QUARTERS, Frequency.QUARTERLY, Denotes.ENDING, "2024-05-05", [1]),
        (QUARTERS, Frequency.QUARTERLY, Denotes.ENDING, "2024", [0, 1, 2, 3]),
        (QUARTERS, Frequency.QUARTERLY, Denotes.ENDING, "2025", []),
        (QUARTERS, Frequency.QUARTERLY, Denotes.DAY, "2024-Q4", [3]),
        (QUARTERS, Frequency.QUARTERLY, Denotes.DAY, "2024-12-30", []),
        (["2024-01-01", "2024-04-01"], Frequency.QUARTERLY, Denotes.AROUND, "2024-06-30", [1]),
        # A fiscal quarter to October 27 is not the calendar's fourth, though it ends in it.
        (FISCAL, Frequency.QUARTERLY, Denotes.ENDING, "2024-Q4", []),
        (FISCAL, Frequency.QUARTERLY, Denotes.ENDING, "October 2024", [1]),
        (FISCAL, Frequency.QUARTERLY, Denotes.ENDING, "December 2024", [2]),
        (["2024-06-30", "2024-09-29", "2024-12-29"], Frequency.QUARTERLY, Denotes.ENDING, "Q4 2024", [2]),
        (MONTHS, Frequency.MONTHLY, Denotes.AROUND, "December 2024", [11]),
        (MONTHS, Frequency.MONTHLY, Denotes.AROUND, "2024-12-31", [11]),
        (MONTHS, Frequency.MONTHLY, Denotes.AROUND, "2024-Q1", [0, 1, 2]),
        (["2023-01-01", "2024-01-01"], Frequency.ANNUAL, Denotes.AROUND, "2024", [1]),
        (["2023-01-01", "2024-01-01"], Frequency.ANNUAL, Denotes.AROUND, "December 2024", [1]),
        (["2023-06-30", "2024-06-30"], Frequency.ANNUAL, Denotes.ENDING, "2024", []),
        (["2024-11-18", "2024-11-25"], Frequency.WEEKLY, Denotes.AROUND, "2024-11-24", [0]),
        (["2024-11-17", "2024-11-24"], Frequency.WEEKLY, Denotes.ENDING, "2024-11-18", [1]),
        (["2024-11-18", "2024-11-25"], Frequency.WEEKLY, Denotes.AROUND, "November 2024", [0, 1]),
        (["2024-05-14", "2024-11-15"], Frequency.IRREGULAR, Denotes.DAY, "2024-Q4", [1]),
        (["2024-05-14", "2024-11-15"], Frequency.IRREGULAR, Denotes.DAY, "2024", [0, 1]),
        (["2024-05-14", "2024-11-15"], Frequency.DAILY, Denotes.DAY, "2024-05-15", []),
        ([], Frequency.MONTHLY, Denotes.AROUND, "2024", []),
    ],
)  # fmt: skip
def test_the_period_that_is_meant_is_found(periods, frequency, denotes, text, found):
    days = [date.fromisoformat(day) for day in periods]
    assert matching_positions(parse_period(text), days, frequency, denotes) == found


def test_a_period_after_a_gap_begins_by_the_calendar():
    days = [date(2024, 3, 31), date(2024, 12, 31)]
    named = parse_period("2024-08-15")
    assert matching_positions(named, days, Frequency.QUARTERLY, Denotes.ENDING) == []
