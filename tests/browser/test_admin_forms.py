"""The forms of terms, series and issues: the order of rows, the panel beside them, the bar at the foot."""

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import expect

from glossary.models import Series, Term
from newsletter.issues.composing import proposals, recurrence
from newsletter.models import Issue
from tests.bystanders import unchanged


def opened(chromium, site, client, **context):
    client.force_login(User.objects.create_superuser("ada"))
    context = chromium.new_context(viewport={"width": 1280, "height": 900}, **context)
    cookie = {"name": "sessionid", "value": client.cookies["sessionid"].value, "url": site}
    context.add_cookies([cookie])
    return context.new_page()


@pytest.fixture
def page(chromium, site, client):
    page = opened(chromium, site, client)
    page.complaints = []
    page.on("pageerror", lambda error: page.complaints.append(str(error)))
    yield page
    assert page.complaints == []
    page.context.close()


@pytest.fixture
def term(site):
    return Term.objects.get(slug="hallucination")


def form_of(site, term):
    return f"{site}/admin/glossary/term/{term.pk}/change/"


def unfold(page, part):
    page.locator("summary", has_text=part).click()


def related(term):
    return [str(relation.to_term) for relation in term.relations.all()]


def save(page):
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator(".messagelist")).to_contain_text("was changed successfully")


def test_buttons_put_rows_in_order_and_a_new_row_among_them(site, page, term):
    first, second, *others = related(term)
    other = Term.objects.get(slug="inference")
    page.goto(form_of(site, term))
    unfold(page, "Related terms")
    expect(page.locator("#relations-0")).to_be_visible()
    expect(page.locator("#id_relations-0-position")).to_be_hidden()
    page.get_by_role("button", name=f"Move down: {term} → {first}").click()
    expect(page.locator("body > [aria-live]")).to_have_text(
        f"Moved to place 2 of {len(others) + 3}"
    )
    empty = page.locator("#relations-group .inline-related:not(.has_original, .empty-form)")
    empty.locator(".select2-selection").click()
    page.locator(".select2-search__field").fill(str(other))
    page.get_by_role("option", name=str(other), exact=True).click()
    empty.get_by_role("button", name="Move up").click()
    with unchanged(other):
        save(page)
    assert related(term) == [second, first, *others[:-1], str(other), others[-1]]


def test_a_removed_row_leaves_the_others_in_their_order(site, page, term):
    before = related(term)
    page.goto(form_of(site, term))
    unfold(page, "Related terms")
    rows = page.locator("#relations-group .inline-related:not(.empty-form)")
    rows.last.get_by_role("button", name="Move up").click()
    page.get_by_text("Add another Relation").click()
    rows.nth(len(before) - 1).locator(".inline-deletelink").click()
    page.locator("#relations-group .moves button").first.click()  # nothing: it is first
    save(page)
    assert related(term) == before


def test_a_stored_term_shows_its_text_first_and_what_the_folded_parts_hold(site, page, term):
    page.set_viewport_size({"width": 1280, "height": 900})
    page.goto(form_of(site, term))
    expect(page.get_by_label("Explanation")).to_be_in_viewport()
    first, *others = related(term)
    relations = page.locator("summary", has_text="Related terms")
    expect(relations).to_contain_text(f"{len(others) + 1}: {first}, ")
    expect(page.locator("summary", has_text="State")).to_contain_text("Published")
    expect(page.locator("summary", has_text="Review Reviewed")).to_contain_text(
        "by our editorial office"
    )
    expect(page.locator("summary", has_text="Address")).to_contain_text(term.get_absolute_url())
    expect(page.locator("#id_slug")).to_be_hidden()
    assert page.evaluate("document.documentElement.scrollHeight") < 2_000


def test_an_error_is_never_folded(site, page, term):
    page.goto(form_of(site, term))
    unfold(page, "State")
    page.locator("#id_publish_at_0").fill("not a day")
    unfold(page, "Sources")
    page.locator("#id_citations-0-title").fill("")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator("#id_publish_at_0")).to_be_visible()
    expect(page.locator("#id_citations-0-title")).to_be_visible()


# Fields of one line that do not fill their column, or do not begin where the one beside them does.
LOOSE = """() => [...document.querySelectorAll("#content .form-multiline:not(.rows *)")].filter((line) => {
    const boxes = [...line.querySelectorAll(":scope > .fieldBox")];
    const fields = boxes.map((box) => box.querySelector(FIELD));
    const places = fields.map((field) => field?.getBoundingClientRect());
    const inColumns = new Set(boxes.map((box) => box.getBoundingClientRect().top)).size === 1;
    return line.checkVisibility() && fields.every(Boolean) && (
        (inColumns && new Set(places.map((place) => Math.round(place.top))).size > 1) ||
        boxes.some((box, at) => places[at].width < box.clientWidth * 0.7));
}).map((line) => line.className)""".replace(
    "FIELD", "'input, .select2-container, select:not([aria-hidden])'"
)


@pytest.mark.parametrize("width", [768, 1280, 1680])
def test_a_stored_series_shows_what_changes_most_and_fields_fill_their_columns(site, page, width):
    series = Series.objects.get(slug="h100-rental-price")
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(f"{site}/admin/glossary/series/{series.pk}/change/")
    for label in ("Title", "Description", "Chart title", "Chart form"):
        expect(page.get_by_label(f"{label}:", exact=True)).to_be_visible()
    expect(page.get_by_text("Files are imported by hand.")).to_be_visible()
    assert page.locator("#series_form").bounding_box()["height"] < 1_200
    chart = page.frame_locator(".chart-now iframe").get_by_role("heading", level=1)
    expect(chart).to_contain_text("H100 rental prices fell")
    for part in page.locator("#content summary").all():
        part.click()
    expect(page.locator("#id_notes")).to_be_visible()
    expect(page.locator("#releases-group table")).to_be_visible()
    assert page.evaluate(LOOSE) == []


def test_the_headword_is_in_line_with_its_category(site, page, term):
    page.goto(form_of(site, term))
    assert page.evaluate(LOOSE) == []


def test_a_link_to_the_steps_unfolds_them(site, page):
    series = Series.objects.get(slug="h100-rental-price")
    page.goto(f"{site}/admin/glossary/series/{series.pk}/change/#id_steps")
    expect(page.locator("#id_steps")).to_be_in_viewport()
    expect(page.locator("#id_notes")).to_be_hidden()


# What the filled buttons say, once their colors no longer change.
FILLED = """async () => {
    const filled = document.createElement("p");
    filled.style.background = "var(--default-button-bg)";
    document.querySelector("#content").append(filled);
    await Promise.all(document.getAnimations().map((each) => each.finished));
    const color = getComputedStyle(filled).backgroundColor;
    filled.remove();
    return [...document.querySelectorAll("#content :is(.button, [type=submit])")]
        .filter((each) => each.checkVisibility() && getComputedStyle(each).backgroundColor === color)
        .map((each) => each.value || each.textContent);
}"""


def opened_draft(site, page, issue):
    page.goto(f"{site}/admin/newsletter/issue/{issue.pk}/change/")


def test_the_form_of_a_draft_fills_one_button(site, page):
    recurrence.make_drafts()
    issue = Issue.objects.get(status="draft")
    proposals.fill_draft(issue)
    opened_draft(site, page, issue)
    assert page.evaluate(FILLED) == ["Go to what is empty"]
    issue.data_points.update(comment="It matters.")
    opened_draft(site, page, issue)
    assert page.evaluate(FILLED) == ["Send a test mail"]
    page.get_by_label("Preheader").fill("Not saved yet")
    assert page.evaluate(FILLED) == ["Save"]


SAYS_EMPTY = """() => [...document.querySelectorAll(".has_original .field-comment label")]
    .map((label) => getComputedStyle(label, "::after").content.includes("still empty"))"""


def test_each_data_point_is_named_by_its_series_and_says_which_comment_is_empty(site, page):
    recurrence.make_drafts()
    issue = Issue.objects.get(status="draft")
    first, *_ = proposals.fill_draft(issue)
    opened_draft(site, page, issue)
    expect(page.get_by_role("heading", name=f"1 of 3 · {first.series}")).to_be_visible()
    assert page.evaluate(SAYS_EMPTY) == [True, True, True]
    page.locator("#id_data_points-1-comment").fill("It matters.")
    assert page.evaluate(SAYS_EMPTY) == [True, False, True]
    page.get_by_role("button", name="Move down: 1 of 3").click()
    expect(page.get_by_role("heading", name=f"2 of 3 · {first.series}")).to_be_visible()


@pytest.mark.parametrize("width", [360, 1280])
def test_a_draft_is_previewed_as_a_mail_that_can_be_read(site, page, width):
    recurrence.make_drafts()
    page.set_viewport_size({"width": width, "height": 900})
    opened_draft(site, page, Issue.objects.get(status="draft"))
    expect(page.get_by_role("button", name="Mail, narrow")).to_have_attribute(
        "aria-pressed", "true"
    )
    scale = "getComputedStyle(document.querySelector('.stage')).getPropertyValue('--scale')"
    assert float(page.evaluate(scale)) > 0.9
    page.get_by_role("button", name="Mail", exact=True).click()
    assert float(page.evaluate(scale)) < 0.7


def test_without_script_numbers_put_rows_in_order(chromium, site, client, term):
    first, *others = related(term)
    page = opened(chromium, site, client, java_script_enabled=False)
    page.goto(form_of(site, term))
    unfold(page, "Related terms")
    page.locator("#id_relations-0-position").fill("")
    save(page)
    assert related(term) == [*others, first]
    page.context.close()


def test_the_panel_finds_a_series_and_inserts_it_where_the_text_was_left(site, page, term):
    page.goto(form_of(site, term))
    expect(page.locator("[data-time]")).to_contain_text("words, 1 minute to read")
    text = page.get_by_label("Explanation")
    text.fill("It costs . Much.")
    text.evaluate("text => text.setSelectionRange(9, 9)")
    page.get_by_role("link", name="How to write them").click()
    page.get_by_label("Search series and terms").fill("nvidia revenue")
    page.get_by_role("button", name="Insert {{ nvidia-revenue }}").click()
    expect(text).to_have_value("It costs {{ nvidia-revenue }}. Much.")
    page.keyboard.press("Control+z")
    expect(text).to_have_value("It costs . Much.")
    page.get_by_label("Terms", exact=True).check()
    page.get_by_label("Search series and terms").fill("foundation mo")
    page.get_by_role("button", name="Insert [[Foundation Model]]").click()
    expect(text).to_have_value("It costs [[Foundation Model]]. Much.")


def test_the_panel_opens_a_page_of_its_own_without_script(chromium, site, client, term):
    page = opened(chromium, site, client, java_script_enabled=False)
    page.goto(form_of(site, term))
    page.get_by_text("Series, terms and tokens to copy").click()
    page.get_by_label("Search series and terms").fill("nvidia revenue")
    with page.context.expect_page() as listed:
        page.get_by_role("button", name="Find").click()
    expect(listed.value.get_by_text("{{ nvidia-revenue }}")).to_be_visible()
    page.context.close()


@pytest.mark.parametrize("width", [390, 1280])
def test_no_field_with_the_focus_lies_under_the_bar(site, page, term, width):
    page.set_viewport_size({"width": width, "height": 700})
    page.goto(form_of(site, term))
    hidden = page.evaluate(
        """() => [...document.querySelectorAll("#term_form :is(input, select, textarea, button, a)")]
        .filter((field) => field.checkVisibility() && !field.closest(".submit-row"))
        .filter((field) => {
            scrollTo(0, 0);
            field.focus();
            const bar = document.querySelector(".submit-row").getBoundingClientRect();
            return field.getBoundingClientRect().top > bar.top - 1;
        }).map((field) => field.id || field.outerHTML)"""
    )
    assert hidden == []
