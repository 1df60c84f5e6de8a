from dataclasses import replace
from datetime import date
from decimal import Decimal
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from glossary.charts.drawing import draw, draw_in_line, draw_together
from glossary.charts.labels import Space, box_of
from glossary.charts.plots import DatedNote, Plot
from glossary.values.charts import ChartForm, ChartScale
from glossary.values.periods import Frequency
from glossary.values.points import Point


def plot(*values, day=lambda i: date(2021 + i, 1, 1), **fields):
    points = tuple(Point(day(i), Decimal(str(value))) for i, value in enumerate(values))
    return Plot("Chips", points, **fields)


def kinds(chart):
    """Return the labels of both widths together."""
    return {text.kind.split()[0]: text.label.text for text in chart.direct}


def test_first_last_and_highest_value_are_labeled():
    assert kinds(draw(plot(30, 90, 40, 50))) == {"first": "30", "highest": "90", "last": "50"}


def test_a_value_is_labeled_once():
    assert kinds(draw(plot(90, 30, 40))) == {"highest": "90", "last": "40"}
    assert kinds(draw(plot(10, 30, 40))) == {"first": "10", "last": "40"}
    assert kinds(draw(plot(7, 7, 7))) == {"last": "7"}
    assert kinds(draw(plot(7))) == {"last": "7"}


def test_the_text_of_the_highest_value_moves_aside_where_it_would_touch_the_last():
    years = plot(*range(1000, 1050), 1052, 1051, day=lambda i: date(1960 + i, 1, 1))
    ending = replace(years, points=(*years.points, Point(date(2030, 1, 1), None)))
    anchors = [text.anchor for text in draw(ending).direct if text.kind == "highest"]
    assert anchors == ["end"]


def test_the_first_label_is_on_the_line_or_under_one_that_rises_through_it():
    flat, rising = draw(plot(50, 50, 100)), draw(plot(50, 100, 100))
    assert [(t.y, t.dy) for t in flat.direct if t.kind == "first"] == [("50%", "-10")]
    assert [(t.y, t.dy) for t in rising.direct if t.kind == "first"] == [("50%", "23")]


def test_the_first_label_is_left_out_when_the_line_leaves_no_room():
    assert "first" not in kinds(draw(plot(1000, 100_000, 100_000)))


def test_the_first_label_is_left_out_when_the_line_falls_into_it():
    assert "first" in kinds(draw(plot(50, 60, *[70] * 40, 100)))
    assert "first" not in kinds(draw(plot(50, 60, 20, *[70] * 40, 100)))


def test_the_first_label_may_be_for_a_wide_column_only():
    chart = draw(plot(10_000, 12_000, 60_000, 80_000, 90_000, 99_000))
    assert {text.kind for text in chart.direct} == {"above", "first w"}


def test_the_first_label_of_bars_rests_on_those_it_covers():
    points = [plot(*range(60, 80), form=ChartForm.BAR), plot(*range(0, 200, 9), form=ChartForm.BAR)]
    assert ["first" in kinds(draw(each)) for each in points] == [True, False]


def test_the_compared_value_has_a_dot_and_a_label():
    chart = draw(plot(20, 30, 60, 90, 80, 50, compared=(date(2022, 1, 1),)))
    assert kinds(chart) == {"compared": "30", "highest": "90", "last": "50", "first": "20"}
    assert [(dot.y, dot.label.text) for dot in chart.dots] == [("70%", "30"), ("50%", "50")]


def test_the_compared_value_comes_before_the_highest_and_the_first():
    values = (28_000, 30_000, 31_000, 90_000, 80_000, 50_000)
    chart = draw(plot(*values, compared=(date(2022, 1, 1),), is_compact=True))
    assert kinds(chart) == {"compared": "30,000", "last": "50,000", "highest": "90,000"}


def test_a_compact_drawing_without_a_compared_value_leaves_the_highest_out():
    chart = draw(plot(28_000, 30_000, 31_000, 90_000, 80_000, 50_000, is_compact=True))
    assert "highest" not in kinds(chart)


def test_a_label_is_under_a_line_that_rises_and_on_one_that_falls():
    rising, falling = range(0, 120, 10), range(120, 0, -10)
    places = [
        (text.anchor, text.dy)
        for values in (rising, falling)
        for text in draw(plot(*values, compared=(date(2026, 1, 1),))).direct
        if text.kind == "compared"
    ]
    assert places == [("start", "23"), ("start", "-10")]


def test_a_label_is_close_under_the_end_of_a_steep_line_that_leaves_no_other_room():
    steep = plot(100, 100_000, 1_000_000, scale=ChartScale.LOG, compared=(date(2021, 1, 1),))
    label = next(text for text in draw(steep).direct if text.kind == "compared")
    assert (label.anchor, label.dx, label.dy) == ("start", "8", "12")


def test_the_last_label_is_beside_its_value_where_it_would_be_on_that_of_the_compared():
    months = plot(*range(1000, 9000, 100), day=lambda i: date(2015 + i // 12, i % 12 + 1, 1))
    written = replace(months, written=lambda value: f"{value},000")
    assert kinds(draw(written))["above"] == "8900,000"
    near = kinds(draw(replace(written, compared=(date(2020, 8, 1),))))
    assert (near["last"], near["compared"]) == ("8900,000", "7700,000")


def test_a_value_that_no_line_touches_has_its_label_beside_it():
    whole = plot(40, 44, 47, 43, 33, 30, frequency=Frequency.ANNUAL)
    gappy = replace(whole, points=(whole.points[0], *whole.points[2:]))
    first = next(text for text in draw(gappy).direct if text.kind == "first")
    assert (first.label.text, first.dx, first.dy) == ("40", "9", ".35em")


def test_no_label_of_a_bar_begins_outside_the_plot():
    first, ranged = (
        Point(date(1998, 1, 1), Decimal(1)),
        Point(date(1998, 1, 2), None, *[Decimal(0)] * 2),
    )
    last = Point(date(2000, 1, 1), Decimal(0))
    bars = Plot("Chips", (first, ranged, last), ChartForm.BAR, frequency=Frequency.DAILY)
    assert all(0 <= float(text.x.rstrip("%")) <= 100 for text in draw(bars).direct)


def spread(*triples, **fields):
    """Return a plot of low, value and high."""
    points = (
        Point(date(2021 + i, 1, 1), *map(Decimal, (value, low, high)))
        for i, (low, value, high) in enumerate(triples)
    )
    return Plot("Chips", tuple(points), **fields)


def test_a_label_is_beside_the_range_line_of_its_value():
    ranged, plain = draw(spread((9, 20, 30), (1, 8, 9), (1, 8, 9), (1, 5, 6))), draw(plot(20, 8, 5))
    highest = [
        next(text for text in chart.direct if text.kind.startswith("highest"))
        for chart in (ranged, plain)
    ]
    assert [(t.anchor, t.dx, t.dy) for t in highest] == [
        ("start", "8", "-10"),
        ("start", "", "-10"),
    ]


def test_a_label_that_the_tick_of_a_note_would_cross_is_left_out():
    falling = plot(*range(120_000, 0, -10_000))
    note = DatedNote(date(2021, 6, 1), "No quotes")
    assert "highest" in kinds(draw(falling))
    assert "highest" not in kinds(draw(replace(falling, notes=(note,))))
    later = replace(note, day=date(2029, 6, 1))
    assert "highest" in kinds(draw(replace(falling, notes=(later,))))


def test_no_peak_of_the_line_is_between_a_value_and_its_label():
    millions = [1] * 16 + [5, 1.2, *[4.35] * 2, *[2] * 6]
    spiky = plot(
        *(value * 1_000_000 for value in millions), is_compact=True, compared=(date(2040, 1, 1),)
    )
    texts = [text for text in draw(spiky).direct if text.kind.startswith("compared")]
    assert {text.y for text in texts} == {draw(spiky).dots[0].y}


def test_a_label_may_reach_over_the_right_margin():
    falling = plot(*[9_000] * 17, 8_000, 4_000, 3_000, compared=(date(2038, 1, 1),))
    texts = [text for text in draw(falling).direct if text.kind.startswith("compared")]
    assert {text.anchor for text in texts} == {"start"}


def test_a_long_last_label_is_above_a_narrow_band_and_beside_a_wide_one_or_a_range_line():
    years = range(1000, 14_000, 1000)
    narrow, wide = (
        spread(*((value - off, value, value + off) for value in years)) for off in (200, 4000)
    )
    above = next(text for text in draw(narrow).direct if text.kind == "above")
    assert float(above.y.rstrip("%")) < float(draw(narrow).dots[-1].y.rstrip("%"))
    assert kinds(draw(wide))["last"] == "13,000"
    assert kinds(draw(replace(narrow, points=narrow.points[:5])))["last"] == "5,000"


def test_the_last_label_is_beside_its_value_where_a_note_would_cross_it_above():
    years = plot(*range(10_000, 20_000, 1000))
    note = DatedNote(date(2029, 6, 1), "Consumer plans")
    assert "above" in kinds(draw(years))
    assert "last" in kinds(draw(replace(years, notes=(note,))))
    earlier = replace(note, day=date(2023, 1, 1))
    assert "above" in kinds(draw(replace(years, notes=(earlier,))))


def test_a_value_is_labeled_as_the_page_writes_it():
    chart = draw(plot(10, "59.4", written=lambda value: f"${value}\u00a0billion"))
    assert kinds(chart) == {"first": "$10bn", "above": "$59.4bn"}
    assert (
        chart.description
        == "From $10\u00a0billion on January 1, 2021 to $59.4\u00a0billion on January 1, 2022, up 494%."
    )
    assert chart.heights[0].label.text == "0"


def test_a_compact_drawing_has_a_baseline_the_ends_and_nothing_else():
    whole = plot(30, 35, 90, 50, unit="Megawatts")
    chart = draw(replace(whole, is_compact=True))
    assert kinds(chart) == {"first": "30", "last": "50"}
    assert [(t.label.text, t.anchor) for t in chart.dates] == [
        ("Jan 1, 2021", "start"), ("Jan 1, 2024", "end"),
    ]  # fmt: skip
    assert (chart.heads, chart.heights, chart.marks.grid) == ((), (), "")
    assert chart.marks.axis
    assert chart.marks.line == draw(whole).marks.line
    assert {"compact", "l0", "t0"} <= set(chart.frame.classes.split())


def test_a_compact_drawing_leaves_out_days_that_would_touch():
    ends = [Point(date(2010, 9, 26), Decimal(100_000)), Point(date(2025, 7, 9), Decimal(99_999))]
    narrow = Plot("Chips", tuple(ends), is_compact=True, left=96)
    assert [t.label.text for t in draw(narrow).dates] == ["Sep 2010", "Jul 2025"]
    wide = draw(replace(narrow, left=0))
    assert [t.label.text for t in wide.dates] == ["Sep 26, 2010", "Jul 9, 2025"]


def test_a_compact_drawing_has_a_compared_label_at_the_left_of_a_line_that_leaves_no_room():
    values = plot(1000, 100_000, 90_000, 90_000, 90_000, is_compact=True)
    assert "first" not in kinds(draw(values))
    chart = draw(replace(values, compared=(date(2021, 1, 1),)))
    first = next(text for text in chart.direct if text.kind == "compared")
    assert (first.x, first.anchor, first.dx) == ("0%", "end", "-9")
    assert chart.frame.left >= first.label.width + 9


def test_a_compact_drawing_names_the_scale_in_its_labels():
    assert kinds(draw(plot(2, 45, magnitude=9, is_compact=True))) == {
        "first": "2bn",
        "last": "45bn",
    }
    assert kinds(draw(plot(2, 45, magnitude=9))) == {"first": "2", "last": "45"}


def test_charts_of_one_column_have_their_left_ends_in_line():
    steep = plot(1000, 100_000, 90_000, 90_000, 90_000, compared=(date(2021, 1, 1),))
    charts = draw_together([plot(1, 2), plot(3, 3, unit="MW"), steep])
    assert charts[1].frame.left == charts[2].frame.left > 0
    lefts = [chart.frame.left for chart in draw_in_line([plot(1, 2), plot(10_000, 20_000)])]
    assert lefts[0] == lefts[1] == draw(plot(10_000, 20_000)).frame.left


any_plot = st.builds(
    lambda values, **fields: plot(*values, **fields),
    st.lists(st.decimals(-9999, 9999, allow_nan=False, places=1), min_size=1, max_size=30),
    form=st.sampled_from(ChartForm),
    scale=st.sampled_from(ChartScale),
    frequency=st.sampled_from([Frequency.ANNUAL, Frequency.MONTHLY]),
    is_compact=st.booleans(),
    notes=st.lists(st.dates(date(2021, 1, 1), date(2051, 1, 1)), max_size=2).map(
        lambda days: tuple(DatedNote(day, "Quotes") for day in days)
    ),
    compared=st.lists(st.integers(2021, 2051).map(lambda year: date(year, 1, 1)), max_size=2).map(
        tuple
    ),
)


@settings(deadline=None, max_examples=50)
@given(any_plot, st.integers(250, 1100), st.integers(0, 300))
def test_no_two_labels_overlap_however_wide_and_high_the_chart_is(any_one, width, more):
    chart = draw(any_one)
    frame = chart.frame
    space = Space(width - frame.left - frame.right, frame.spaces[0].height + more)
    hidden = " n" if width >= 480 else " w"
    shown = [text for text in chart.direct if not text.kind.endswith(hidden)]
    boxes = [box_of(text, space) for text in shown]
    assert all(one.clears(other) for one, other in combinations(boxes, 2))
    ticks = [float(note.x.rstrip("%")) / 100 * space.width for note in chart.notes]
    assert not any(box.left < x < box.right for box in boxes for x in ticks)
    assert all(-frame.left <= box.left and box.right <= space.width + frame.right for box in boxes)


@pytest.mark.parametrize("width", [250, 320, 640])
@settings(deadline=None, max_examples=15)
@given(any_plot)
def test_no_two_labels_overlap_in_a_picture(width, any_one):
    chart = draw(replace(any_one, width=width))
    boxes = [box_of(text, chart.frame.spaces[0]) for text in chart.direct]
    assert all(one.clears(other) for one, other in combinations(boxes, 2))
