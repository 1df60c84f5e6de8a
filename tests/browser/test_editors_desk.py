"""An editor finds what needs work, and sees a preview beside the form while typing."""

import re

import pytest
from playwright.sync_api import expect

from glossary.models import Term
from tests.browser.conftest import PASSWORD

TYPED = "A piece of text that a model reads as one."
SHOWN = ".page-preview iframe:not(.coming)"
POISON = (
    "<script>top.stolen = 1</script><img src=x onerror='top.stolen = 1'>"
    "<iframe srcdoc='<script>top.stolen = 1</script>'></iframe>"
)


def log_in(context, site):
    page = context.new_page()
    page.complaints = []
    page.on(
        "console", lambda said: page.complaints.append(said.text) if said.type == "error" else 0
    )
    page.on("pageerror", lambda error: page.complaints.append(str(error)))
    page.goto(f"{site}/admin/")
    page.get_by_label("Username").fill("edith")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    return page


@pytest.fixture
def page(chromium, site, editor):
    context = chromium.new_context(viewport={"width": 1280, "height": 900})
    yield log_in(context, site)
    context.close()


def form_of(slug):
    return f"/admin/glossary/term/{Term.objects.get(slug=slug).pk}/change/"


def test_a_count_on_the_front_page_leads_to_the_rows_it_counts(page):
    page.get_by_text("When there is time").click()
    page.get_by_role("link", name=re.compile("All [0-9]+ terms? without data")).click()
    counted = Term.objects.published().without_data().count()
    expect(page.locator(".paginator")).to_contain_text(f"{counted} term")
    assert page.complaints == []


def test_on_a_phone_the_rooms_are_one_row_at_the_open_one(site, page):
    page.set_viewport_size({"width": 360, "height": 800})
    page.goto(f"{site}/admin/glossary/source/")
    assert page.locator("#rooms").bounding_box()["height"] < 45
    expect(page.locator("#rooms [aria-current]")).to_be_in_viewport()
    assert page.locator("#content h1").bounding_box()["y"] < 120


@pytest.mark.parametrize("width", [360, 768, 1280, 1680])
def test_the_desk_stands_beside_its_rooms_where_there_is_room(page, width):
    page.set_viewport_size({"width": width, "height": 900})
    boxes = {
        name: page.locator(selector).bounding_box()
        for name, selector in (("rooms", "#rooms"), ("work", ".work"), ("panels", ".panels"))
    }
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    if width < 1100:
        assert boxes["rooms"]["width"] == width
        assert boxes["rooms"]["height"] < 90
        assert boxes["panels"]["y"] > boxes["work"]["y"] + boxes["work"]["height"]
    else:
        assert boxes["rooms"]["width"] == 200
        assert boxes["panels"]["y"] == boxes["work"]["y"]
        assert 1.9 < boxes["work"]["width"] / boxes["panels"]["width"] < 2.3


def test_each_list_of_a_room_is_two_presses_away_on_a_phone(page):
    page.set_viewport_size({"width": 360, "height": 780})
    categories = page.get_by_role("link", name="Categories")
    expect(categories).to_be_hidden()
    page.locator("#rooms").get_by_role("link", name="Terms").click()
    categories.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Categories")
    assert page.complaints == []


def test_a_token_is_copied_with_a_press(site, page):
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto(f"{site}/admin/glossary/term/tokens/?q=nvidia+revenue")
    page.get_by_role("button", name="Copy {{ nvidia-data-center-revenue }}").click()
    expect(page.locator(".tokens code + button").first).to_have_text("Copied")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied == "{{ nvidia-data-center-revenue }}"


def test_the_preview_follows_the_form_and_stays_where_it_was_scrolled(site, page):
    before = Term.objects.get(slug="token").definition
    page.goto(site + form_of("token"))
    frame = page.frame_locator(SHOWN)
    expect(frame.locator("h1")).to_have_text("Token")
    frame.locator("html").evaluate("() => scrollTo(0, 400)")
    page.get_by_label("Definition").fill(TYPED)
    expect(frame.locator(".lead")).to_have_text(TYPED)
    assert frame.locator("html").evaluate("() => scrollY") == 400
    page.get_by_label("Explanation").fill("It has *weight* and {{ nothing-such }}.")
    expect(frame.locator(".prose em")).to_have_text("weight")
    expect(frame.locator(".figure-problem")).to_contain_text("no series “nothing-such”")
    page.get_by_label("Headword").fill("Inference")
    expect(frame.locator(".notice")).to_contain_text("“Inference” is already a name of")
    assert Term.objects.get(slug="token").definition == before
    assert page.complaints == []


def test_leaving_with_unsaved_work_asks_first(site, page):
    asked = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    form, desk = site + form_of("token"), page.get_by_role("link", name="Home", exact=True)
    page.goto(form)
    expect(page.frame_locator(SHOWN).locator("h1")).to_have_text("Token")
    desk.click()
    page.goto(form)
    page.get_by_label("Definition").press_sequentially("More. ")
    expect(page.locator(".field-definition")).to_contain_text("of 300 characters")
    page.get_by_role("button", name="Save", exact=True).first.click()
    expect(page.locator(".messagelist")).to_contain_text("was changed successfully")
    assert asked == []
    page.goto(form)
    page.get_by_label("Definition").press_sequentially("Once more. ")
    desk.click()
    expect(page).to_have_url(f"{site}/admin/")
    assert asked == ["beforeunload"]
    assert page.complaints == []


def test_a_chosen_category_and_an_added_alias_show_at_once(site, page):
    page.goto(f"{site}/admin/glossary/term/add/")
    frame = page.frame_locator(SHOWN)
    expect(frame.locator("h1")).to_have_text("New term")
    page.locator(".field-category .select2-selection").click()
    page.locator(".select2-search__field").fill("Techniques")
    page.get_by_role("option", name="Techniques & Methods").click()
    expect(frame.locator(".breadcrumb")).to_contain_text("Techniques & Methods")
    page.get_by_text("Add another Alias").click()
    page.locator("#id_aliases-0-name").fill("subword")
    expect(frame.locator(".facts")).to_contain_text("subword")


def test_the_preview_is_drawn_as_wide_as_a_phone_or_a_desk(site, page):
    page.goto(site + form_of("token"))
    expect(page.frame_locator(SHOWN).locator("h1")).to_be_visible()
    assert page.frames[1].evaluate("innerWidth") == 390
    page.get_by_role("button", name="Desktop").click()
    expect(page.get_by_role("button", name="Desktop")).to_have_attribute("aria-pressed", "true")
    page.wait_for_function("document.querySelector('iframe').contentWindow.innerWidth === 1280")
    expect(page.locator(SHOWN)).to_be_visible()
    box = page.locator(SHOWN).bounding_box()
    assert box["x"] + box["width"] <= 1280


def test_the_preview_is_dark_where_admin_is(site, chromium, editor):
    context = chromium.new_context(color_scheme="dark")
    page = log_in(context, site)
    page.goto(site + form_of("token"))
    expect(page.frame_locator(SHOWN).locator("html")).to_have_css(
        "background-color", "rgb(18, 20, 22)"
    )
    context.close()


def test_nothing_typed_runs_and_no_link_leaves_the_frame(site, page):
    page.goto(f"{site}/admin/glossary/term/add/")
    frame = page.frame_locator(SHOWN)
    for label in ("Headword", "Definition", "Explanation"):
        page.get_by_label(label).fill(POISON)
    page.get_by_text("Add another Alias").click()
    page.locator("#id_aliases-0-name").fill(f"also {POISON}")
    page.get_by_text("Add another Citation").click()
    page.locator("#id_citations-0-publisher").fill(POISON)
    page.locator("#id_citations-0-title").fill(POISON)
    page.locator("#id_citations-0-url").fill("javascript:top.stolen=1")
    expect(frame.locator(".facts")).to_contain_text("<script>")
    expect(frame.locator(".notice")).to_contain_text("Address: Enter a valid URL")
    expect(frame.locator("main script, main iframe, main img")).to_have_count(0)
    with page.context.expect_page() as opened:
        frame.get_by_role("link", name="Glossary").first.click()
    expect(opened.value).to_have_url(f"{site}/glossary/")
    expect(frame.locator("h1")).to_contain_text("<script>")
    assert page.evaluate("window.stolen") is None
    assert page.complaints == []


def test_a_preview_that_fails_says_so_and_leaves_the_last_one(site, page):
    page.goto(site + form_of("token"))
    frame = page.frame_locator(SHOWN)
    expect(frame.locator("h1")).to_have_text("Token")
    page.context.clear_cookies()
    page.get_by_label("Headword").fill("Tokens")
    expect(page.get_by_role("status")).to_contain_text("you are logged out")
    expect(frame.locator("h1")).to_have_text("Token")
    expect(page.get_by_label("Headword")).to_have_value("Tokens")


def test_without_script_a_button_opens_the_page_in_a_tab(site, chromium, editor):
    context = chromium.new_context(java_script_enabled=False)
    page = log_in(context, site)
    page.goto(site + form_of("token"))
    expect(page.locator(SHOWN)).to_be_hidden()
    page.get_by_label("Definition").fill(TYPED)
    with context.expect_page() as opened:
        page.get_by_role("button", name="Open in a new tab").click()
    expect(opened.value.locator(".lead")).to_have_text(TYPED)
    expect(opened.value.locator(".notice")).to_contain_text("nothing of this is saved")
    context.close()


def test_on_a_phone_the_preview_stands_below_the_form(site, chromium, editor):
    context = chromium.new_context(viewport={"width": 390, "height": 844})
    page = log_in(context, site)
    page.goto(site + form_of("token"))
    expect(page.frame_locator(SHOWN).locator("h1")).to_have_text("Token")
    form, preview = page.locator(".submit-row"), page.locator(".page-preview")
    assert preview.bounding_box()["y"] > form.bounding_box()["y"]
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    context.close()
