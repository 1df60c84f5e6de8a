"""Our style sheets as they are written; tests/browser/test_style_sheets.py asks the engines."""

import brotli
import pytest

from config.static_files import without_comments
from tests.browser.style_sheets import FOLDER, Declaration, declarations, resolved

SHEETS = {path.name: path for path in FOLDER.glob("*.css")}


@pytest.mark.parametrize("path", SHEETS.values(), ids=SHEETS.keys())
def test_every_brace_is_closed(path):
    assert declarations(path.read_text())


def test_a_brace_left_open_or_closed_twice_is_found():
    for text in ("@media (max-width: 640px) { a { top: 0; }", "a { top: 0; } }"):
        with pytest.raises(ValueError, match="clos"):
            declarations(text)


def test_declarations_are_read_with_their_rule():
    text = '/* { */ @layer base { a:is(b, c) { top: 0; content: ";" } } @page { margin: 1mm }'
    assert declarations(text) == [
        Declaration("a:is(b, c)", "top", "0"),
        Declaration("a:is(b, c)", "content", '";"'),
        Declaration("@page", "margin", "1mm"),
    ]


def test_custom_properties_are_replaced_by_what_they_hold():
    known = {"--edge": "var(--ink)", "--ink": "#000"}
    assert resolved("solid var(--edge) var(--wide, 1px)", known) == "solid #000 1px"


SIZES = {"inherit", *(f"var(--t{size})" for size in (13, 15, 18, 22, 28, 40, 56))}
# The root, of which all sizes are multiples; and marks that follow the text they stand in.
OTHERS = {("html", "112.5%"), ("html", "125%"), ("html", "10.5pt"), ("sup, sub", "0.72em")}


def test_public_pages_use_seven_sizes_of_type():
    sizes = [
        each for each in declarations(SHEETS["site.css"].read_text()) if each.name == "font-size"
    ]
    assert len(sizes) > 50
    assert {(each.rule, each.value) for each in sizes if each.value not in SIZES} <= OTHERS


def test_what_a_screen_waits_for_stays_within_ten_kilobytes():
    """As they are collected; the sheet for paper is fetched after the page is drawn."""
    sheets = [without_comments(SHEETS[name].read_bytes()) for name in ("site.css", "charts.css")]
    assert sum(len(brotli.compress(sheet, quality=11)) for sheet in sheets) <= 10 * 1024


@pytest.mark.parametrize("path", SHEETS.values(), ids=SHEETS.keys())
def test_browsers_get_the_same_declarations_without_comments(path):
    lean = without_comments(path.read_bytes())
    assert b"/*" not in lean
    assert declarations(lean.decode()) == declarations(path.read_text())
