from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from glossary.charts.axes import with_shared_axes
from glossary.charts.drawing import draw, draw_together
from glossary.charts.plots import Plot
from glossary.values.charts import ChartForm, ChartScale
from glossary.values.points import Point


def plot(*values, **fields):
    points = tuple(Point(date(2021 + i, 1, 1), Decimal(str(v))) for i, v in enumerate(values))
    return Plot("Chips", points, **fields)


def heights(chart):
    return [text.label.text for text in chart.heights]


def heads(chart):
    return [(text.kind, text.label.text) for text in chart.heads]


@pytest.mark.parametrize("unit", [{"unit": "percent of firms"}, {"short_unit": "%"}])
def test_shares_start_at_zero(unit):
    chart = draw(plot(76, 80, 84, **unit))
    assert heights(chart)[0] == "0"
    assert not chart.is_cut


def test_another_axis_that_does_not_start_at_zero_says_so():
    chart = draw(plot(116, 120, 124, unit="Index"))
    assert heads(chart) == [("unit", "Index"), ("cut", "Axis starts at 116")]
    assert chart.is_cut


def test_an_axis_below_zero_says_where_it_ends():
    chart = draw(plot(-124, -120, -116))
    assert heads(chart)[-1] == ("cut", "Axis ends at −116")


@pytest.mark.parametrize(
    "whole",
    [plot(0, 50, 100), plot(116, 120, form=ChartForm.BAR), plot(116, 240, scale=ChartScale.LOG)],
)
def test_an_axis_with_zero_and_a_logarithmic_one_say_nothing(whole):
    assert not draw(whole).is_cut
    assert "cut" not in [kind for kind, _ in heads(draw(whole))]


def test_charts_of_one_unit_share_their_axis_and_another_keeps_its_own():
    watts, more, dollars = draw_together(
        [plot(10, 30, unit="MW"), plot(30, 90, unit="MW"), plot(1, 2, unit="US dollars")]
    )
    assert watts.direct[0].y == "70%"
    assert more.direct[0].y == "10%"
    assert heights(watts) == ["0", "20", "40", "60", "80", "100"]
    assert dollars.direct[0].y == "0%"


def test_logarithmic_axes_share_their_powers_but_not_with_linear_ones():
    log = {"unit": "FLOP", "scale": ChartScale.LOG}
    small, large, linear = with_shared_axes(
        [plot(10, 100, **log), plot(1000, 10_000, **log), plot(10, 100, unit="FLOP")]
    )
    assert small.domain == large.domain == (10, 10_000)
    assert linear.domain is None


def test_values_in_billions_share_the_axis_of_values_in_ones():
    bare, billions = with_shared_axes([plot(2e9, 5e9), plot(1, 6, magnitude=9)])
    assert bare.domain == billions.domain == (0, 6_000_000_000)


@pytest.mark.parametrize("low", [plot(1, 2), plot(4, 8, 16)])
def test_an_axis_is_not_shared_when_one_line_would_be_flat(low):
    small, large = with_shared_axes([low, plot(50, 100)])
    assert small.domain is large.domain is None


def test_an_axis_is_not_shared_when_only_a_range_without_a_value_would_fill_it():
    low = plot(50, 170)
    ahead = Point(date(2030, 1, 1), None, Decimal(300), Decimal(580))
    ranged = replace(low, points=(*low.points, ahead))
    small, large = with_shared_axes([ranged, plot(400, 1200)])
    assert small.domain is large.domain is None


def test_a_series_without_values_changes_no_axis():
    empty, only = with_shared_axes([plot(), plot(1, 2)])
    assert empty.domain is only.domain is None


def test_an_interval_counts_as_part_of_the_values():
    wide = Plot("Chips", (Point(date(2021, 1, 1), Decimal(5), Decimal(1), Decimal(9)),))
    assert with_shared_axes([wide, plot(2, 3)])[1].domain == (0, 9)
