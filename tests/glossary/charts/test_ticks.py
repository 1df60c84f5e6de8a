from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from glossary.charts.ticks import (
    Label,
    axis_scale,
    date_ticks,
    labels_fit,
    linear_labels,
    linear_ticks,
    log10,
    log_axis,
    log_labels,
    log_value_label,
    value_label,
)
from glossary.values.numbers import unit_in_scale
from glossary.values.periods import Frequency

HARD = "\N{NO-BREAK SPACE}"
numbers = st.decimals(min_value="-1E60", max_value="1E60", allow_nan=False)
positives = st.decimals(min_value="1E-60", max_value="1E60", allow_nan=False)


def decimals(*texts):
    return tuple(Decimal(text) for text in texts)


def are_round(ticks):
    """Steps of 1, 2, 2.5 or 5 times a power of ten."""
    step = (ticks[1] - ticks[0]).normalize()
    return step.scaleb(-step.adjusted()) in decimals("1", "2", "2.5", "5")


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        ("0", "51.2", ("0", "20", "40", "60")),
        ("100", "124.2", ("100", "105", "110", "115", "120", "125")),
        ("-5", "8", ("-5", "0", "5", "10")),
        ("-8", "0", ("-8", "-6", "-4", "-2", "0")),
        ("0", "1E27", ("0", "2E26", "4E26", "6E26", "8E26", "1E27")),
        ("1E-9", "5E-9", ("1E-9", "2E-9", "3E-9", "4E-9", "5E-9")),
        ("0", "12", ("0", "2.5", "5", "7.5", "10", "12.5")),
    ],
)
def test_linear_ticks_are_round_and_enclose_the_range(low, high, expected):
    assert linear_ticks(Decimal(low), Decimal(high)) == decimals(*expected)


@settings(deadline=None, max_examples=150)
@given(numbers, numbers, st.integers(3, 12))
def test_linear_ticks_of_any_range(one, other, most):
    low, high = sorted((one, other))
    assume(high - low > max(abs(low), abs(high)) * Decimal("1E-9"))
    ticks = linear_ticks(low, high, most)
    assert ticks[0] <= low
    assert ticks[-1] >= high
    assert 2 <= len(ticks) <= most
    assert all(a < b for a, b in pairwise(ticks))
    assert are_round(ticks)


@settings(deadline=None, max_examples=150)
@given(positives, positives)
def test_the_data_fill_four_fifths_of_any_logarithmic_axis(one, other):
    low, high = sorted((one, other))
    assume(high >= 2 * low)
    axis = log_axis(low, high)
    assert axis.bottom <= log10(low)
    assert axis.top >= log10(high)
    assert (log10(high) - log10(low)) / (axis.top - axis.bottom) >= 0.8
    assert 2 <= len(axis.ticks) <= 6
    assert all(axis.bottom <= log10(tick) <= axis.top for tick in axis.ticks)
    assert all(a < b for a, b in pairwise(axis.ticks))
    if any(len(tick.normalize().as_tuple().digits) > 1 for tick in axis.ticks):
        assert len({b - a for a, b in pairwise(axis.ticks)}) == 1  # as on a linear axis
        assert are_round(axis.ticks)


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        ("2", "30", ("2", "5", "10", "20")),
        ("1", "1000", ("1", "10", "100", "1000")),
        ("15", "1200", ("10", "30", "100", "300", "1000")),
        ("11", "23", ("10", "15", "20")),
        ("5.4E16", "5E26", ("1E16", "1E18", "1E20", "1E22", "1E24", "1E26")),
        ("10", "10", ("5", "10", "20")),
    ],
)
def test_log_ticks(low, high, expected):
    assert log_axis(Decimal(low), Decimal(high)).ticks == decimals(*expected)


def test_an_axis_has_room_under_the_data_and_ends_at_them_or_at_a_tick_that_is_near():
    near, far = log_axis(Decimal(10), Decimal(950)), log_axis(Decimal(10), Decimal(600))
    assert near.bottom < log10(Decimal(10))
    assert (near.top, far.top) == (3, log10(Decimal(600)))


@pytest.mark.parametrize(("low", "high"), [("0", "1"), ("-1", "1")])
def test_a_log_scale_refuses_zero_and_less(low, high):
    with pytest.raises(ValueError, match="zero or less"):
        log_axis(Decimal(low), Decimal(high))


@pytest.mark.parametrize(("low", "high", "most"), [("1", "1", 6), ("2", "1", 6), ("0", "1", 2)])
def test_linear_ticks_refuse_what_cannot_be_marked(low, high, most):
    with pytest.raises(ValueError, match="ticks between"):
        linear_ticks(Decimal(low), Decimal(high), most)


@pytest.mark.parametrize(
    ("ticks", "title", "labels"),
    [
        (("0", "0.5", "1"), "chips", ["0.0", "0.5", "1.0"]),
        (("-5", "0", "5"), "chips", ["−5", "0", "5"]),
        (("0", "50000", "100000"), "chips", ["0", "50,000", "100,000"]),
        (("0", "5E6", "1E7"), "chips, millions", ["0", "5", "10"]),
        (("0", "2E11"), "chips, billions", ["0", "200"]),
        (("0", "5E12"), "chips, trillions", ["0", "5"]),
        (("0", "5E26", "1E27"), f"chips, ×{HARD}10²⁷", ["0.0", "0.5", "1.0"]),
        (("0", "5E-9"), f"chips, ×{HARD}10⁻⁹", ["0", "5"]),
    ],
)
def test_an_axis_says_its_scale_once(ticks, title, labels):
    ticks = decimals(*ticks)
    scale = axis_scale(ticks)
    assert unit_in_scale("chips", scale) == title
    assert [label.text for label in linear_labels(ticks, scale)] == labels


@pytest.mark.parametrize(
    ("ticks", "scale", "labels"),
    [
        (("0", "2.5", "5"), 0, ["0.00", "2.50", "5.00"]),
        (("0", "5", "10"), 0, ["0", "5", "10"]),
        (("0", "0.005"), 0, ["0.000", "0.005"]),
        (("0", "2.5E9"), 9, ["0.0", "2.5"]),
    ],
)
def test_an_axis_of_money_has_both_digits_of_the_cents_or_none(ticks, scale, labels):
    found = linear_labels(decimals(*ticks), scale, is_money=True)
    assert [label.text for label in found] == labels


def test_log_labels_are_numbers_while_those_can_be_read():
    assert [label.text for label in log_labels(decimals("0.01", "10", "1E4", "1E7", "1E10"))] == [
        "0.01",
        "10",
        "10,000",
        "10mn",
        "10bn",
    ]


def test_log_labels_of_large_numbers_are_powers_of_ten():
    assert log_labels(decimals("1E16", "1E26")) == (Label("10", "16"), Label("10", "26"))
    assert log_labels(decimals("1E-9", "1E-6")) == (Label("10", "−9"), Label("10", "−6"))


@pytest.mark.parametrize(
    ("value", "ticks", "expected"),
    [
        ("178.949", ("0", "200"), "178.9"),
        ("14512345", ("0", "2E7"), "14.5"),
        ("36742", ("0", "40000"), "36,742"),
        ("0", ("0", "1"), "0"),
        ("-3.20", ("-4", "0"), "−3.2"),
    ],
)
def test_a_value_beside_the_line_follows_the_axis(value, ticks, expected):
    assert value_label(Decimal(value), axis_scale(decimals(*ticks))).text == expected


def test_a_value_beside_a_log_line():
    assert log_value_label(Decimal("3.88E8"), decimals("1", "1E10")).text == "388mn"
    assert log_value_label(Decimal("5.04E26"), decimals("1E16", "1E28")) == Label(
        f"5{HARD}×{HARD}10", "26"
    )


@pytest.mark.parametrize(
    ("first", "last", "frequency", "expected"),
    [
        (date(2010, 9, 26), date(2025, 7, 9), "irregular", "2012 2014 2016 2018 2020 2022 2024"),
        (date(2022, 3, 31), date(2023, 3, 31), "quarterly", "Apr 2022|Jul|Oct|2023"),
        (date(2020, 1, 1), date(2020, 2, 1), "monthly", "Jan 2020|Feb"),
        (date(2026, 3, 1), date(2026, 3, 8), "daily", "Mar 2, 2026|Mar 4|Mar 6|Mar 8"),
        (
            date(1900, 1, 1),
            date(2100, 1, 1),
            "annual",
            "1900 1925 1950 1975 2000 2025 2050 2075 2100",
        ),
        (date(2024, 5, 5), date(2024, 5, 5), "daily", "May 5, 2024"),
    ],
)
def test_dates_are_marked_at_round_times(first, last, frequency, expected):
    ticks = date_ticks(first, last, 420, frequency=Frequency(frequency))
    names = expected.split("|") if "," in expected or "|" in expected else expected.split()
    assert [tick.text for tick in ticks] == names


def test_a_month_of_another_year_says_its_year():
    first, last = date(2023, 3, 31), date(2025, 12, 31)
    ticks = date_ticks(first, last, 80, 5, Frequency.QUARTERLY)
    assert [tick.text for tick in ticks] == ["Apr 2023", "Dec 2025"]


@settings(deadline=None, max_examples=150)
@given(
    st.dates(date(1900, 1, 1), date(2100, 1, 1)),
    st.integers(0, 70_000),
    st.integers(80, 1100),
    st.integers(3, 10),
    st.sampled_from(Frequency),
)
def test_dates_never_overlap_and_stay_in_range(first, days, width, most, frequency):
    last = first + timedelta(days=days)
    ticks = date_ticks(first, last, width, most, frequency)
    assert 1 <= len(ticks) <= most
    assert all(first <= tick.day <= last for tick in ticks)
    assert all(a.day < b.day for a, b in pairwise(ticks))
    assert labels_fit(ticks, first, last, width)
