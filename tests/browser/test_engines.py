"""The journeys that matter, in each engine that readers have: Chromium, Gecko and WebKit."""

from glossary.models import Term
from newsletter.models import Subscription
from tests.browser.conftest import PASSWORD, link_in_last_mail
from tests.browser.lighthouse import ISSUE
from tests.builders import make_subscription

TERM = "/glossary/gpu-hour/"
SERIES = "/data/h100-rental-price/"
PAGES = ["/", TERM, "/glossary/h100-equivalent/", SERIES, "/data/", ISSUE, "/newsletter/subscribe/"]
WIDTHS = [320, 390, 844, 1280]

FOUND = "return document.querySelector(selector) !== null;"
FITS = "return innerWidth === selector && document.documentElement.scrollWidth <= selector;"
UNMARKED = """return [...document.querySelectorAll(selector)].filter((link) => {
  const style = getComputedStyle(link);
  return !style.textDecorationLine.includes("underline") ||
    [style.color, "transparent", "rgba(0, 0, 0, 0)"].includes(style.textDecorationColor);
}).map((link) => link.textContent);"""
BROKEN = """return [...document.querySelectorAll(".prose .figure:not(.long), .newest .figure, .whole")]
  .filter((each) => new Set([...each.getClientRects()].map((line) => Math.round(line.y))).size > 1)
  .map((each) => each.textContent);"""


def test_links_in_texts_look_like_links(site, anywhere):
    for path, links in [(TERM, ".prose a, .sources a"), (ISSUE, ".prose a, .facts a")]:
        anywhere.open(site + path)
        assert anywhere.run("return document.querySelectorAll(selector).length;", links) > 1
        assert anywhere.run(UNMARKED, links) == []
    assert anywhere.style(".neighbors span + span", "textDecorationLine") == "underline"
    figure, text = (anywhere.style(each, "fontSize") for each in (".prose .figure", ".prose p"))
    assert figure == text


def test_pages_hold_in_every_width_and_no_figure_breaks(site, anywhere):
    anywhere.resize(1280, 700)
    for path in PAGES:
        anywhere.open(site + path)
        # A window that changes is what crashed WebKit; a phone is turned like that.
        for width in WIDTHS:
            anywhere.resize(width, 700)
            anywhere.until(FITS, width, path)
            assert (path, width, anywhere.run(BROKEN)) == (path, width, [])


def test_a_term_of_a_text_shows_its_preview_and_leads_to_its_page(site, anywhere):
    anywhere.open(site + TERM)
    anywhere.point_at(".prose a.term")
    assert "Turn previews off" in anywhere.text(".preview")
    assert anywhere.style(".preview button", "textDecorationLine") == "underline"
    anywhere.press("Escape")
    anywhere.gone(".preview")
    leads_to = anywhere.run("return document.querySelector(selector).pathname;", ".prose a.term")
    anywhere.click(".prose a.term")
    anywhere.until("return location.pathname === selector;", leads_to)


def test_suggestions_come_while_one_types_and_a_key_takes_one(site, anywhere):
    anywhere.open(f"{site}/about/")
    anywhere.fill(".bar input[type=search]", "pretr")
    anywhere.shows("[role=option]", "Pre-Training")
    anywhere.press("ArrowDown")
    anywhere.press("Enter")
    anywhere.shows("h1", "Pre-Training")
    anywhere.fill(".bar input[type=search]", "halluc")
    anywhere.click("[role=option]")
    anywhere.shows("h1", "Hallucination")


def test_the_slider_of_a_data_page_reads_values_and_draws_the_chart(site, anywhere):
    anywhere.open(site + SERIES)
    anywhere.click(".chart-tools input[type=range]")
    anywhere.shows(".chart-tools output", "Q")
    anywhere.until(FOUND, ".chart-box.is-live canvas")
    said = anywhere.text(".chart-tools output")
    assert not said.startswith("Q1 2025")
    anywhere.press("Home")
    anywhere.shows(".chart-tools output", "Q2 2023: $4.40")
    anywhere.click(".ranges button:last-child")
    anywhere.until(FOUND, ".ranges [aria-pressed=true]:last-child")


def test_a_reader_subscribes_in_place_confirms_and_leaves(site, anywhere):
    make_subscription("stays@example.org")
    anywhere.open(f"{site}/about/")
    anywhere.fill(".promo input[type=email]", "reader@example.org")
    anywhere.click(".promo button")
    anywhere.shows(".promo [role=status]", "on its way")
    assert anywhere.path() == "/about/"
    anywhere.open(link_in_last_mail("/confirm/"))
    anywhere.click("main form button")
    anywhere.shows("h1", "You are subscribed")
    anywhere.click("main a[href^='/u/']:not([href*=preferences])")
    anywhere.shows("h1", "Unsubscribe from")
    anywhere.click("main form .button")
    anywhere.shows("h1", "You are unsubscribed")
    status = {each.subscriber.address: each.status for each in Subscription.objects.all()}
    assert status == {"stays@example.org": "active", "reader@example.org": "unsubscribed"}


def test_a_wrong_address_is_told_at_the_field(site, anywhere):
    anywhere.open(f"{site}/about/")
    anywhere.fill(".promo input[type=email]", "reader@nowhere")
    anywhere.click(".promo button")
    anywhere.shows(".promo .field-error", "No mail can reach this address.")
    assert anywhere.run("return document.activeElement.value;") == "reader@nowhere"
    assert not Subscription.objects.exists()


def test_an_editor_writes_a_term_and_sees_it_beside_the_form(site, editor, anywhere):
    term, other = (Term.objects.get(slug=slug) for slug in ("token", "inference"))
    anywhere.open(f"{site}/admin/")
    anywhere.fill("#id_username", "edith")
    anywhere.fill("#id_password", PASSWORD)
    anywhere.press("Enter")
    anywhere.shows(".desk", "term")
    anywhere.open(f"{site}/admin/glossary/term/{term.pk}/change/")
    anywhere.fill("#id_definition", " zebra ")
    anywhere.until(
        "return document.querySelector(selector)?.contentDocument.body.innerText.includes(name);",
        ".page-preview iframe:not(.coming)", "zebra",
    )  # fmt: skip
    anywhere.click("[name=_save]")
    anywhere.shows(".messagelist", "was changed successfully")
    assert "zebra" in Term.objects.get(pk=term.pk).definition
    assert Term.objects.get(pk=other.pk).definition == other.definition


def test_a_picture_can_be_taken_of_a_page(site, anywhere):
    """For `make pictures`; the picture of an empty page is small."""
    anywhere.open(site)
    picture = anywhere.picture()
    assert picture.startswith(b"\x89PNG")
    assert len(picture) > 20_000
