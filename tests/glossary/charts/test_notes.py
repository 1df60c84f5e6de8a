from datetime import date, timedelta
from decimal import Decimal
from itertools import combinations
from pathlib import Path

import pytest
from django.conf import settings as site
from django.template.loader import render_to_string
from hypothesis import given, settings
from hypothesis import strategies as st

from glossary.charts.drawing import draw
from glossary.charts.plots import DatedNote, Plot
from glossary.charts.ticks import text_width
from glossary.values.charts import ChartForm
from glossary.values.periods import Denotes, Frequency
from glossary.values.points import Point

CSS = (Path(site.BASE_DIR) / "static/css/charts.css").read_text()


def plot(*notes, years=10, **fields):
    """Make ten years from 2015 with notes on `notes`: (day, text)."""
    points = tuple(Point(date(2015 + i, 1, 1), Decimal(i * i)) for i in range(years))
    return Plot("Chips", points, notes=tuple(DatedNote(*note) for note in notes), **fields)


def texts(chart):
    return [(text.label.text, text.kind) for text in chart.notes]


def test_a_note_has_a_tick_at_its_day_and_a_text_over_it():
    chart = draw(plot((date(2019, 7, 2), "GPT-2")))
    (text,) = chart.notes
    assert (text.x, text.y, text.dx, text.dy) == ("49.98%", "-24", "", "-5")
    html = render_to_string("glossary/chart.svg", {"chart": chart})
    assert '<line class="tick" x1="49.98%" x2="49.98%"' in html
    assert ">GPT-2</text>" in html


def test_notes_outside_the_drawn_time_are_left_out():
    chart = draw(plot((date(2014, 12, 31), "Before"), (date(2024, 1, 2), "After")))
    assert chart.notes == ()
    assert chart.frame.classes == draw(plot()).frame.classes
    assert "Marked" not in chart.description


def test_the_description_names_the_notes_in_the_order_of_their_days():
    chart = draw(plot((date(2020, 1, 1), "B"), (date(2016, 1, 1), "A")))
    assert chart.description.endswith("Marked: “A” (January 1, 2016); “B” (January 1, 2020).")


def test_a_text_near_an_end_moves_inside():
    first, last = draw(
        plot((date(2015, 1, 1), "At the very start"), (date(2024, 1, 1), "At the end"))
    ).notes
    assert int(first.dx) > 0 > int(last.dx)


def test_notes_are_stacked_on_a_phone_and_side_by_side_in_a_column():
    chart = draw(plot((date(2018, 6, 1), "Export controls"), (date(2021, 9, 1), "A new method")))
    assert {kind for _, kind in texts(chart)} == {"", "n", "w"}
    assert {"t0", "n2", "w1"} <= set(chart.frame.classes.split())


def test_a_tick_does_not_cross_the_text_of_a_neighbor_where_that_can_be_avoided():
    near = draw(plot((date(2017, 1, 1), "A very long note here"), (date(2018, 1, 1), "B")))
    rows = {text.label.text: float(text.y) for text in near.notes}
    assert rows["A very long note here"] < rows["B"]


def test_a_bar_for_a_period_is_beside_the_notes_of_that_period():
    quarters = [Point(date(2025, 1 + 3 * i, 1), Decimal(5)) for i in range(4)]
    fields = {"form": ChartForm.BAR, "frequency": Frequency.QUARTERLY}
    note = DatedNote(date(2025, 12, 20), "Late")
    around = draw(Plot("Chips", tuple(quarters), notes=(note,), **fields))
    assert texts(around) == [("Late", "n"), ("Late", "w")]
    early = DatedNote(date(2025, 1, 2), "Early")
    ending = Plot("Chips", tuple(quarters), notes=(early, note), denotes=Denotes.ENDING, **fields)
    assert texts(draw(ending)) == [("Early", "")]


def test_a_compact_drawing_has_no_notes():
    assert draw(plot((date(2020, 1, 1), "A"), is_compact=True)).notes == ()


@pytest.mark.parametrize("count", range(1, 5))
def test_the_style_sheet_has_room_for_every_number_of_rows(count):
    assert f".chart.n{count} {{ --notes: {18 * count + 8}px; }}" in CSS
    assert count == 4 or f".chart.w{count} {{ --notes: {18 * count + 8}px; }}" in CSS


@pytest.mark.parametrize("count", range(1, 7))
def test_the_style_sheet_has_room_for_every_number_of_head_lines(count):
    assert f".chart.t{count} {{ --heads: {18 * count}px; }}" in CSS


letters = st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"])
notes = st.lists(
    st.tuples(
        st.dates(date(2014, 1, 1), date(2025, 1, 1)), st.text(letters, min_size=1, max_size=24)
    ),
    max_size=4,
    unique_by=lambda note: note[0],
)


def spans(chart, width, kinds):
    """Return row, begin and end of the texts that are shown, in pixels from the plot's left."""
    shown = [text for text in chart.notes if text.kind in kinds]
    for text in shown:
        middle = float(text.x.rstrip("%")) / 100 * width + int(text.dx or 0)
        half = text_width(text.label.text) / 2
        yield text.y, middle - half, middle + half


def assert_apart_and_inside(chart, width, kinds):
    placed = list(spans(chart, width, kinds))
    for (row, start, end), (other, other_start, other_end) in combinations(placed, 2):
        assert row != other or start >= other_end or other_start >= end
    frame = chart.frame
    assert all(
        -frame.left - 0.1 <= start and end <= width + frame.right + 0.1 for _, start, end in placed
    )


@settings(deadline=None, max_examples=60)
@given(notes, st.integers(250, 1100), st.sampled_from(ChartForm), st.sampled_from([4, 10]))
def test_no_two_texts_overlap_and_all_stay_inside_at_every_width(some, width, form, years):
    chart = draw(plot(*some, form=form, years=years))
    kinds = ("", "n") if width < 480 else ("", "w")
    assert_apart_and_inside(chart, width - chart.frame.left - chart.frame.right, kinds)


@settings(deadline=None, max_examples=40)
@given(notes, st.sampled_from([250, 378, 640]))
def test_no_two_texts_overlap_in_a_picture(some, width):
    chart = draw(plot(*some, width=width))
    assert_apart_and_inside(chart, chart.frame.width, ("",))


def test_every_note_that_is_drawn_is_drawn_once_at_every_width():
    days = [date(2016, 1, 1) + timedelta(400 * i) for i in range(4)]
    chart = draw(plot(*((day, f"Note number {i}, quite long") for i, day in enumerate(days))))
    for kinds in (("", "n"), ("", "w")):
        shown = [text.label.text for text in chart.notes if text.kind in kinds]
        assert sorted(shown) == [f"Note number {i}, quite long" for i in range(4)]
