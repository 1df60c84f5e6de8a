"""Markdown becomes safe HTML for every input."""

from html.parser import HTMLParser
from pathlib import Path

import pytest

from glossary.prose.markdown import parser as markdown_parser
from glossary.prose.rendering import MAX_LENGTH, render


def elements(html):
    """Return (tag, attributes) of every element, as a browser would find them."""
    found = []
    parser = HTMLParser()
    parser.handle_starttag = lambda tag, attributes: found.append((tag, dict(attributes)))
    parser.feed(html)
    return found


def test_paragraphs_emphasis_and_lists():
    assert render("A *small* point.\n\n- one\n- two") == (
        "<p>A <em>small</em> point.</p>\n<ul>\n<li>one</li>\n<li>two</li>\n</ul>\n"
    )


def test_headings_start_at_level_two_because_the_page_has_the_first():
    assert "<h2>Top</h2>" in render("# Top")
    assert "<h3>Third</h3>" in render("### Third")
    assert "<h4>Deep</h4>" in render("###### Deep")


def test_a_table_scrolls_in_a_region_the_keyboard_can_reach():
    html = render("| a | b |\n|---|--:|\n| 1 | 2 |")
    assert '<div class="table-scroll" tabindex="0" role="region" aria-label="Table">' in html
    assert '<th scope="col">a</th>' in html
    assert '<td class="number">2</td>' in html
    assert "style=" not in html


@pytest.mark.parametrize(
    "attack",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "[x](javascript:alert(1))",
        "[x](data:text/html;base64,PHNjcmlwdD4=)",
        "[x](vbscript:x)",
        "![x](https://tracker.example/pixel.gif)",
        '<a href="x" onclick="alert(1)">x</a>',
        "<svg/onload=alert(1)>",
        "[x](<javascript:alert(1)>)",
        '<https://example.org/"onmouseover=alert(1)>',
    ],
)
def test_nothing_that_runs_or_phones_home_survives(attack):
    for tag, attributes in elements(render(attack)):
        assert tag in ("p", "a", "em")
        assert set(attributes) <= {"href", "rel"}
        assert not attributes.get("href", "").startswith(("javascript", "data", "vbscript"))


def test_links_keep_https_http_mailto_and_paths():
    html = render("[a](https://a.example/) [b](/glossary/) [c](mailto:x@example.org) [d](#part)")
    for address in ("https://a.example/", "/glossary/", "mailto:x@example.org", "#part"):
        assert f'href="{address}"' in html


def test_a_text_over_the_cap_is_refused():
    with pytest.raises(ValueError, match="the limit is 100000"):
        render("x" * (MAX_LENGTH + 1))


@pytest.mark.parametrize("unit", ["[", "*a ", "> ", "`", "![[](", "<a "])
def test_hostile_nesting_ends_soon(unit):
    # Parsers of this kind have been quadratic; 50 kB would then take minutes and trip the runner.
    assert render(unit * (50_000 // len(unit)))


def test_there_is_one_parser_so_that_links_and_numbers_are_found_where_they_are_printed():
    rooms = (
        Path(markdown_parser.__file__).parents[3] / room for room in ("glossary", "newsletter")
    )
    makers = [
        each for room in rooms for each in room.rglob("*.py") if "MarkdownIt(" in each.read_text()
    ]
    assert makers == [Path(markdown_parser.__file__)]
