"""Where the newsletter's form and figures are on screens of a phone and a desk."""

import pytest

from newsletter.models import Issue


@pytest.fixture
def page(chromium):
    context = chromium.new_context(viewport={"width": 360, "height": 780})
    yield context.new_page()
    context.close()


def test_a_phone_shows_the_form_of_the_newsletter_on_its_first_screen(site, page):
    page.goto(f"{site}/newsletter/")
    button = page.get_by_role("button", name="Subscribe").bounding_box()
    assert button["y"] + button["height"] < 640


def test_a_desk_shows_the_form_beside_the_lead(site, page):
    page.set_viewport_size({"width": 1280, "height": 800})
    page.goto(f"{site}/newsletter/")
    field, lead = (page.locator(each).bounding_box() for each in ("#lead-email", ".lead"))
    assert field["x"] > lead["x"] + lead["width"]
    assert field["y"] < lead["y"] + lead["height"]


def test_an_issue_is_short_enough_for_a_phone_and_its_figures_are_in_proportion(site, page):
    """Only a data point's own figure is large; a figure in its comment has the size of the text."""
    for issue in Issue.objects.samples():
        page.goto(site + issue.get_absolute_url())
        assert page.evaluate("document.documentElement.scrollHeight") < 4_500
        sizes = page.locator(".prose .figure").evaluate_all(
            "all => all.map(each => [each, each.closest('p')].map(it => getComputedStyle(it).fontSize))"
        )
        assert all(own == around for own, around in sizes)
        assert page.locator(".reading .figure").count() == 3


def test_the_script_tells_a_mistyped_address_right_above_its_field(site, page):
    page.goto(f"{site}/newsletter/")
    page.locator("#lead-email").fill("reader@nowhere")
    page.get_by_role("button", name="Subscribe").click()
    told = page.get_by_text("No mail can reach this address.")
    told.wait_for()
    above, field = told.bounding_box(), page.locator("#lead-email").bounding_box()
    assert 0 <= field["y"] - (above["y"] + above["height"]) < 20
