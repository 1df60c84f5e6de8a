"""A reader's path from the front page to leaving, with and without scripts."""

import re
from pathlib import Path

import pytest
from django.contrib.staticfiles.finders import find
from playwright.sync_api import expect

from newsletter.models import Subscription
from tests.browser.conftest import link_in_last_mail


@pytest.fixture(params=[True, False], ids=["with script", "without script"])
def page(request, chromium):
    context = chromium.new_context(java_script_enabled=request.param)
    page = context.new_page()
    page.foreign = []
    page.on("request", lambda sent: page.foreign.append(sent.url))
    yield page
    context.close()


def test_a_reader_finds_a_term_subscribes_confirms_and_leaves(site, page):
    page.goto(site)
    page.get_by_role("navigation", name="Main").get_by_role("link", name="Glossary").click()
    expect(page.get_by_role("heading", level=1)).to_be_visible()

    page.get_by_role("main").get_by_role("link", name="Pre-Training", exact=True).click()
    expect(page.get_by_role("heading", level=1, name="Pre-Training")).to_be_visible()
    related = page.get_by_role("region", name="Related Terms")
    related.get_by_role("link", name="Fine-Tuning").first.click()
    expect(page.get_by_role("heading", level=1, name="Fine-Tuning")).to_be_visible()

    page.get_by_label("mail").fill("reader@example.org")
    page.get_by_role("button", name="Subscribe").click()
    expect(page.get_by_text("a message with a button is on its way")).to_be_visible()

    page.goto(link_in_last_mail("/confirm/"))
    page.get_by_role("button", name="Confirm my subscription").click()
    expect(page.get_by_role("heading", name="You are subscribed")).to_be_visible()
    assert Subscription.objects.get().status == "active"

    page.get_by_role("link", name="unsubscribe").first.click()
    page.get_by_role("button", name="Unsubscribe").click()
    expect(page.get_by_role("heading", name="You are unsubscribed")).to_be_visible()
    assert Subscription.objects.get().status == "unsubscribed"

    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("heading", name="You are still subscribed")).to_be_visible()
    assert Subscription.objects.get().status == "active"

    assert page.context.cookies() == []
    assert [url for url in page.foreign if not url.startswith(site)] == []


def test_a_mistyped_address_is_told_beside_the_field_and_kept(site, page):
    page.goto(f"{site}/newsletter/subscribe/")
    form = page.get_by_role("main")
    form.get_by_label("mail").fill("reader@nowhere..example")
    form.get_by_role("button", name="Subscribe").click()
    expect(form.get_by_label("mail")).to_have_value("reader@nowhere..example")
    expect(form.get_by_text("No mail can reach this address.")).to_be_visible()


def test_a_mistyped_address_in_the_promo_is_told_at_the_field(site, page):
    page.goto(f"{site}/about/")
    page.get_by_label("mail").fill("reader@nowhere")
    page.get_by_role("button", name="Subscribe").click()
    expect(page.get_by_text("No mail can reach this address.")).to_have_class("field-error")
    field = page.get_by_label("mail")
    expect(field).to_have_value("reader@nowhere")
    expect(field).to_have_attribute("aria-invalid", "true")
    described_by = page.locator(f"#{field.get_attribute('aria-describedby')}")
    expect(described_by).to_have_text(re.compile("^No mail can reach this address"))


def test_the_script_of_the_form_stays_small():
    assert Path(find("js/signup.js")).stat().st_size < 1500


def test_an_unknown_term_offers_near_ones(site, page):
    page.goto(f"{site}/glossary/halucinaton/")
    page.get_by_role("main").get_by_role("link", name="Hallucination").click()
    expect(page.get_by_role("heading", level=1, name="Hallucination")).to_be_visible()
