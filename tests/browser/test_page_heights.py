"""How tall the long pages are with the starter content, in pixels; a phone is 360 wide."""

import pytest

from glossary.models import Term

LIMITS = [
    # (page, width, most pixels)
    ("/", 360, 3_000),
    ("/glossary/", 360, 6_000),
    ("/glossary/", 768, 9_900),
    ("/glossary/", 1280, 9_500),
    ("/glossary/letter/a/", 1280, 2_500),
    ("/data/", 360, 4_600),
    ("/data/", 768, 5_700),
    ("/data/", 1280, 5_400),
    ("/data/nvidia-compute-shipped/", 360, 4_300),
    ("/data/nvidia-compute-shipped/", 1280, 3_200),
    ("/data/calendar/", 360, 8_400),
    ("/search/?q=compute", 360, 4_000),
    ("/search/?q=compute", 1280, 3_200),
    ("/search/?q=xyzzy", 360, 1_800),
]


@pytest.fixture
def page(chromium):
    context = chromium.new_context()
    yield context.new_page()
    context.close()


def height(page, width):
    page.set_viewport_size({"width": width, "height": 800})
    return page.evaluate("document.documentElement.scrollHeight")


def test_no_page_is_taller_than_its_limit(site, page):
    tall = []
    for path, width, most in LIMITS:
        height(page, width)  # before the page: js/folds.js asks how wide it is
        assert page.goto(site + path).ok
        if (measured := height(page, width)) > most:
            tall.append(f"{path} at {width}: {measured} px, may have {most}")
    assert tall == []


def test_a_chart_starts_on_the_first_screen_of_a_phone(site, page):
    height(page, 360)
    for slug in ("nvidia-compute-shipped", "us-firms-using-ai", "training-compute-record"):
        assert page.goto(f"{site}/data/{slug}/").ok
        assert page.locator(".chart-figure").bounding_box()["y"] < 420, slug


def test_the_rows_of_series_break_no_name_and_stay_in_their_columns(site, page):
    for width in (360, 768, 1280):
        height(page, width)
        assert page.goto(f"{site}/data/").ok
        names = page.locator(".series-rows h3")
        assert names.count() > 50
        assert names.evaluate_all(BROKEN) == [], width
        assert page.locator(".series-rows p").evaluate_all(WIDER) == [], width


# Names that are wider where no word may be broken.
BROKEN = """all => all.filter((each) => {
  each.style.overflowWrap = "normal";
  return each.scrollWidth > each.clientWidth;
}).map((each) => each.textContent)"""
WIDER = """all => all.filter((each) => each.scrollWidth > each.clientWidth)
  .map((each) => each.textContent)"""


def test_the_index_shows_every_headword_on_a_phone(site, page):
    """Short is not enough: a reader looks for a word on the page."""
    assert page.goto(f"{site}/glossary/").ok
    height(page, 360)
    headwords = page.locator(".entries a")
    assert headwords.count() == 152
    assert headwords.evaluate_all("all => all.every((each) => each.offsetHeight > 20)")
    assert page.locator(".jump a").count() == 8


def test_a_search_shows_twenty_results_and_leads_to_the_rest(site, page):
    assert page.goto(f"{site}/search/?q=compute").ok
    assert page.locator(".results > li").count() == 20
    page.get_by_role("link", name="More results").click()
    page.wait_for_url("**/search/?q=compute&page=2")
    assert page.locator(".results > li").count() == 20
    assert page.locator(".results").get_attribute("start") == "21"


def test_no_starter_term_is_taller_than_five_screens_of_a_phone(site, page):
    page.set_viewport_size({"width": 360, "height": 800})
    slugs = list(Term.objects.published().values_list("slug", flat=True))
    tall = [
        slug
        for slug in slugs
        if not page.goto(f"{site}/glossary/{slug}/").ok or height(page, 360) > 4_500
    ]
    assert (len(slugs), tall) == (152, [])


@pytest.mark.parametrize(
    ("width", "seen", "most"),
    [
        (1280, ".point.first .chart", 700),
        (360, ".point.first .figure", 780),
        (360, ".point.first .chart", 780),
    ],
)
def test_the_front_page_opens_with_a_figure_and_its_chart(site, page, width, seen, most):
    assert page.goto(f"{site}/").ok
    height(page, width)
    assert page.locator(seen).bounding_box()["y"] < most


# From the lowest line of a chart to the source below it.
BELOW_CHART = """figure => figure.nextElementSibling.getBoundingClientRect().top - Math.max(
  ...[...figure.querySelectorAll("text")].map((each) => each.getBoundingClientRect().bottom))"""


def test_the_source_follows_the_front_pages_first_chart(site, page):
    for width in (360, 768, 1024, 1280, 1680):
        height(page, width)
        assert page.goto(f"{site}/").ok
        for tall in ("auto", "1200px"):  # as long headlines beside it make it
            page.locator(".side").evaluate("(side, tall) => { side.style.minHeight = tall; }", tall)
            gap = page.locator(".point.first .chart-box").evaluate(BELOW_CHART)
            assert 0 < gap < 24, (width, tall)
