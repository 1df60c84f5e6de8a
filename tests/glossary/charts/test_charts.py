import gzip
import random
import re
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from django.conf import settings as site
from django.template.loader import render_to_string
from hypothesis import given, settings
from hypothesis import strategies as st

from glossary.charts.drawing import draw, joined_in_lines, wrapped
from glossary.charts.plots import Plot, prepared, scale_note
from glossary.charts.ticks import text_width
from glossary.values.charts import ChartForm, ChartScale
from glossary.values.periods import Denotes, Frequency
from glossary.values.points import Point, Status

SVG = "{http://www.w3.org/2000/svg}"


def plot(*values, day=lambda i: date(2021, 1, 1) + timedelta(365 * i), status=None, **fields):
    """Make values a year of 365 days apart, from 2021; `status` names those that are not final, by their place."""
    points = tuple(
        Point(
            day(i),
            None if value is None else Decimal(str(value)),
            status=Status((status or {}).get(i, "final")),
        )
        for i, value in enumerate(values)
    )
    return Plot("Chips", points, **({"frequency": Frequency.ANNUAL} | fields))


def render(chart, name="c"):
    return render_to_string("glossary/chart.svg", {"chart": chart, "id": name})


def texts(chart):
    return [t.label.text for t in (*chart.heads, *chart.heights, *chart.dates, *chart.direct)]


def kinds(chart):
    return {t.kind: t.label.text for t in chart.direct}


def test_values_in_ones_are_only_sorted():
    digits = "1234567890123456789012345678901.5"  # more than the 28 that arithmetic keeps
    first, second = plot(digits, 2).points
    assert prepared(Plot("Chips", (second, first))).points == (first, second)
    assert prepared(plot(2, magnitude=9)).points == plot("2e9").points


def test_a_line_has_a_path_ticks_dates_and_its_last_value():
    chart = draw(plot(10, 20, 25, unit="Megawatts"))
    assert chart.marks.line == "M0 144l320-96 320-48"
    assert [t.label.text for t in chart.heights] == ["0", "5", "10", "15", "20", "25"]
    assert {"2021", "2022", "2023"} <= {t.label.text for t in chart.dates}
    assert kinds(chart) == {"first": "10", "last": "25"}
    assert [t.label.text for t in chart.heads] == ["Megawatts"]


def test_heights_fall_as_values_rise():
    chart = draw(plot(0, 100))
    assert [(t.y, t.label.text) for t in chart.heights][:: len(chart.heights) - 1] == [
        ("100%", "0"),
        ("0%", "100"),
    ]


def test_a_step_holds_its_value():
    assert draw(plot(0, 100, 50, form=ChartForm.STEP)).marks.line == "M0 240h320v-240h320v120"


def test_gaps_stay_gaps_and_ends_without_a_value_keep_their_room():
    chart = draw(plot(None, 50, 100, None, 100, None))
    assert chart.marks.line == "M128 120l128-120"
    assert (chart.dots[-1].x, chart.dots[-1].y) == ("80%", "0%")


def test_a_row_that_was_never_published_is_a_gap():
    points = tuple(Point(date(year, 1, 1), Decimal(9)) for year in (2020, 2021, 2023, 2024))
    chart = draw(Plot("Chips", points, frequency=Frequency.ANNUAL))
    assert chart.marks.line.count("M") == 2


def test_irregular_dates_have_no_such_gaps():
    points = tuple(Point(date(year, 1, 1), Decimal(9)) for year in (2000, 2001, 2020))
    assert draw(Plot("Chips", points)).marks.line.count("M") == 1


def test_the_projected_part_is_dashed_and_joined_to_the_last_observed_value():
    chart = draw(plot(0, 50, 100, status={2: "projected"}))
    assert chart.marks.line == "M0 240l320-120"
    assert chart.marks.dashed == "M320 120l320-120"
    assert "Dashed: projected" in texts(chart)
    assert chart.dots[-1].kind == "end"


def test_provisional_values_are_hollow():
    chart = draw(plot(0, 50, 100, status={1: "provisional", 2: "provisional"}))
    assert chart.marks.hollow == "M320 120h.01"
    assert chart.dots[-1].kind == "end open"
    assert "Hollow: provisional" in texts(chart)


def test_a_band_lies_between_low_and_high():
    chart = draw(ranged(13))
    assert chart.marks.band.startswith("M0 0l53.4 0")
    assert not chart.marks.whiskers
    assert "Shaded: 90% range" in texts(chart)


def test_ranges_of_few_values_are_thin_lines_apart_from_the_axis():
    chart = draw(ranged(2))
    assert not chart.marks.band
    assert chart.marks.whiskers == "M160 0v180M480 0v180"
    assert "Thin lines: 90% range" in texts(chart)


def test_a_page_has_the_key_to_the_marks_in_its_caption_or_in_the_drawing():
    whole = replace(ranged(13), subtitle="Chips, log scale")
    plain, picture = draw(whole), draw(replace(whole, is_captioned=True, width=640))
    for chart in (plain, picture):
        assert (chart.caption, "Shaded: 90% range" in texts(chart)) == ("Chips, log scale", True)
    for chart in (draw(replace(whole, is_captioned=True)), draw(replace(whole, is_compact=True))):
        assert chart.caption == "Chips, log scale · Shaded: 90% range"
        assert "Shaded: 90% range" not in texts(chart)


def ranged(years: int) -> Plot:
    points = tuple(
        Point(date(2000 + i, 1, 1), Decimal(50), Decimal(25), Decimal(100)) for i in range(years)
    )
    return Plot("Chips", points, frequency=Frequency.ANNUAL, interval="90% range")


def test_ticks_have_the_currency_of_the_labels():
    labels = [text.label.text for text in draw(plot(-5, 10, short_unit="$")).heights]
    assert (labels[0], labels[-1]) == ("−$5", "$10")
    assert draw(plot(5, 10, short_unit="%")).heights[-1].label.text == "10"


@pytest.mark.parametrize("form", [ChartForm.BAR, ChartForm.LINE])
def test_a_range_without_a_value_is_a_thin_line_that_the_axis_has_room_for(form):
    whole = plot(100, 120, form=form, interval="range")
    ahead = Point(date(2023, 1, 1), None, Decimal(150), Decimal(200))
    chart = draw(replace(whole, points=(*whole.points, ahead)))
    assert chart.marks.whiskers.count("M") == 1
    assert chart.heights[-1].label.text == "200"
    assert "Thin lines: range" in texts(chart)


def test_bars_stand_on_zero_whatever_they_measure():
    chart = draw(plot(100, 101, form=ChartForm.BAR))
    assert chart.heights[0].label.text == "0"
    assert chart.marks.bars.count("z") == 2
    assert chart.marks.line == ""
    assert chart.dots == ()


def test_bars_tell_provisional_and_projected_apart():
    chart = draw(plot(1, 2, 3, form=ChartForm.BAR, status={1: "provisional", 2: "projected"}))
    marks = chart.marks
    assert (marks.bars.count("z"), marks.bars_hollow.count("z")) == (1, 1)
    assert marks.bars_dashed.count("z") == 1
    assert {"Pale: projected", "Outlined: provisional"} <= set(
        " · ".join(texts(chart)).split(" · ")
    )


def test_negative_bars_hang_from_zero():
    chart = draw(plot(-5, 5, form=ChartForm.BAR))
    assert chart.marks.axis == "M0 120h640"


def test_four_bars_are_all_named():
    chart = draw(plot(1, 2, 3, 4, form=ChartForm.BAR))
    assert [(t.label.text, t.kind) for t in chart.dates] == [
        ("2021", ""), ("2022", ""), ("2023", ""), ("2024", ""),
    ]  # fmt: skip


def test_sixty_bars_are_named_where_years_begin():
    months = plot(
        *range(1, 61),
        day=lambda i: date(2020 + i // 12, i % 12 + 1, 1),
        form=ChartForm.BAR,
        frequency=Frequency.MONTHLY,
    )
    assert {t.label.text for t in draw(months).dates} == {"2020", "2021", "2022", "2023", "2024"}


def test_bars_of_fiscal_quarters_are_named_by_the_month_they_end_in():
    quarters = plot(
        1, 2, day=lambda i: date(2025, 4 + 3 * i, 27), form=ChartForm.BAR,
        frequency=Frequency.QUARTERLY, denotes=Denotes.ENDING,
    )  # fmt: skip
    assert [t.label.text for t in draw(quarters).dates] == ["Apr 2025", "Jul 2025"]


def test_a_log_scale_says_so_and_marks_powers_of_ten():
    chart = draw(plot("1E16", "1E26", scale=ChartScale.LOG, unit="FLOP"))
    assert chart.heads[0].label.text == "FLOP (log scale)"
    assert chart.heights[0].label.power == "16"
    assert '10<tspan class="power" dy="-.4em">16</tspan>' in render(chart)


@pytest.mark.parametrize("values", [(0, 10), (-1, 10)])
def test_a_log_scale_with_zero_or_less_becomes_linear_and_says_so(values):
    drawn = plot(*values, scale=ChartScale.LOG)
    note = "The scale is linear: a logarithmic one has no place for zero or less."
    assert scale_note(drawn) == note
    assert note in draw(drawn).description


def test_the_unit_is_said_once_with_its_scale():
    chart = draw(plot(0, "51.2", magnitude=9, unit="US dollars"))
    assert chart.heads[0].label.text == "US dollars, billions"
    assert kinds(chart)["last"] == "51.2"


def test_a_long_last_label_stands_above_a_record():
    chart = draw(plot("1E16", "1E20", "5E26", scale=ChartScale.LOG))
    assert chart.direct[0].kind == "above"
    assert chart.frame.right < 40


@pytest.mark.parametrize("values", [(), (None,), (None, None)])
def test_no_values_are_told_in_place_of_a_line(values):
    chart = draw(plot(*values))
    assert chart.marks.line == ""
    assert "No data yet" in render(chart)
    assert chart.description == "No value has been published yet."


def test_one_point_stands_in_the_middle():
    chart = draw(plot(3))
    assert (chart.dots[-1].x, [t.label.text for t in chart.dates]) == ("50%", ["2021"])


@pytest.mark.parametrize(
    ("value", "first", "last"), [(5, "0", "5"), (-5, "−5", "0"), (0, "0.0", "1.0")]
)
def test_equal_values_are_measured_from_zero(value, first, last):
    chart = draw(plot(value, value, value))
    assert (chart.heights[0].label.text, chart.heights[-1].label.text) == (first, last)


def test_a_picture_has_title_and_source_inside_and_a_page_drawing_does_not():
    points = plot(1, 2, source="Source: Epoch AI, CC BY")
    inside = render(draw(Plot("Chips", points.points, source=points.source, width=600)))
    assert 'class="headline"' in inside
    assert ">Source: Epoch AI, CC BY</text>" in inside
    assert 'width="600"' in inside
    assert 'class="headline"' not in render(draw(points))


def test_a_page_drawing_has_both_sets_of_dates_and_a_picture_one():
    points = [100 + i for i in range(40)]
    fluid = draw(plot(*points, day=lambda i: date(1980 + i, 1, 1)))
    picture = draw(plot(*points, day=lambda i: date(1980 + i, 1, 1), width=600))
    assert {t.kind for t in fluid.dates} == {"", "w"}
    assert {t.kind for t in picture.dates} == {""}


def test_texts_are_escaped_and_ids_carry_the_prefix():
    html = render(draw(plot(1, 2, unit="<b>GW</b>")), "nvidia")
    assert "&lt;b&gt;GW&lt;/b&gt;" in html
    assert 'aria-labelledby="nvidia-t" aria-describedby="nvidia-d"' in html
    assert '<title id="nvidia-t">Chips</title>' in html


def test_a_drawing_obeys_the_strict_policy():
    html = render(draw(plot(1, 2, None, 3, status={3: "projected"})))
    assert "style" not in html
    assert "<script" not in html
    assert not re.search(r'(?:fill|stroke)="', html)


def test_every_class_that_is_drawn_has_a_rule():
    css = (Path(site.BASE_DIR) / "static/css/charts.css").read_text()
    template = (Path(site.BASE_DIR) / "templates/glossary/chart.svg").read_text()
    drawn = set(" ".join(re.findall(r'class="([a-z ]+)"', template)).split())
    without = {"marks", "heights", "dates", "source", "headline", "ground"}  # inherit, or pictures
    assert {name for name in drawn - without if f".{name}" not in css} == set()


@pytest.mark.parametrize("left", range(1, 13))
def test_margin_classes_are_in_the_style_sheet(left):
    css = (Path(site.BASE_DIR) / "static/css/charts.css").read_text()
    assert f".l{left} {{ --left: {left * 8}px; }}" in css
    assert f".r{left} {{ --right: {left * 8}px; }}" in css


def test_the_style_sheet_is_small():
    css = (Path(site.BASE_DIR) / "static/css/charts.css").read_bytes()
    assert len(gzip.compress(css)) <= 1500


def test_three_hundred_points_are_few_bytes():
    noise = random.Random(1)
    values = [round(100 + 50 * noise.random(), 3) for _ in range(300)]
    points = plot(*values, day=lambda i: date(2000 + i // 12, i % 12 + 1, 1))
    html = render(draw(points))
    assert len(gzip.compress(html.encode())) <= 6000


def test_five_thousand_points_are_thinned_and_keep_their_extremes():
    noise = random.Random(2)
    values = [100 + noise.random() for _ in range(5000)]
    values[1234], values[4321] = 150, 50
    days = plot(
        *values, day=lambda i: date(2010, 1, 1) + timedelta(days=i), frequency=Frequency.DAILY
    )
    chart = draw(days)
    assert len(chart.marks.line) < 8000
    assert kinds(chart)["highest"] == "150"
    assert len(gzip.compress(render(chart).encode())) <= 6000


def test_lines_break_between_words_and_items():
    assert wrapped("one two three", text_width("one two")) == ["one two", "three"]
    assert wrapped("", 100) == []
    assert joined_in_lines(["one two", "three"], text_width("one two · thr")) == [
        "one two",
        "three",
    ]
    assert joined_in_lines(["a", "b"], 100) == ["a · b"]


numbers = st.none() | st.decimals("-1E40", "1E40", allow_nan=False)
any_point = st.builds(
    Point,
    st.dates(date(1900, 1, 1), date(2100, 12, 31)),
    numbers,
    numbers,
    numbers,
    st.sampled_from(Status),
)
any_plot = st.builds(
    Plot,
    st.text(
        st.characters(
            codec="utf-8", exclude_categories=["Cc", "Cs"], exclude_characters="\ufffe\uffff"
        ),
        max_size=60,
    ),
    st.lists(any_point, max_size=20, unique_by=lambda point: point.period).map(tuple),
    st.sampled_from(ChartForm),
    st.sampled_from(ChartScale),
    st.sampled_from(Frequency),
    st.sampled_from(Denotes),
    st.sampled_from(["", "Megawatts", "US dollars"]),
    st.sampled_from(["", "$", "%", "MW"]),
    st.sampled_from([0, 9]),
    width=st.sampled_from([0, 240, 640]),
    is_compact=st.booleans(),
)


@settings(deadline=None, max_examples=100)
@given(any_plot)
def test_any_series_can_be_drawn(any_one):
    chart = draw(any_one)
    root = ET.fromstring(render(chart))
    percents = [
        float(value[:-1])
        for element in root.iter()
        for key in ("x", "y", "cx", "cy")
        if (value := element.get(key, "")).endswith("%")
    ]
    assert all(0 <= value <= 100 for value in percents)
    assert chart.description
    assert max(chart.frame.left, chart.frame.right) <= 96
    assert not re.search(
        r"nan|None|inf\b",
        ET.tostring(root, encoding="unicode", method="xml").replace(any_one.title, ""),
    )
