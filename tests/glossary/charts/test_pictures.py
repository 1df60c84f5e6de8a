import hashlib
import re
import struct
from base64 import b64encode
from datetime import date
from decimal import Decimal
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from django.conf import settings

from glossary.charts import pictures
from glossary.charts.drawing import draw
from glossary.charts.plots import Plot
from glossary.values.charts import ChartForm
from glossary.values.points import Point, Status

TOKENS = {"ground": "paper", "ink": "ink", "muted": "muted", "line": "line", "edge": "edge", "signal": "signal"}  # fmt: skip


def plot(title="Chips for rent", **fields):
    points = tuple(Point(date(2020 + i, 1, 1), Decimal(i + 1)) for i in range(4))
    return Plot(title, points, source="Source: Epoch AI", **fields)


def size(png):
    return struct.unpack(">II", png[16:24])


def test_a_png_is_twice_as_large_as_the_plot_and_the_same_each_time():
    png = pictures.chart_png(plot(width=320))
    assert png.startswith(b"\x89PNG")
    assert size(png)[0] == 640
    assert pictures.chart_png(plot(width=320)) == png


def test_texts_are_drawn_from_the_bundled_fonts():
    with_title, without = (
        pictures.chart_png(plot(), zoom=1),
        pictures.chart_png(plot(title=" "), zoom=1),
    )
    assert len(with_title) > len(without)


@pytest.mark.parametrize("form", ChartForm)
def test_every_form_becomes_a_picture(form):
    points = (*plot().points, Point(date(2024, 1, 1), Decimal(9), status=Status.PROJECTED))
    assert size(pictures.chart_png(Plot("Chips", points, form=form), zoom=1))[0] == 640


def test_hostile_texts_leave_the_picture_whole():
    hostile = plot(title='</title><script>alert(1)</script> & "quotes"', unit="<b>]]>")
    root = ET.fromstring(pictures.chart_svg(hostile))
    assert not [element for element in root.iter() if element.tag.endswith("script")]
    assert pictures.chart_png(hostile, zoom=1).startswith(b"\x89PNG")


def test_the_policy_source_is_the_hash_of_the_style_in_the_file():
    style = re.search(r"<style>(.*?)</style>", pictures.chart_svg(plot()), re.DOTALL)
    digest = b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    assert pictures.style_source() == f"'sha256-{digest}'"
    assert "prefers-color-scheme:dark" in style[1]
    assert "<" not in style[1]


def test_the_file_says_what_it_shows():
    root = ET.fromstring(pictures.chart_svg(plot()))
    assert root.get("role") == "img"
    description = root.find("{http://www.w3.org/2000/svg}desc")
    assert description.text.startswith("From 1 on January 1, 2020 to 4")


def test_the_palettes_are_the_sites_tokens():
    css = (Path(settings.BASE_DIR) / "static/css/site.css").read_text()
    pairs = dict(re.findall(r"--(\w+): light-dark\((.*?)\);", css))
    for name, token in TOKENS.items():
        light, dark = pairs[token].split(", ")
        assert (getattr(pictures.LIGHT, name), getattr(pictures.DARK, name)) == (light, dark)


def test_every_class_of_the_template_has_a_rule():
    template = (Path(settings.BASE_DIR) / "templates/glossary/chart.svg").read_text()
    drawn = set(" ".join(re.findall(r'class="([a-z ]+)"', template)).split())
    # Muted text is the default.
    plain = {"chart", "marks", "heads", "heights", "dates", "source", "key"}
    assert {name for name in drawn - plain if f".{name}" not in pictures.STYLE} == set()


@pytest.mark.parametrize("width", [551, 552, 553])
@pytest.mark.parametrize("text_size", [13, 19])
def test_a_picture_is_as_wide_as_asked_whatever_size_its_labels_have(width, text_size):
    chart = draw(plot(width=width, text_size=text_size))
    assert size(pictures.chart_png(plot(width=width, text_size=text_size), zoom=1)) == (
        chart.frame.shown_width,
        chart.frame.shown_height,
    )
    assert chart.frame.shown_width == width


def test_larger_labels_leave_room_for_fewer_dates_and_make_larger_margins():
    small, large = draw(plot(width=300)), draw(plot(width=300, text_size=26))
    assert len(large.dates) < len(small.dates)
    assert large.frame.left * 2 > small.frame.left


def test_a_dark_picture_has_the_dark_ground():
    light, dark = (
        pictures.chart_png(plot(), zoom=1, palette=each) for each in (pictures.LIGHT, pictures.DARK)
    )
    assert light != dark


def test_marks_of_a_picture_are_drawn_in_its_own_size_so_that_no_stroke_is_stretched():
    picture, page = draw(plot(width=320)), draw(plot())
    assert picture.frame.drawn == (picture.frame.width, picture.frame.height)
    assert picture.marks.axis == f"M0 {picture.frame.height}h{picture.frame.width}"
    assert page.marks.axis == "M0 240h640"
