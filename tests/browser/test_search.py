"""Search in a real browser: by keyboard alone, by touch alone, without script."""

from pathlib import Path

import pytest
from django.contrib.staticfiles.finders import find
from playwright.sync_api import expect

from tests.browser.test_accessibility import LOOKS, assert_sound


@pytest.fixture
def page(chromium):
    """A page with the site's own policy; violations fail the test."""
    context = chromium.new_context()
    page = context.new_page()
    complaints = []
    page.on("console", lambda said: complaints.append(said.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    yield page
    context.close()
    assert complaints == []


@pytest.fixture(params=LOOKS.values(), ids=LOOKS.keys())
def look(request, chromium):
    # axe is injected by the test, which the site's own policy would not allow.
    context = chromium.new_context(bypass_csp=True, **request.param)
    yield context.new_page()
    context.close()


def test_a_term_is_reached_from_the_header_by_keyboard_alone(site, page):
    page.goto(f"{site}/about/")
    field = page.get_by_role("combobox", name="Search")
    while not field.evaluate("field => field === document.activeElement"):
        page.keyboard.press("Tab")
    page.keyboard.type("pretr")
    expect(field).to_have_attribute("aria-expanded", "true")
    page.keyboard.press("ArrowDown")
    option = page.get_by_role("option", name="Pre-Training")
    expect(option).to_have_attribute("aria-selected", "true")
    expect(field).to_have_attribute("aria-activedescendant", option.get_attribute("id"))
    expect(field).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1, name="Pre-Training")).to_be_visible()


def test_letters_that_were_typed_before_the_script_came_count(site, page):
    waiting = []
    page.route("**/search*.js", lambda route: waiting.append(route))
    page.goto(f"{site}/search/", wait_until="commit")
    page.locator("main input[type=search]").press_sequentially("pretr")
    assert page.get_by_role("combobox").count() == 0
    waiting[0].continue_()
    expect(page.get_by_role("option", name="Pre-Training")).to_be_visible()


def test_keys_of_the_list_do_what_the_pattern_says(site, page):
    page.goto(f"{site}/search/")
    field, options = page.get_by_role("main").get_by_role("combobox"), page.get_by_role("option")
    field.focus()
    page.keyboard.type("training")
    expect(options.nth(1)).to_be_visible()
    page.keyboard.press("ArrowUp")
    expect(options.last).to_have_attribute("aria-selected", "true")
    page.keyboard.press("ArrowDown")
    expect(options.first).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Home")
    expect(page.locator("[aria-selected=true]")).to_have_count(0)
    page.keyboard.press("Escape")
    expect(page.get_by_role("listbox")).to_be_hidden()
    expect(field).to_have_value("training")
    expect(field).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("listbox")).to_be_visible()
    page.keyboard.press("Tab")
    expect(page.get_by_role("listbox")).to_be_hidden()
    field.focus()
    page.keyboard.press("Escape")
    expect(field).to_have_value("")


def test_enter_without_a_choice_sends_what_was_typed(site, page):
    page.goto(f"{site}/about/")
    page.get_by_role("combobox").fill("hallucinaton")
    expect(page.get_by_role("option")).to_have_count(1)
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{site}/search/?q=hallucinaton")
    page.get_by_role("main").get_by_role("link", name="Hallucination").click()
    expect(page.get_by_role("heading", level=1, name="Hallucination")).to_be_visible()


def test_what_is_there_is_said(site, page):
    page.goto(f"{site}/search/")
    page.get_by_role("main").get_by_role("combobox").fill("hallucinat")
    status = page.get_by_role("main").get_by_role("search").get_by_role("status")
    expect(status).to_have_text("1 suggestion")
    page.get_by_role("main").get_by_role("combobox").fill("xyzzyxyzzy")
    expect(status).to_have_text("No suggestions")


def test_an_answer_that_comes_late_is_dropped(site, page):
    held = []
    page.route(lambda url: url.endswith("q=halluc"), lambda route: held.append(route))
    page.goto(f"{site}/search/")
    field = page.get_by_role("main").get_by_role("combobox")
    with page.expect_request(lambda sent: sent.url.endswith("q=halluc")):
        field.fill("halluc")
    field.fill("pretrain")
    expect(page.get_by_role("option", name="Pre-Training")).to_be_visible()
    held[0].continue_()
    page.wait_for_load_state("networkidle")
    expect(page.get_by_role("option", name="Pre-Training")).to_be_visible()
    expect(page.get_by_role("option", name="Hallucination")).to_have_count(0)


def test_a_term_is_reached_by_touch_alone(site, chromium):
    context = chromium.new_context(has_touch=True, viewport={"width": 390, "height": 800})
    page = context.new_page()
    page.goto(f"{site}/about/")
    page.get_by_role("banner").get_by_role("link", name="Search").tap()
    page.get_by_role("main").get_by_role("combobox").tap()
    page.keyboard.type("halluc")
    page.get_by_role("option", name="Hallucination").tap()
    expect(page.get_by_role("heading", level=1, name="Hallucination")).to_be_visible()
    context.close()


def test_search_works_without_script(site, chromium):
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{site}/about/")
    page.get_by_role("searchbox", name="Search").fill("RLHF")
    page.keyboard.press("Enter")
    page.get_by_role("main").get_by_role("link", name="Reinforcement Learning").first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Reinforcement Learning")
    page.goto(f"{site}/glossary/")
    page.get_by_role("main").get_by_role("searchbox").fill("chips")
    page.get_by_role("button", name="Search").click()
    expect(page).to_have_url(f"{site}/search/?q=chips")
    expect(page.locator("mark").first).to_be_visible()
    context.close()


def test_the_page_with_its_list_open_is_sound(site, look):
    look.goto(f"{site}/search/?q=training")
    assert_sound(look)
    look.get_by_role("main").get_by_role("combobox").fill("trainin")
    expect(look.get_by_role("option").first).to_be_visible()
    look.get_by_role("main").get_by_role("combobox").press("ArrowDown")
    assert_sound(look)


def test_the_script_of_search_stays_small():
    assert Path(find("js/search.js")).stat().st_size < 5_000
