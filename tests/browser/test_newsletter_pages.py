"""Where the newsletter's form and figures are on screens of a phone and a desk."""

import pytest
from playwright.sync_api import expect

from newsletter.mailing.signed_links import leave_link
from newsletter.models import Issue, Subscription
from tests.browser.conftest import link_in_last_mail
from tests.builders import make_newsletter


@pytest.fixture
def page(chromium):
    context = chromium.new_context(viewport={"width": 360, "height": 780})
    yield context.new_page()
    context.close()


def test_a_phone_shows_the_form_of_the_newsletter_on_its_first_screen(site, page):
    page.goto(f"{site}/newsletter/")
    button = page.get_by_role("button", name="Subscribe").bounding_box()
    assert button["y"] + button["height"] < 640


def test_a_desk_shows_the_form_beside_the_promise(site, page):
    page.set_viewport_size({"width": 1280, "height": 800})
    page.goto(f"{site}/newsletter/")
    field, promise = (page.locator(each).bounding_box() for each in ("#lead-email", "h1"))
    assert field["x"] > promise["x"] + promise["width"]
    assert field["y"] < promise["y"] + promise["height"]


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


@pytest.fixture(params=[True, False], ids=["with script", "without script"])
def reader(request, chromium):
    context = chromium.new_context(
        java_script_enabled=request.param, viewport={"width": 360, "height": 780}
    )
    yield context.new_page()
    context.close()


def press(page, name):
    page.get_by_role("main").get_by_role("button", name=name).click()


def test_a_reader_chooses_two_newsletters_and_switches_them_off_and_on(site, reader):
    letter = make_newsletter("Data Letter", promise="One series.", frequency_text="every Monday")
    reader.goto(f"{site}/newsletter/subscribe/")
    form = reader.get_by_role("main")
    expect(form.get_by_label("AI Economy Pulse")).to_be_checked()
    form.get_by_label("Data Letter").check()
    form.get_by_label("mail").fill("reader@example.org")
    press(reader, "Subscribe")
    reader.goto(link_in_last_mail("/confirm/"))
    expect(form.get_by_text("AI Economy Pulse and Data Letter for r•••@•••.org.")).to_be_visible()
    press(reader, "Confirm my subscriptions")
    expect(form.get_by_text("Data Letter goes to")).to_be_visible()

    form.get_by_role("link", name="set your preferences").click()
    press(reader, "Unsubscribe from Data Letter")
    expect(form.get_by_text("You get no more mail from that newsletter.")).to_be_visible()
    press(reader, "Undo and get Data Letter again")
    expect(form.get_by_text("You get that newsletter again.")).to_be_visible()

    own = Subscription.objects.get(newsletter__is_default=True)
    reader.goto(f"{site}/u/{leave_link(own.pk)}")
    reader.get_by_role("main").get_by_role("button", name="Unsubscribe", exact=True).click()
    expect(form.get_by_role("heading", name="Our other newsletter")).to_be_visible()
    press(reader, "Something else")
    form.get_by_label("In your own words").fill("Too long.")
    press(reader, "Send")
    expect(form.get_by_text("Thank you for telling us why.")).to_be_visible()
    left, stays = own.subscriber.subscriptions.order_by("-newsletter__is_default")
    assert (left.status, left.leaving_reason, left.leaving_words) == (
        "unsubscribed", "else", "Too long.",
    )  # fmt: skip
    assert (stays.status, stays.newsletter) == ("active", letter)
