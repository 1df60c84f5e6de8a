from datetime import date
from decimal import Decimal

import pytest

from glossary.charts.description import describe
from glossary.charts.plots import Plot
from glossary.values.charts import ChartForm, ChartScale
from glossary.values.periods import Denotes, Frequency
from glossary.values.points import Point, Status

HARD = "\N{NO-BREAK SPACE}"


def plot(*values, projected=0, provisional=0, **fields):
    """Annual values from 2020; the last `projected` are projected, those before provisional."""
    observed = len(values) - projected
    points = tuple(
        Point(
            date(2020 + i, 1, 1),
            None if value is None else Decimal(str(value)),
            status=Status.PROJECTED
            if i >= observed
            else Status.PROVISIONAL
            if i >= observed - provisional
            else Status.FINAL,
        )
        for i, value in enumerate(values)
    )
    return Plot("A series", points, **({"frequency": Frequency.ANNUAL} | fields))


def said(*values, **fields):
    return describe(plot(*values, **fields)).replace(HARD, " ")


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ((), "No value has been published yet."),
        ((None, None), "No value has been published yet."),
        ((3,), "3 in 2020, the only value so far."),
        ((0,), "0 in 2020, the only value so far."),
        ((5, 5, 5), "5 throughout, from 2020 to 2022."),
        ((0, 0), "0 throughout, from 2020 to 2021."),
        ((100, "178.9"), "From 100 in 2020 to 178.9 in 2021, up 79%."),
        ((100, 97), "From 100 in 2020 to 97 in 2021, down 3%."),
        ((100, "96.8"), "From 100 in 2020 to 96.8 in 2021, down 3.2%."),
        ((10000, 10001), "From 10,000 in 2020 to 10,001 in 2021, up less than 0.1%."),
        ((10, 0), "From 10 in 2020 to 0 in 2021, down 100%."),
        ((1000000, 1), "From 1 million in 2020 to 1 in 2021, down nearly 100%."),
        ((0, 12), "From 0 in 2020 to 12 in 2021, up 12."),
        ((-5, 3), "From −5 in 2020 to 3 in 2021, up 8."),
        ((3, -5), "From 3 in 2020 to −5 in 2021, down 8."),
        ((-5, -8), "From −5 in 2020 to −8 in 2021, down 3."),
        ((10, 34), "From 10 in 2020 to 34 in 2021, up 240%."),
        ((10, 144), "From 10 in 2020 to 144 in 2021, 14 times as much."),
        (("1.7E16", "5E26"), "From 1.7 × 10¹⁶ in 2020 to 5 × 10²⁶ in 2021, 29.4 billion times as much."),
        ((10, 20, 10), "From 10 in 2020 to 10 in 2022, the same; the highest value was 20 in 2021."),
        ((10, 2, 11), "From 10 in 2020 to 11 in 2022, up 10%; the lowest was 2 in 2021."),
        (
            (10, 20, 5, 15),
            "From 10 in 2020 to 15 in 2023, up 50%; the highest value was 20 in 2021 and the lowest was 5 in"
            " 2022. The largest change from one year to the next came in 2022: down 15.",
        ),
    ],
)  # fmt: skip
def test_the_course_of_a_series(values, sentence):
    assert said(*values) == sentence


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"short_unit": "$", "magnitude": 9}, "From $1.5 billion in 2020 to $2 billion in 2021, up 33%."),
        ({"short_unit": "$/h"}, "From $1.50/h in 2020 to $2/h in 2021, up 33%."),
        ({"short_unit": "MW"}, "From 1.5 MW in 2020 to 2 MW in 2021, up 33%."),
        ({"short_unit": "%"}, "From 1.5% in 2020 to 2% in 2021, up 0.5 percentage points."),
        ({"unit": "Percent of people"}, "From 1.5% in 2020 to 2% in 2021, up 0.5 percentage points."),
        ({"denotes": Denotes.DAY}, "From 1.5 on January 1, 2020 to 2 on January 1, 2021, up 33%."),
        (
            {"denotes": Denotes.ENDING, "frequency": Frequency.QUARTERLY},
            "From 1.5 in the quarter to January 1, 2020 to 2 in the quarter to January 1, 2021, up 33%. 3 of 5 periods have no value.",
        ),
    ],
)  # fmt: skip
def test_units_and_periods(fields, sentence):
    assert said("1.5", 2, **fields) == sentence


@pytest.mark.parametrize(
    ("values", "fields", "sentence"),
    [
        ((1, 2), {"projected": 1}, "The value for 2021 is projected: 2."),
        ((1, 2, 3), {"projected": 2}, "The 2 values from 2021 on are projected, reaching 3 in 2022."),
        ((1, 2), {"provisional": 1}, "The value for 2021 is provisional."),
        ((1, 2, 3), {"provisional": 2}, "The last 2 values are provisional."),
        ((1, 2), {"provisional": 2}, "All 2 values are provisional."),
        ((1, 2, 3, 4), {"provisional": 2, "projected": 1}, "The last 2 values before them are provisional."),
        ((1, None, 3), {}, "There is no value for 2021."),
        ((None, 1, None, 3), {}, "2 of 4 periods have no value."),
        ((100, 114, 105), {"scale": ChartScale.LOG}, "The scale is linear: over so small a range a logarithmic one looks the same."),
        ((1, 100), {"scale": ChartScale.LOG}, "The scale is logarithmic: each gridline is a multiple of the one below."),
        ((0, 100), {"scale": ChartScale.LOG}, "The scale is linear: a logarithmic one has no place for zero or less."),
        ((1, 2), {"scale": ChartScale.LOG, "form": ChartForm.BAR}, "The scale is linear: bars are measured from zero."),
        ((1, 2), {"projected": 2}, "From 1 in 2020 to 2 in 2021, up 100%, all projected."),
        ((2,), {"projected": 1}, "2 in 2020, the only projected value so far."),
    ],
)  # fmt: skip
def test_what_is_not_final_or_not_there(values, fields, sentence):
    assert sentence in said(*values, **fields)


@pytest.mark.parametrize(
    ("days", "fields", "sentence"),
    [
        (["2026-01-01", "2026-03-01"], {"frequency": Frequency.MONTHLY},
         "There is no value for February 2026."),
        (["2025-01-01", "2025-07-01"], {"frequency": Frequency.QUARTERLY}, "There is no value for Q2 2025."),
        (["2020-01-01", "2024-01-01"], {}, "3 of 5 periods have no value."),
        (["2025-07-27", "2026-01-25"], {"frequency": Frequency.QUARTERLY, "denotes": Denotes.ENDING},
         "1 of 3 periods has no value."),
        (["2026-01-05", "2026-01-26"], {"frequency": Frequency.WEEKLY}, "2 of 4 periods have no value."),
        (["2026-03-03", "2026-03-20"], {"frequency": Frequency.DAILY},
         "There is a gap between March 3, 2026 and March 20, 2026."),
        (["2026-03-03", "2026-03-20", "2026-03-30"], {"frequency": Frequency.DAILY},
         "There are 2 gaps, the longest between March 3, 2026 and March 20, 2026."),
    ],
)  # fmt: skip
def test_periods_without_a_row_are_told_too(days, fields, sentence):
    points = tuple(Point(date.fromisoformat(day), Decimal(1)) for day in days)
    assert describe(Plot("A", points, **({"frequency": Frequency.ANNUAL} | fields))).endswith(
        sentence
    )


@pytest.mark.parametrize(
    ("days", "frequency"),
    [
        (["2026-01-01", "2026-02-01"], Frequency.MONTHLY),
        (["2026-03-06", "2026-03-09"], Frequency.DAILY),  # over a weekend
        (["2020-01-01", "2026-01-01"], Frequency.IRREGULAR),
    ],
)
def test_where_nothing_is_absent_nothing_is_said(days, frequency):
    points = tuple(Point(date.fromisoformat(day), Decimal(1)) for day in days)
    assert "no value" not in (text := describe(Plot("A", points, frequency=frequency)))
    assert "gap" not in text


def test_the_range_of_the_last_value():
    point = Point(date(2026, 1, 1), Decimal(14), Decimal("12.6"), Decimal("16.5"))
    text = describe(
        Plot(
            "Chips", (point,), frequency=Frequency.QUARTERLY, interval="90% range", short_unit="MW"
        )
    )
    assert text.replace(HARD, " ") == (
        "14 MW in Q1 2026, the only value so far. "
        "The 90% range for Q1 2026 runs from 12.6 MW to 16.5 MW."
    )


def test_a_step_over_a_gap_is_not_the_largest_step():
    assert "came in 2022: up 2." in said(1, 2, 4, None, 40, 41)


def test_steps_on_a_log_scale_are_measured_as_ratios():
    assert "came in 2021: 10 times as much." in said(1, 10, 50, 200, scale=ChartScale.LOG)


def test_points_out_of_order_are_told_in_order():
    points = plot(1, 2).points[::-1]
    assert describe(Plot("A", points, frequency=Frequency.ANNUAL)).startswith("From 1 in 2020 to 2")


def test_an_extreme_that_reads_as_one_of_the_ends_is_not_named():
    values = ("0.1", "0.09", "7")
    assert "the lowest was 0.09 in 2021" in said(*values)
    assert "lowest" not in said(*values, written=lambda value: f"${value:.1f} billion")
