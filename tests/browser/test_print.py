"""A term's page on paper: one column, ink on white, with its addresses."""

import re

import pytest

from tests.browser.lighthouse import ISSUE
from tests.browser.test_previews import links
from tests.builders import make_citation, make_term

ADDRESS = "https://example.org/a/long/paper"


@pytest.fixture
def page(site, chromium):
    context = chromium.new_context(
        color_scheme="dark", viewport={"width": 1280, "height": 900}, bypass_csp=True
    )
    page = context.new_page()
    page.emulate_media(media="print")
    page.goto(f"{site}/glossary/training-run/")
    yield page
    context.close()


def behind(locator):
    """What a style sheet prints after an element, or "none"."""
    return locator.evaluate("each => getComputedStyle(each, '::after').content")


def test_it_is_ink_on_white_whatever_the_screen_looks_like(page):
    colors = page.evaluate(
        "[getComputedStyle(document.body).color, getComputedStyle(document.documentElement).backgroundColor]"
    )
    assert colors == ["rgb(0, 0, 0)", "rgba(0, 0, 0, 0)"]
    for part in ("nav", ".promo", ".site-footer", ".search", ".about-page"):
        for each in page.locator(part).all():
            assert not each.is_visible(), part


def test_it_is_one_column_with_its_charts_whole(page):
    text, data, sources = (
        page.locator(part).bounding_box() for part in (".prose", ".live-data", ".sources")
    )
    assert text["x"] == data["x"] == sources["x"]
    assert text["y"] + text["height"] <= data["y"]
    for part in (".live", ".live .chart-box"):
        rule = page.locator(part).first.evaluate("each => getComputedStyle(each).breakInside")
        assert rule == "avoid", part


def test_it_says_where_it_is_from_and_when_it_was_reviewed(site, page):
    foot = page.locator(".printed")
    assert foot.is_visible()
    said = foot.inner_text()
    assert f"Printed from {site}/glossary/training-run/, reviewed " in said
    assert re.search(r"reviewed \w+ \d+, \d{4}\.", said)


def test_addresses_follow_links_that_lead_away_and_sources(site, page):
    term = make_term("Paper", explanation=f"See [here]({ADDRESS}) and [below](#sources).")
    make_citation(term, url=ADDRESS)
    page.goto(f"{site}/glossary/paper/")
    assert behind(page.get_by_role("link", name="here")) == f'" ({ADDRESS})"'
    assert behind(page.get_by_role("link", name="below")) == "none"
    assert behind(page.locator(".sources a")) == f'" ({ADDRESS})"'
    page.goto(f"{site}/glossary/training-run/")
    assert behind(links(page).first) == "none"


def test_it_becomes_a_pdf_of_a_few_pages(page):
    pdf = page.pdf(prefer_css_page_size=True)
    assert pdf.startswith(b"%PDF-")
    assert 1 <= len(re.findall(rb"/Type\s*/Page\b", pdf)) <= 4


def test_an_issue_fits_two_sheets_and_asks_for_nothing(site, page):
    page.goto(site + ISSUE)
    assert not page.locator(".lead-signup").is_visible()
    figure, text = (page.locator(f".with-chart > {part}").first for part in ("figure", ".means"))
    assert figure.bounding_box()["x"] < text.bounding_box()["x"]
    pdf = page.pdf(prefer_css_page_size=True)
    assert len(re.findall(rb"/Type\s*/Page\b", pdf)) <= 2
