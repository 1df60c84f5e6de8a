"""Previews of terms in a real browser: by pointer, by keyboard, by touch, switched off."""

import gzip
from pathlib import Path

import pytest
from django.contrib.staticfiles.finders import find
from playwright.sync_api import expect

from tests.browser.test_accessibility import LOOKS, assert_sound

PATH = "/glossary/training-run/"


def opened(context, site, path=PATH):
    """Open a page; count requests for previews, and fail on any error."""
    page = context.new_page()
    page.asked, page.complaints = [], []
    page.on("request", lambda request: "/card/" in request.url and page.asked.append(request.url))
    page.on("console", lambda said: page.complaints.append(said.text))
    page.on("pageerror", lambda error: page.complaints.append(str(error)))
    page.goto(site + path)
    return page


@pytest.fixture
def page(site, chromium):
    context = chromium.new_context(viewport={"width": 1280, "height": 900})
    page = opened(context, site)
    yield page
    context.close()
    assert page.complaints == []


@pytest.fixture(params=LOOKS.values(), ids=LOOKS.keys())
def look(request, site, chromium):
    # axe is injected by the test, which the site's own policy would not allow.
    context = chromium.new_context(bypass_csp=True, **request.param)
    yield opened(context, site)
    context.close()


def links(page):
    return page.locator(".prose a.term")


def card(page):
    return page.get_by_role("group", name="Preview")


def tab_to(page, target):
    for _ in range(40):
        page.keyboard.press("Tab")
        if target.evaluate("each => each === document.activeElement"):
            return
    raise AssertionError("The keyboard does not reach it.")


def test_the_pointer_opens_it_may_move_onto_it_and_closes_it(page):
    link = links(page).first
    link.hover()
    expect(card(page)).to_contain_text("Turn previews off")
    expect(link).to_have_attribute("aria-describedby", "preview-says")
    card(page).hover()
    page.wait_for_timeout(400)
    expect(card(page)).to_be_visible()
    page.get_by_role("heading", level=1).hover()
    expect(card(page)).to_have_count(0)
    link.hover()
    expect(card(page)).to_be_visible()
    assert len(page.asked) == 1


def test_a_pointer_that_passes_by_asks_for_nothing(page):
    links(page).first.hover()
    page.get_by_role("heading", level=1).hover()
    page.wait_for_timeout(700)
    assert page.asked == []
    expect(card(page)).to_have_count(0)


def test_it_stands_beside_its_link_never_on_it_within_the_text(page):
    for link in links(page).all():
        link.hover()
        expect(card(page)).to_have_count(1)
        expect(link).to_have_attribute("aria-describedby", "preview-says")
        text, shown, own = (
            each.bounding_box() for each in (page.locator(".prose").first, card(page), link)
        )
        assert shown["y"] >= own["y"] + own["height"] or shown["y"] + shown["height"] <= own["y"]
        assert text["x"] <= shown["x"]
        assert shown["x"] + shown["width"] <= text["x"] + text["width"] + 0.5


def test_by_keyboard_alone_it_opens_and_is_dismissed(site, page):
    link = links(page).first
    tab_to(page, link)
    expect(card(page)).to_be_visible()
    page.keyboard.press("Escape")
    expect(card(page)).to_have_count(0)
    expect(link).to_be_focused()
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Tab")
    expect(card(page)).to_be_visible()
    page.keyboard.press("Tab")
    off = page.get_by_role("button", name="Turn previews off")
    expect(off).to_be_focused()
    page.keyboard.press("Escape")
    expect(link).to_be_focused()
    page.wait_for_timeout(700)
    expect(card(page)).to_have_count(0)
    address = link.get_attribute("href")
    page.keyboard.press("Enter")
    expect(page).to_have_url(site + address)


def test_switched_off_it_stays_off_and_there_is_a_way_back(page):
    links(page).first.hover()
    page.get_by_role("button", name="Turn previews off").click()
    expect(card(page)).to_have_count(0)
    expect(page.get_by_text("Previews of terms are off.")).to_be_visible()
    page.reload()
    page.get_by_role("heading", level=1).hover()
    links(page).first.hover()
    page.wait_for_timeout(700)
    assert len(page.asked) == 1
    tab_to(page, page.get_by_role("button", name="Turn previews on"))
    page.keyboard.press("Enter")
    expect(page.get_by_text("Previews of terms are on.")).to_be_focused()
    links(page).last.hover()
    expect(card(page)).to_be_visible()
    assert page.context.cookies() == []


def test_touch_follows_the_link_and_asks_for_no_preview(site, chromium):
    context = chromium.new_context(has_touch=True, viewport={"width": 390, "height": 800})
    page = opened(context, site)
    address = links(page).first.get_attribute("href")
    links(page).first.tap()
    expect(page).to_have_url(site + address)
    assert page.asked == []
    context.close()


def test_without_script_links_are_links(site, chromium):
    context = chromium.new_context(java_script_enabled=False)
    page = opened(context, site)
    address = links(page).first.get_attribute("href")
    links(page).first.click()
    expect(page).to_have_url(site + address)
    context.close()


@pytest.mark.parametrize("failure", ["offline", "error"])
def test_where_nothing_answers_nothing_appears(site, chromium, failure):
    context = chromium.new_context()
    page = opened(context, site)
    context.route(
        "**/card/", lambda r: r.abort() if failure == "offline" else r.fulfill(status=500)
    )
    links(page).first.hover()
    page.wait_for_timeout(700)
    assert len(page.asked) == 1
    expect(card(page)).to_have_count(0)
    context.close()


def test_an_answer_that_comes_after_the_pointer_left_is_not_shown(page):
    held = []
    page.route("**/card/", lambda route: held.append(route))
    with page.expect_request("**/card/"):
        links(page).first.hover()
    page.get_by_role("heading", level=1).hover()
    page.wait_for_timeout(400)
    held[0].continue_()
    page.wait_for_load_state("networkidle")
    expect(card(page)).to_have_count(0)


def test_the_page_with_a_card_open_is_sound(look):
    links(look).first.hover()
    expect(card(look)).to_be_visible()
    assert_sound(look)
    look.get_by_role("button", name="Turn previews off").click()
    look.get_by_text("Cite this").click()
    assert_sound(look)


def test_a_magnified_phone_shows_the_whole_card(site, chromium):
    """320 by 256 CSS pixels: a screen of 1280 by 1024 at 400 %."""
    context = chromium.new_context(viewport={"width": 320, "height": 256})
    page = opened(context, site)
    link = links(page).first
    link.hover()
    expect(card(page)).to_be_visible()
    shown = card(page).bounding_box()
    assert shown["x"] >= 0
    assert shown["x"] + shown["width"] <= 320
    page.get_by_role("button", name="Turn previews off").scroll_into_view_if_needed()
    expect(page.get_by_role("button", name="Turn previews off")).to_be_in_viewport()
    context.close()


def test_the_script_stays_small():
    assert len(gzip.compress(Path(find("js/previews.js")).read_bytes())) < 2_000
