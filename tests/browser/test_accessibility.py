"""axe finds nothing on any kind of page: light, dark, and on the narrowest phone; nothing overflows."""

import pyotp
import pytest
from axe_playwright_python.sync_playwright import Axe
from django.contrib.auth.models import User
from django.contrib.auth.tokens import default_token_generator
from django.contrib.sessions.models import Session
from django.utils.http import urlsafe_base64_encode

from newsletter.issues.composing import recurrence
from newsletter.mailing import signed_links
from newsletter.models import Delivery, HeldSignup, Snapshot, Subscription
from newsletter.returns import intake
from newsletter.subscribers import held_signups
from tests.browser.conftest import PASSWORD, link_in_last_mail
from tests.browser.lighthouse import ISSUE
from tests.builders import (
    make_category,
    make_issue,
    make_newsletter,
    make_subscription,
    make_term,
)

LOOKS = {
    "light": {"color_scheme": "light", "viewport": {"width": 1280, "height": 900}},
    "dark": {"color_scheme": "dark", "viewport": {"width": 1280, "height": 900}},
    "320 px": {"color_scheme": "light", "viewport": {"width": 320, "height": 640}},
    "320 px dark": {"color_scheme": "dark", "viewport": {"width": 320, "height": 640}},
}
PAGES = [
    "/",
    "/glossary/",
    "/glossary/letter/a/",
    "/glossary/letter/x/",
    "/glossary/field/compute-chips/",
    "/glossary/pre-training/changes/",
    "/data/calendar/",
    "/search/",
    "/search/?q=chip",
    "/search/?q=halucinaton",
    "/search/?q=xyzzy",
    "/glossary/pre-training/",
    "/glossary/quantization/",
    "/glossary/halucinaton/",
    "/nothing/here/",
    "/newsletter/",
    "/newsletter/subscribe/",
    "/newsletter/subscribe/check-your-mail/",
    "/newsletter/confirm/unknown/",
    "/u/cut",
    "/about/",
    "/privacy/",
]


@pytest.fixture(params=LOOKS.values(), ids=LOOKS.keys())
def page(request, chromium):
    # axe is injected by the test, which the site's own policy would not allow.
    context = chromium.new_context(bypass_csp=True, **request.param)
    yield context.new_page()
    context.close()


def assert_sound(page):
    found = Axe().run(page, options={"resultTypes": ["violations"]})
    assert found.violations_count == 0, f"{page.url}\n{found.generate_report()}"
    width = page.viewport_size["width"]
    assert page.evaluate("document.documentElement.scrollWidth") <= width, page.url


def test_public_pages(site, page):
    for path in [*PAGES, ISSUE]:
        page.goto(site + path)
        assert_sound(page)


def test_a_readers_own_pages(site, page):
    page.goto(f"{site}/newsletter/subscribe/")
    page.get_by_role("main").get_by_label("mail").fill("new@example.org")
    page.get_by_role("main").get_by_role("button", name="Subscribe").click()
    page.wait_for_selector("[data-signup-answer]")
    page.goto(link_in_last_mail("/confirm/"))
    assert_sound(page)
    page.get_by_role("button", name="Confirm my subscription").click()
    page.wait_for_load_state()
    assert_sound(page)
    link = signed_links.sign(signed_links.Purpose.LEAVE, Subscription.objects.get().pk)
    for path in (f"/u/{link}", f"/u/{link}/preferences"):
        page.goto(site + path)
        assert_sound(page)
    page.goto(f"{site}/u/{link}")
    page.get_by_role("button", name="Unsubscribe").click()
    page.wait_for_load_state()
    assert_sound(page)
    page.get_by_role("button", name="Undo").click()
    page.wait_for_load_state()
    assert_sound(page)
    refuse = signed_links.sign(
        signed_links.Purpose.REFUSE, make_subscription("other@example.org").pk
    )
    page.goto(f"{site}/newsletter/refuse/{refuse}/")
    assert_sound(page)


def test_the_pages_of_several_newsletters(site, page):
    for name in ("Data Letter", "Chip Letter"):
        make_newsletter(name)
    issue = make_issue(1, "In depth", newsletter=make_newsletter("Data Letter"))
    subscription = make_subscription("reader@example.org")
    Delivery.objects.create(
        issue=issue, subscriber=subscription.subscriber, subscription_id=subscription.pk
    )
    link = signed_links.leave_link(subscription.pk)
    for path in ("/newsletter/", "/newsletter/data-letter/", issue.get_absolute_url(),
                 "/newsletter/subscribe/", f"/u/{link}/preferences"):  # fmt: skip
        page.goto(site + path)
        assert_sound(page)
    page.goto(f"{site}/u/{link}")
    for button in ("Unsubscribe", "Something else"):
        page.get_by_role("button", name=button).first.click()
        page.wait_for_load_state()
        assert_sound(page)


def test_the_editors_desk(site, page):
    recurrence.make_drafts()
    make_subscription()
    User.objects.create_superuser("root", password=PASSWORD)
    page.goto(f"{site}/admin/")
    page.get_by_label("Username").fill("root")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    for folded in ("When there is time", "System"):
        page.locator("summary", has_text=folded).click()
    assert_sound(page)
    held_signups.record(HeldSignup.Reason.BREAKER, "#12345678")
    make_issue(2, "In depth")
    sent = Snapshot.objects.create(issue=make_issue(3), candidates=1, recipients=1).issue
    Delivery.objects.create(issue=sent, subscription_id=1, state="failed", attempts=1, code=550)
    letter = intake.take_mail(b"Subject: Hello\n\nTake me off, please.")
    for path in (
        "heldsignup/",
        "subscriber/leaving/",
        "subscriber/?subscription=active",
        f"issue/{sent.pk}/sending/readers/?state=failed",
        f"mailevent/{letter.pk}/change/",
        f"mailevent/{letter.pk}/assign/",
    ):
        page.goto(f"{site}/admin/newsletter/{path}")
        assert_sound(page)


def log_in(page, site):
    page.goto(f"{site}/admin/")
    assert_sound(page)
    page.get_by_label("Username").fill("root")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    page.wait_for_load_state()


def test_the_ways_in(site, page):
    """Log-in, second factor, its recovery codes, a new password, and who asks again."""
    root = User.objects.create_superuser("root", "root@example.org", PASSWORD)
    log_in(page, site)
    page.goto(f"{site}/admin/second-factor/")
    assert_sound(page)
    secret = page.locator("[data-copy]").text_content().replace(" ", "")
    page.get_by_label("Code", exact=True).fill("000000")
    page.get_by_role("button", name="Turn it on").click()
    assert_sound(page)
    page.get_by_label("Code", exact=True).fill(pyotp.TOTP(secret).now())
    page.get_by_role("button", name="Turn it on").click()
    page.wait_for_selector(".codes")
    assert_sound(page)
    recovery = page.locator(".codes code").first.text_content()
    page.goto(f"{site}/admin/second-factor/")
    assert_sound(page)
    Session.objects.all().delete()
    log_in(page, site)
    assert_sound(page)
    page.get_by_label("Code").fill("no code")
    page.get_by_role("button", name="Log in").click()
    assert_sound(page)
    page.get_by_label("Code").fill(recovery)
    page.get_by_role("button", name="Log in").click()
    page.wait_for_selector("#rooms")
    page.goto(f"{site}/admin/newsletter/subscriber/export/")
    assert_sound(page)
    page.get_by_role("button", name="Export").click()
    page.wait_for_selector("text=This field is required")
    assert_sound(page)
    uid = urlsafe_base64_encode(str(root.pk).encode())
    token = default_token_generator.make_token(root)
    for path in (
        "forgotten/",
        "forgotten/sent/",
        "forgotten/done/",
        f"new-password/{uid}.{token}/",
    ):
        page.goto(f"{site}/admin/{path}")
        assert_sound(page)


def test_an_error_in_the_promo(site, page):
    page.goto(f"{site}/about/")
    page.get_by_label("mail").fill("reader@nowhere")
    page.get_by_role("button", name="Subscribe").click()
    page.wait_for_selector(".promo .field-error")
    assert_sound(page)


def test_awkward_terms_do_not_break_the_page(site, page):
    category = make_category("A category whose name goes on for very long indeed, longer than most")
    make_term("Donaudampfschifffahrtsgesellschaft" * 3, slug="long", category=category)
    make_term("人工智能与数据中心", slug="cjk", definition="一个句子。" * 20, explanation="")
    make_term(
        "الذكاء الاصطناعي", slug="rtl", explanation="| a | b |\n|---|---|\n" + "| x | y |\n" * 3
    )
    wide = "| " + " | ".join(f"column {n}" for n in range(12)) + " |\n"
    table = wide + "|---" * 12 + "|\n" + wide * 3
    make_term(
        "Wide", explanation=f"{table}\n\n`{'x' * 200}`\n\n" + "https://example.org/" + "y" * 150
    )
    for slug in ("long", "cjk", "rtl", "wide"):
        page.goto(f"{site}/glossary/{slug}/")
        assert_sound(page)
