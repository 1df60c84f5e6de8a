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
    spark = sparkline(plot(1, 2, 3))
    assert spark.line == "M4 32l76-14 76-14"
    assert (spark.x, spark.y) == ("156", "4")
    assert spark.view_box == "0 0 160 36"


def test_only_the_last_values_are_shown():
    assert sparkline(plot(100, 1, 2, 3), count=3).line == sparkline(plot(1, 2, 3)).line


def test_projections_are_left_out():
    points = (*plot(1, 2).points, Point(date(2022, 1, 1), Decimal(9), status=Status.PROJECTED))
    spark = sparkline(Plot("Chips", points, frequency=Frequency.ANNUAL))
    assert spark.line == sparkline(plot(1, 2)).line
    assert spark.dashed == ""


def test_a_series_of_projections_alone_is_dashed():
    points = tuple(
        Point(date(2020 + i, 1, 1), Decimal(i), status=Status.PROJECTED) for i in range(3)
    )
    spark = sparkline(Plot("Chips", points))
    assert (spark.line, spark.dashed[:2]) == ("", "M4")


def test_gaps_stay_gaps():
    assert sparkline(plot(1, 2, None, 3, 4)).line.count("M") == 2
    assert sparkline(plot(1, None, 3, 4)).dots == "M4 32h.01"


def test_equal_values_run_through_the_middle():
    assert sparkline(plot(5, 5)).line == "M4 18l152 0"


def test_steps_are_stairs_and_log_scales_measure_ratios():
    assert sparkline(plot(1, 2, form=ChartForm.STEP)).line == "M4 32h152v-28"
    assert sparkline(plot(1, 10, 100, scale=ChartScale.LOG)).line == "M4 32l76-14 76-14"


def test_without_values_the_place_is_kept_empty():
    html = render_to_string("glossary/sparkline.svg", {"spark": sparkline(plot(None, None))})
    assert 'width="160" height="36"' in html
    assert "path" not in html
    assert "circle" not in html


def test_one_value_is_a_dot():
    spark = sparkline(plot(5))
    assert (spark.line, spark.x, spark.y) == ("", "4", "18")


def test_a_sparkline_is_silent_for_screen_readers():
    html = render_to_string("glossary/sparkline.svg", {"spark": sparkline(plot(1, 2))})
    assert 'aria-hidden="true"' in html
    assert "<text" not in html


def test_years_apart_are_joined_where_the_chart_has_bars_and_are_a_gap_in_a_line():
    apart = plot(1, None, 2, 3)
    skipping = tuple(point for point in apart.points if point.value is not None)
    bars, line = (
        sparkline(Plot("Chips", skipping, form, frequency=Frequency.ANNUAL))
        for form in (ChartForm.BAR, ChartForm.LINE)
    )
    assert (bars.line.count("l"), bars.dots) == (1, "")
    assert bars.line.startswith("M4 32l76-14 76-14")
    assert line.line == "M80 18l76-14"
    assert line.dots == "M4 32h.01"
