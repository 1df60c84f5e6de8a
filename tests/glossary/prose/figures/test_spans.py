"""Looking back finds the period that far before, or says that there is none."""

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from glossary.prose.figures.spans import day_before, is_span, parse_span, point_before
from glossary.prose.problems import FigureError
from glossary.values.periods import Denotes, Frequency
from tests.glossary.series_views import CHIPS, POWER, PRICES, REVENUE, USERS, make_view, point


@pytest.mark.parametrize(
    ("day", "span", "before"),
    [
        ("2025-10-26", "1y", "2024-10-26"),
        ("2024-02-29", "1y", "2023-02-28"),
        ("2025-02-28", "1y", "2024-02-29"),
        ("2025-06-30", "1q", "2025-03-31"),
        ("2025-05-31", "3m", "2025-02-28"),
        ("2025-01-15", "1m", "2024-12-15"),
        ("2025-03-01", "4w", "2025-02-01"),
        ("2025-01-03", "7d", "2024-12-27"),
    ],
)
def test_the_calendar_is_followed_back(day, span, before):
    assert day_before(date.fromisoformat(day), parse_span(span)) == date.fromisoformat(before)


@pytest.mark.parametrize(
    "text", ["", "y", "1", "0y", "01y", "1 y", "1Y", "-1y", "1.5y", "99999d", "1yy", "١y"]
)
def test_what_is_no_span_is_refused(text):
    assert not is_span(text)
    with pytest.raises(FigureError, match="is not a span; write for example 7d"):
        parse_span(text)


def test_a_span_beyond_all_history_is_refused():
    with pytest.raises(FigureError, match="longer than 500 years"):
        parse_span("9999y")
    with pytest.raises(FigureError, match="before the calendar begins"):
        day_before(date(100, 1, 1), parse_span("400y"))


@pytest.mark.parametrize(
    ("view", "index", "span", "before"),
    [
        (REVENUE, -1, "1y", "2024-10-27"),
        (REVENUE, -1, "1q", "2025-07-27"),
        (REVENUE, -1, "3m", "2025-07-27"),
        (CHIPS, -1, "2y", "2024-03-31"),
        (PRICES, -1, "1y", "2024-05-01"),
        (PRICES, -1, "1m", "2025-04-01"),
        (USERS, -1, "1y", "2024-12-31"),
        (POWER, 2, "6m", "2024-09-02"),
    ],
)
def test_the_period_that_far_before_is_found(view, index, span, before):
    found = point_before(view.points[index], view.points, parse_span(span), view)
    assert found.period == date.fromisoformat(before)


@pytest.mark.parametrize(
    ("view", "index", "span", "said"),
    [
        (REVENUE, -1, "2y", "no period 2 years before quarter to October 26, 2025"),
        (REVENUE, -1, "7d", "7d is shorter than the time between two values"),
        (CHIPS, -1, "3q", "quarter to June 30, 2025, 3 quarters before .* has no value"),
        (POWER, 2, "1y", "the nearest to that is April 24, 2024; name another span"),
        (REVENUE, 0, "1y", "no period 1 year before"),
    ],
)
def test_nothing_is_guessed_when_no_period_is_near_enough(view, index, span, said):
    with pytest.raises(FigureError, match=said):
        point_before(view.points[index], view.points, parse_span(span), view)


def test_a_missing_quarter_does_not_shift_the_year():
    # Counting four rows back would land a quarter too early.
    gapped = make_view(
        points=[p for p in REVENUE.points if p.period != date(2025, 4, 27)],
        frequency=Frequency.QUARTERLY,
        denotes=Denotes.ENDING,
    )
    found = point_before(gapped.points[-1], gapped.points, parse_span("1y"), gapped)
    assert found.period == date(2024, 10, 27)


def test_a_daily_series_reaches_over_days_off_for_months_but_not_for_days():
    friday, later = point("2024-06-14", "1"), point("2025-06-16", "2")
    view = make_view(points=[friday, later], frequency=Frequency.DAILY, denotes=Denotes.DAY)
    assert point_before(later, view.points, parse_span("1y"), view) == friday
    with pytest.raises(FigureError):
        point_before(later, view.points, parse_span("7d"), view)


@settings(deadline=None)
@given(st.dates(date(1900, 1, 1), date(2100, 12, 31)), st.integers(1, 40))
def test_months_lead_to_the_same_day_or_the_last_of_the_month(day, months):
    before = day_before(day, parse_span(f"{months}m"))
    assert (day.year * 12 + day.month) - (before.year * 12 + before.month) == months
    assert before.day == day.day or (before + timedelta(days=1)).day == 1
