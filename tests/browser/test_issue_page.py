"""An issue in a browser: its large figures, and the small ones in its texts."""

import pytest


@pytest.fixture
def page(site, chromium):
    page = chromium.new_page(viewport={"width": 1280, "height": 900})
    page.goto(f"{site}/newsletter/")
    page.locator("main a[href*='/newsletter/sample-']").first.click()
    yield page
    page.close()


def test_a_number_in_a_text_is_as_large_as_the_text(page):
    figures = page.locator(".prose .figure")
    assert figures.count() > 0
    for figure in figures.all():
        of_text = "each => getComputedStyle(each.closest('p')).fontSize"
        assert figure.evaluate("each => getComputedStyle(each).fontSize") == figure.evaluate(
            of_text
        )
