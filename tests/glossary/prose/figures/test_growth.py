"""Change, ratio, yearly rate and doubling time agree with each other."""

from datetime import date, timedelta
from decimal import Decimal
from functools import partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from glossary.prose.figures.growth import (
    annual_growth,
    doubling_days,
    percent_change,
    ratio,
    years_between,
)
from glossary.prose.problems import FigureError
from glossary.values.periods import Frequency
from tests.glossary.series_views import nearly

positive = st.decimals(min_value=Decimal("0.001"), max_value=Decimal("1e27"), places=4)


@settings(deadline=None)
@given(positive, positive)
def test_a_change_is_the_ratio_less_one(old, new):
    assert nearly(percent_change(old, new), (ratio(old, new) - 1) * 100)


@settings(deadline=None)
@given(positive, positive, positive)
def test_ratios_multiply_along_the_way(first, middle, last):
    assert nearly(ratio(first, middle) * ratio(middle, last), ratio(first, last))


@settings(deadline=None, max_examples=50)
@given(positive, positive, st.integers(1, 30))
def test_the_yearly_rate_compounds_to_the_ratio(old, new, years):
    rate = annual_growth(old, new, Decimal(years))
    assert nearly((1 + rate / 100) ** years, ratio(old, new))


@settings(deadline=None, max_examples=50)
@given(positive, positive)
def test_over_one_year_the_yearly_rate_is_the_change(old, new):
    assert nearly(annual_growth(old, new, Decimal(1)), percent_change(old, new))


@settings(deadline=None, max_examples=50)
@given(st.integers(1, 5000), st.integers(3, 12), st.decimals("0.01", "1000000", places=2))
def test_what_doubles_every_n_days_has_that_doubling_time(step, count, start):
    days = [700_000 + step * index for index in range(count)]
    doubling = doubling_days(days, [start * 2**index for index in range(count)])
    assert nearly(doubling, Decimal(step))


def test_the_fit_weighs_all_points_not_the_two_ends():
    days = [0, 100, 200, 300, 400]
    steady = doubling_days(days, [Decimal(n) for n in (1, 2, 4, 8, 16)])
    bumped = doubling_days(days, [Decimal(n) for n in (1, 4, 4, 4, 16)])
    assert nearly(steady, Decimal(100))
    assert nearly(bumped, Decimal(1000) / 8)  # slope (2·4 + 0 + 0)/(10·100) doublings a day


@pytest.mark.parametrize(
    ("growth", "old", "new", "said"),
    [
        (percent_change, "0", "1", "the earlier value is 0"),
        (percent_change, "-5", "5", "the earlier value is below zero"),
        (ratio, "0", "1", "the earlier value is 0"),
        (ratio, "1", "-1", "the later value is below zero"),
        (partial(annual_growth, years=Decimal(2)), "-1", "1", "above zero at both ends"),
        (partial(annual_growth, years=Decimal(2)), "1", "0", "above zero at both ends"),
    ],
)
def test_what_has_no_meaning_is_said_and_another_way_offered(growth, old, new, said):
    with pytest.raises(FigureError, match=said):
        growth(Decimal(old), Decimal(new))


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ("1 2", "at least 3 values and there are 2"),
        ("", "at least 3 values and there are 0"),
        ("1 0 2", "above zero"),
        ("3 2 1", "did not grow"),
        ("1 1 1", "did not grow"),
    ],
)
def test_what_has_no_doubling_time_is_said(values, said):
    numbers = [Decimal(each) for each in values.split()]
    with pytest.raises(FigureError, match=said):
        doubling_days([*range(len(numbers))], numbers)


@pytest.mark.parametrize(
    ("start", "end", "frequency", "years"),
    [
        ("2024-10-27", "2025-10-26", Frequency.QUARTERLY, "1"),
        ("2024-02-01", "2025-02-01", Frequency.MONTHLY, "1"),
        ("2024-01-01", "2024-07-01", Frequency.MONTHLY, "0.5"),
        ("2020-12-31", "2025-12-31", Frequency.ANNUAL, "5"),
    ],
)
def test_years_are_counted_in_the_series_own_periods(start, end, frequency, years):
    assert years_between(date.fromisoformat(start), date.fromisoformat(end), frequency) == Decimal(
        years
    )


def test_years_of_an_irregular_series_are_counted_in_days():
    start = date(2020, 1, 1)
    years = years_between(start, start + timedelta(days=3652), Frequency.IRREGULAR)
    assert round(years, 3) == Decimal("9.999")
