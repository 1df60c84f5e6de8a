from dataclasses import replace
from datetime import date
from decimal import Decimal

from django.template.loader import render_to_string

from glossary.charts.plots import Plot
from glossary.charts.sparklines import sparkline
from glossary.values.charts import ChartForm, ChartScale
from glossary.values.periods import Frequency
from glossary.values.points import Point, Status


def plot(*values, **fields):
    points = tuple(
        Point(date(2020 + i, 1, 1), None if value is None else Decimal(str(value)))
        for i, value in enumerate(values)
    )
    return Plot("Chips", points, frequency=Frequency.ANNUAL, **fields)


def test_a_sparkline_runs_from_edge_to_edge_and_ends_in_a_dot():
    spark = sparkline(plot(1, 2, 3, 4, 5, 6))
    assert (spark.line[:6], spark.line.count("-5.6")) == ("M4 32l", 5)
    assert (spark.x, spark.y) == ("156", "4")
    assert spark.view_box == "0 0 160 36"


def test_only_the_last_values_are_shown():
    last = (1, 2, 3, 5, 8, 13)
    assert sparkline(plot(100, *last), count=6).line == sparkline(plot(*last)).line


def test_projections_are_left_out():
    observed = plot(1, 2, 3, 5, 8, 13)
    ahead = Point(date(2026, 1, 1), Decimal(9), status=Status.PROJECTED)
    spark = sparkline(replace(observed, points=(*observed.points, ahead)))
    assert (spark.line, spark.dashed) == (sparkline(observed).line, "")


def test_a_series_of_projections_alone_is_dashed():
    points = tuple(
        Point(date(2020 + i, 1, 1), Decimal(i), status=Status.PROJECTED) for i in range(6)
    )
    spark = sparkline(Plot("Chips", points))
    assert (spark.line, spark.dashed[:2]) == ("", "M4")


def test_gaps_are_bridged_by_dashes_so_that_no_dot_is_alone():
    spark = sparkline(plot(1, None, 3, 4, 5, None, 6, 7))
    assert (spark.line.count("M"), spark.dashed.count("M")) == (2, 2)
    assert spark.dashed.startswith("M4 32l43.4")
    ending = sparkline(plot(1, 2, 3, 4, 5, None, 6))
    assert (ending.line.count("M"), ending.dashed.count("M")) == (1, 1)


def test_few_values_have_no_line_which_would_be_a_diagonal():
    few, enough = sparkline(plot(1, 2, 3, 4, None, 5)), sparkline(plot(1, 2, 3, 4, 5, 6))
    assert (few.line, few.dashed, few.x, few.values) == ("", "", "", 5)
    assert enough.line


def test_shares_are_measured_from_zero_and_other_values_from_the_lowest():
    values = (50, 60, 70, 80, 90, 100)
    assert sparkline(plot(*values, unit="% of firms")).line.startswith("M4 18l")
    assert sparkline(plot(*values, unit="Firms")).line.startswith("M4 32l")


def test_equal_values_run_through_the_middle():
    assert sparkline(plot(*[5] * 6)).line.startswith("M4 18l30.4 0")


def test_steps_are_stairs_and_log_scales_measure_ratios():
    assert sparkline(plot(*[1] * 5, 2, form=ChartForm.STEP)).line.endswith("h30.4v-28")
    powers = [10**power for power in range(6)]
    spark = sparkline(plot(*powers, scale=ChartScale.LOG))
    assert spark.line == sparkline(plot(*range(6))).line


def test_without_values_the_place_is_kept_empty():
    html = render_to_string("glossary/sparkline.svg", {"spark": sparkline(plot(None, None))})
    assert 'width="160" height="36"' in html
    assert "path" not in html
    assert "circle" not in html


def test_a_sparkline_is_silent_for_screen_readers():
    html = render_to_string("glossary/sparkline.svg", {"spark": sparkline(plot(*range(6)))})
    assert 'aria-hidden="true"' in html
    assert "<text" not in html


def test_years_apart_are_joined_where_the_chart_has_bars_and_are_bridged_in_a_line():
    apart = plot(1, None, 2, 3, 4, 5, 6)
    skipping = tuple(point for point in apart.points if point.value is not None)
    bars, line = (
        sparkline(Plot("Chips", skipping, form, frequency=Frequency.ANNUAL))
        for form in (ChartForm.BAR, ChartForm.LINE)
    )
    assert bars.line.startswith("M4 32l30.4-5.6 30.4")
    assert bars.dashed == ""
    assert line.dashed == "M4 32l30.4-5.6"
