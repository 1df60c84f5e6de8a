"""An editor writes, publishes and renames a term; the old address leads on."""

import pytest
from playwright.sync_api import expect

from glossary.models import Term
from tests.browser.conftest import PASSWORD


@pytest.fixture
def page(chromium, site, editor):
    context = chromium.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.complaints = []
    page.on(
        "console", lambda said: page.complaints.append(said.text) if said.type == "error" else 0
    )
    page.goto(f"{site}/admin/")
    page.get_by_label("Username").fill("edith")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    yield page
    context.close()


def test_a_term_is_drafted_published_and_renamed(site, page):
    page.goto(f"{site}/admin/glossary/term/add/")
    page.get_by_label("Headword").press_sequentially("Loss Garden")
    page.locator(".field-category .select2-selection").click()
    page.locator(".select2-search__field").fill("Techniques")
    page.get_by_role("option", name="Techniques & Methods").click()
    page.get_by_label("Definition").fill(
        "A model of how a setting changes when something acts in it."
    )
    page.get_by_label("Explanation").fill("It **predicts** what comes next.")
    page.get_by_role("button", name="Save and continue editing").first.click()
    expect(page.get_by_text("was added successfully")).to_be_visible()
    assert Term.objects.get(slug="loss-garden").status == "draft"

    page.goto(f"{site}/glossary/loss-garden/")
    expect(page.get_by_text("Draft. Only editors see this page.")).to_be_visible()
    page.get_by_role("link", name="Edit it").click()

    page.get_by_role("button", name="Save and publish").click()
    expect(page.get_by_text("Published at")).to_be_visible()
    page.goto(f"{site}/glossary/loss-garden/")
    expect(page.get_by_text("Draft")).not_to_be_visible()
    expect(page.locator("strong", has_text="predicts")).to_be_visible()

    term = Term.objects.get(slug="loss-garden")
    page.goto(f"{site}/admin/glossary/term/{term.pk}/change/")
    page.get_by_text("Address and links").click()
    page.get_by_label("Slug").fill("loss-gardens")
    page.get_by_role("button", name="Save", exact=True).first.click()
    page.goto(f"{site}/glossary/loss-garden/")
    expect(page).to_have_url(f"{site}/glossary/loss-gardens/")
    assert page.complaints == []


def test_a_published_term_with_all_its_parts_takes_at_most_8_presses(site, page):
    presses = []

    def press(found):
        presses.append(found)
        found.click()

    def choose(field, name):
        press(page.locator(f"{field} .select2-selection").first)
        page.locator(".select2-search__field").fill(name)
        expect(page.locator(".select2-results__option--highlighted")).to_contain_text(name)
        page.keyboard.press("Enter")

    press(page.get_by_role("link", name="Terms", exact=True).first)
    press(page.get_by_role("link", name="Add term"))
    page.get_by_label("Headword").press_sequentially("Loss Garden")
    choose(".field-category", "Techniques")
    page.get_by_label("Definition").fill("A model of how a setting changes.")
    page.get_by_label("Explanation").fill("It **predicts** what comes next.")
    choose("#shown_series-0", "NVIDIA data center revenue")
    page.locator("#id_aliases-0-name").fill("setting model")
    choose("#relations-0", "Inference")
    page.locator("#id_citations-0-title").fill("Loss Gardens")
    page.locator("#id_citations-0-publisher").fill("arXiv")
    page.locator("#id_citations-0-url").fill("https://arxiv.org/abs/1803.10122")
    press(page.get_by_role("button", name="Save and publish"))
    press(page.get_by_role("link", name="/glossary/loss-garden/"))

    assert len(presses) <= 8
    expect(page).to_have_url(f"{site}/glossary/loss-garden/")
    expect(page.locator(".facts")).to_contain_text("setting model")
    for part in ("NVIDIA data center revenue", "Loss Gardens", "Inference"):
        expect(page.locator("main")).to_contain_text(part)
    expect(page.locator("main svg.chart, main .chart").first).to_be_visible()
    assert page.complaints == []


def test_history_shows_the_difference_and_brings_a_version_back(site, page):
    term = Term.objects.get(slug="token")
    before = term.definition
    page.goto(f"{site}/admin/glossary/term/{term.pk}/change/")
    page.get_by_label("Definition").fill("Something else entirely.")
    page.get_by_role("button", name="Save and continue editing").first.click()
    page.get_by_role("link", name="History").click()
    difference = page.locator("#change-history tbody tr").first
    expect(difference.locator("ins").first).to_have_text("Something else entirely.")
    page.get_by_role("link", name="See and restore this version").nth(1).click()
    page.get_by_role("button", name="Restore this version").click()
    expect(page.get_by_text("was changed successfully")).to_be_visible()
    term.refresh_from_db()
    assert term.definition == before


def test_a_deleted_alias_can_be_put_back(site, page):
    term = Term.objects.get(slug="large-language-model")
    term.aliases.get(name="LLM").delete()
    page.goto(f"{site}/admin/glossary/term/{term.pk}/history/")
    page.get_by_role("button", name="Put back").click()
    expect(page.get_by_text("“LLM” is back.")).to_be_visible()
    assert term.aliases.filter(name="LLM").exists()


def test_enter_in_a_field_saves_and_does_not_publish(site, page):
    term = Term.objects.get(slug="token")
    Term.objects.filter(pk=term.pk).update(status="draft")
    page.goto(f"{site}/admin/glossary/term/{term.pk}/change/")
    page.get_by_label("Headword").fill("Tokens")
    page.get_by_label("Headword").press("Enter")
    expect(page.get_by_text("was changed successfully")).to_be_visible()
    term.refresh_from_db()
    assert (term.headword, term.status) == ("Tokens", "draft")


def test_who_saves_second_compares_and_saves_again(site, page):
    term = Term.objects.get(slug="token")
    page.goto(f"{site}/admin/glossary/term/{term.pk}/change/")
    term.definition = "A piece of text, as another editor has it."
    term.save()
    page.get_by_label("Definition").fill("A piece of text, as Edith has it.")
    page.get_by_role("button", name="Save", exact=True).first.click()
    expect(page.get_by_text("after you opened it. Your changes are not saved yet")).to_be_visible()
    compared = page.get_by_role("region", name="What is saved now, and what you have here")
    expect(compared.locator("del").last).to_have_text("another editor")
    expect(compared.locator("ins").last).to_have_text("Edith")
    expect(page.get_by_role("button", name="Withdraw")).to_be_disabled()
    preview = page.frame_locator("iframe[title^='Preview']")
    expect(preview.get_by_text("A piece of text, as Edith has it.")).to_be_visible()
    page.get_by_role("button", name="Save", exact=True).first.click()
    expect(page.get_by_text("was changed successfully")).to_be_visible()
    term.refresh_from_db()
    assert term.definition == "A piece of text, as Edith has it."
    assert page.complaints == []
