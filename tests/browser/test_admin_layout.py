"""No column of a list and no field of a form is cut off, from a phone to a large screen.

Measured, and asked of axe, in every list and form of both apps, with the starter's content and a send.
"""

import pytest
from django.contrib import admin
from django.contrib.auth.models import User
from django.urls import reverse

from glossary.models import Citation, Term
from newsletter.issues.composing import proposals, recurrence
from newsletter.models import Issue
from tests.browser.test_accessibility import assert_sound
from tests.builders import make_subscription, make_suppression, make_upload

APPS = ("glossary", "newsletter")
WIDTHS = (360, 768, 1280, 1680)
# What is cut off: a box whose content is wider than it is. A line of text in a field counts; a page
# in a frame, a file's rows and texts for screen readers alone do not.
CUT_OFF = """() => [...document.querySelectorAll('#content *')].filter((box) => {
    if (!box.checkVisibility() || box.closest(NOT_MEASURED)) return false;
    const style = getComputedStyle(box);
    if (style.display === 'inline' || style.clipPath !== 'none') return false;
    if (box.tagName === 'SELECT') {
        const pen = new OffscreenCanvas(1, 1).getContext('2d');
        pen.font = style.font;
        const text = box.selectedOptions[0]?.text ?? '';
        const arrow = style.textOverflow === 'ellipsis' ? 0 : 20;
        return box.clientWidth < pen.measureText(text).width + parseFloat(style.paddingLeft) + arrow;
    }
    return box.clientWidth && box.scrollWidth > box.clientWidth + 1;
}).map((box) => `${box.tagName} ${box.id || box.className}: ${box.scrollWidth} > ${box.clientWidth}`)""".replace(
    "NOT_MEASURED", "'.visually-hidden, .stage, .first-rows, .rows .help'"
)
# Where the first row or the first field of a page begins. What searches a list is no field.
FIRST = """() => [...document.querySelectorAll('#result_list tbody tr, #content-main form fieldset *')]
    .find((box) => box.matches('tr, input, textarea, select, .readonly') && box.checkVisibility())
    ?.getBoundingClientRect().top ?? 0"""
UNFOLD = "document.querySelectorAll('#content details').forEach((each) => { each.open = true; })"
OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.fixture
def page(chromium, site, client):
    client.force_login(User.objects.create_superuser("ada"))
    context = chromium.new_context(bypass_csp=True)  # for axe
    context.add_cookies(
        [{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": site}]
    )
    yield context.new_page()
    context.close()


@pytest.fixture
def content(site):
    """Rows that the starter has not: readers, a draft with numbers, a file that waits."""
    for n in range(3):
        make_subscription(f"a.reader.with.a.long.name{n}@mail{n}.example.org")
    make_suppression("nobody@example.org")
    recurrence.make_drafts()
    proposals.fill_draft(Issue.objects.get(status="draft"))
    make_upload(Term.objects.get(slug="nvidia").shown_series.first().series)


def registered():
    return [each for each in admin.site._registry if each._meta.app_label in APPS]


def longest(model):
    """Return the row whose values have the most characters."""
    rows = model._default_manager.order_by("pk")[:500]
    return max(rows, key=lambda row: sum(len(str(value)) for value in vars(row).values()))


def addresses(model):
    """Yield the pages of a model: its list, its form with the longest row, an empty form."""
    name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
    yield reverse(f"{name}_changelist")
    if model._default_manager.exists():
        yield reverse(f"{name}_change", args=[longest(model).pk])
    yield reverse(f"{name}_add")


def assert_nothing_is_cut_off(page, address):
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate(OVERFLOW) <= 0, (address, width)
        assert page.evaluate(CUT_OFF) == [], (address, width)


def assert_it_begins_in_the_first_screen(page, address):
    page.set_viewport_size({"width": 360, "height": 800})
    assert page.evaluate(FIRST) < 600, address


@pytest.mark.usefixtures("content")
def test_no_column_is_cut_off_and_every_field_has_a_name_and_its_room(site, page):
    citation = max(Citation.objects.all(), key=lambda each: len(each.title + each.url))
    pages = [address for model in registered() for address in addresses(model)]
    pages += [reverse("admin:glossary_term_change", args=[citation.term_id])]
    pages += [reverse("admin:glossary_term_tokens")]
    for address in pages:
        answer = page.goto(site + address)
        if answer.status == 200:  # 403: nobody adds a reader or a release
            assert_it_begins_in_the_first_screen(page, address)
            page.evaluate(UNFOLD)
            assert_nothing_is_cut_off(page, address)
            assert_sound(page)
