"""A newsletter beside the default one: its own addresses, and the form that asks for it."""

import json
from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree

import pytest
from django.core import mail
from django.core.exceptions import ValidationError
from django.utils import timezone

from config.ratelimit import Limit
from glossary import search
from newsletter.context_processors import promo
from newsletter.issues.composing import address_checks
from newsletter.models import ConsentEvent, Issue, Newsletter, SignupRequest, Subscription
from newsletter.subscribers.forms import new_form_stamp
from newsletter.views import signup
from tests.builders import (
    make_data_point,
    make_issue,
    make_newsletter,
    make_request,
    make_subscription,
    make_suppression,
)
from tests.newsletter.conftest import OWN, last_link, run_worker

pytestmark = pytest.mark.django_db

PATH = "/newsletter/subscribe/"
ATOM = {"a": "http://www.w3.org/2005/Atom"}


@pytest.fixture
def press(client, django_capture_on_commit_callbacks):
    """Send a form as a browser does, and let the worker run."""

    def send(path, **fields):
        with django_capture_on_commit_callbacks(execute=True):
            answer = client.post(path, fields, headers=OWN)
        run_worker()
        return answer

    return send


@pytest.fixture
def letter():
    return make_newsletter(
        "Data Letter", promise="One series in depth.", frequency_text="every Monday"
    )


@pytest.fixture
def two(letter):
    """One sent issue of each, with the same number and subject."""
    fields = {"sent_at": datetime(2026, 11, 20, 14, tzinfo=UTC), "intro": "Calm."}
    own = make_issue(1, "Chips", newsletter=make_newsletter(), **fields)
    other = make_issue(1, "Chips", newsletter=letter, slug="chips-in-depth", **fields)
    for each in (own, other):
        make_data_point(each, headline=f"Of {each.newsletter}")
    return own, other


# --- Addresses ---------------------------------------------------------------------------------


def test_each_has_an_archive_that_leads_to_the_other(client, two):
    own, other = client.get("/newsletter/").text, client.get("/newsletter/data-letter/").text
    assert "/newsletter/1-chips/" in own
    assert "Of Data Letter" not in own
    assert '<a href="/newsletter/data-letter/">Data Letter</a>' in own
    assert "/newsletter/data-letter/1-chips-in-depth/" in other
    assert "Of AI Economy Pulse" not in other
    assert '<a href="/newsletter/">AI Economy Pulse</a>' in other
    assert "<h1>Data Letter</h1>" in other
    assert "One series in depth." in other
    assert 'href="/newsletter/data-letter.atom"' in other


def test_one_newsletter_alone_names_no_other(client):
    make_newsletter()
    assert "other newsletter" not in client.get("/newsletter/").text


@pytest.mark.parametrize(
    ("path", "leads_to"),
    [
        ("/newsletter/ai-economy-pulse/", "/newsletter/"),
        ("/newsletter/ai-economy-pulse/1-chips/", "/newsletter/1-chips/"),
        ("/newsletter/ai-economy-pulse/1-chips.json", "/newsletter/1-chips.json"),
        ("/newsletter/1-chips-in-depth/", "/newsletter/data-letter/1-chips-in-depth/"),
        ("/newsletter/1-chips-in-depth.json", "/newsletter/data-letter/1-chips-in-depth.json"),
    ],
)
def test_an_address_from_before_another_became_the_default_leads_on(client, two, path, leads_to):
    answer = client.get(path)
    # Not for ever: a browser that kept it would run in circles once the default changes back.
    assert (answer.status_code, answer["Location"]) == (302, leads_to)
    assert client.get(leads_to).status_code == 200


def test_a_wrong_slug_leads_to_the_issue_of_that_newsletter(client, two):
    answer = client.get("/newsletter/data-letter/1-wrong/")
    assert (answer.status_code, answer["Location"]) == (
        301, "/newsletter/data-letter/1-chips-in-depth/",
    )  # fmt: skip
    assert client.get("/newsletter/1-wrong/")["Location"] == "/newsletter/1-chips/"


@pytest.mark.parametrize(
    "path",
    [
        "/newsletter/no-letter/",
        "/newsletter/no-letter.atom",
        "/newsletter/no-letter/1-chips/",
        "/newsletter/data-letter/1-chips/card.png",
        "/newsletter/data-letter/2-chips/",
    ],
)
def test_what_is_not_there_is_404(client, two, path):
    assert client.get(path).status_code == 404


def test_pictures_in_mail_are_never_redirected(client, two):
    for path in (
        "/newsletter/1-chips-in-depth/card.png",
        "/newsletter/data-letter/1-chips-in-depth/card.png",
        "/newsletter/ai-economy-pulse/1-chips/card.png",
    ):
        assert client.get(path)["Content-Type"] == "image/png", path


def titles_and_links(client, path):
    feed = ElementTree.fromstring(client.get(path).content)
    entries = [entry.find("a:link", ATOM).get("href") for entry in feed.findall("a:entry", ATOM)]
    own = feed.find("a:link[@rel='self']", ATOM).get("href")
    return feed.find("a:title", ATOM).text, own, entries


def test_each_has_a_feed_and_the_default_ones_is_at_both_addresses(client, two, settings):
    settings.SITE_URL = "https://x.example"
    own = (
        "AI Economy Pulse: newsletter",
        "https://x.example/feeds/issues.atom",
        ["https://x.example/newsletter/1-chips/"],
    )
    assert titles_and_links(client, "/feeds/issues.atom") == own
    assert titles_and_links(client, "/newsletter/ai-economy-pulse.atom") == own
    assert titles_and_links(client, "/newsletter/data-letter.atom") == (
        "AI Economy Pulse: Data Letter",
        "https://x.example/newsletter/data-letter.atom",
        ["https://x.example/newsletter/data-letter/1-chips-in-depth/"],
    )


def test_the_twin_the_card_and_the_structured_data_name_the_newsletter(client, two):
    twin = client.get("/newsletter/data-letter/1-chips-in-depth.json").json()
    assert twin["issue"]["newsletter"] == "Data Letter"
    assert twin["issue"]["url"].endswith("/newsletter/data-letter/1-chips-in-depth/")
    page = client.get("/newsletter/data-letter/1-chips-in-depth/").text
    assert 'href="/newsletter/data-letter/1-chips-in-depth.json"' in page
    assert "/newsletter/data-letter/1-chips-in-depth/card.png" in page
    part_of = json.loads(page.partition('ld+json">')[2].partition("</script>")[0])["isPartOf"]
    assert part_of["name"] == "Data Letter"
    assert part_of["url"].endswith("/newsletter/data-letter/")


def test_programs_and_search_find_the_issues_of_each(client, two):
    sitemap = client.get("/sitemap.xml").text
    for path in ("/newsletter/data-letter/", "/newsletter/data-letter/1-chips-in-depth/"):
        assert f"{path}</loc>" in sitemap
    guide = client.get("/llms.txt").text
    assert "[Data Letter](http://127.0.0.1:8000/newsletter/data-letter/)" in guide
    assert "[Data Letter, Issue 1: Chips](" in guide
    search.refresh_all()
    hits = search.find("data letter issue 1").hits
    assert hits[0].entry.path == "/newsletter/data-letter/1-chips-in-depth/"
    assert hits[0].entry.note == "Data Letter, Issue 1, November 20, 2026"


def test_the_front_page_and_the_promo_are_about_the_default_newsletter(client, two):
    make_issue(2, "Newer", newsletter=two[1].newsletter)
    page = client.get("/").text
    assert "Of AI Economy Pulse" in page
    assert "Newer" not in page


def test_samples_stand_in_for_their_own_newsletters_archive_alone(client, letter):
    make_issue(0, "A sample", status="sample")
    make_issue(1, "Sent", newsletter=letter)
    assert "A sample" in client.get("/newsletter/").text
    assert [issue.subject for issue in Issue.objects.shown().of("")] == ["A sample"]
    make_issue(1, "The first")
    assert [issue.subject for issue in Issue.objects.shown().of("")] == ["The first"]


def test_links_in_an_issue_to_the_pages_of_each_are_checked(two):
    paths = (
        "/newsletter/data-letter/",
        "/newsletter/data-letter.atom",
        "/newsletter/data-letter/1-chips-in-depth/",
        "/newsletter/no-letter/",
        "/newsletter/no-letter.atom",
        "/newsletter/data-letter/9-none/",
    )
    assert list(address_checks.dead_links(paths, two[0])) == list(paths[3:])


@pytest.mark.parametrize("slug", ["subscribe", "1-chips", "sample-1"])
def test_a_slug_that_is_another_pages_address_is_refused(slug):
    with pytest.raises(ValidationError, match="is another page"):
        Newsletter(name="X", slug=slug, promise="x", frequency_text="x").clean()


def test_the_slug_of_a_newsletter_is_given_once(admin_client, letter):
    page = f"/admin/newsletter/newsletter/{letter.pk}/change/"
    assert 'name="slug"' not in admin_client.get(page).text
    assert 'name="slug"' in admin_client.get("/admin/newsletter/newsletter/add/").text


# --- Signing up --------------------------------------------------------------------------------


def test_with_one_newsletter_the_form_asks_for_nothing_else(client):
    make_newsletter()
    page = client.get(PATH).text
    assert "checkbox" not in page
    assert 'name="newsletter"' not in page


def test_with_one_newsletter_the_page_leads_to_its_newest_issue(client):
    make_issue(1, "Chips", newsletter=make_newsletter())
    assert '<a href="/newsletter/1-chips/">Chips</a>' in client.get(PATH).text
    make_newsletter("Data Letter")
    assert "/newsletter/1-chips/" not in client.get(PATH).text


def test_with_several_the_page_asks_which_and_the_promo_does_not(client, letter):
    page = client.get(PATH).text
    assert page.count('type="checkbox" name="newsletter"') == 2
    assert 'value="ai-economy-pulse" id="signup-newsletter_0" checked' in page
    assert 'value="data-letter" id="signup-newsletter_1">' in page
    assert 'name="newsletter"' not in client.get("/about/").text


def test_the_recorded_words_of_each_are_on_the_page(client, sign_up, letter):
    page = client.get(PATH).text
    sign_up(newsletter=["ai-economy-pulse", "data-letter"], can_choose="1")
    for event in ConsentEvent.objects.filter(kind="requested"):
        for part in (event.newsletter.name, event.newsletter.promise, "No spam, ever."):
            assert part in page
            assert part in event.consent_text


def test_the_form_on_the_pages_of_a_newsletter_asks_for_that_one(client, sign_up, two):
    for path in ("/newsletter/data-letter/", "/newsletter/data-letter/1-chips-in-depth/"):
        assert '<input type="hidden" name="newsletter" value="data-letter"' in client.get(path).text
    assert 'name="newsletter"' not in client.get("/newsletter/1-chips/").text
    sign_up(newsletter="data-letter")
    assert Subscription.objects.get().newsletter.slug == "data-letter"


def test_the_promo_asks_for_the_default_one(sign_up, letter):
    sign_up()
    assert Subscription.objects.get().newsletter == make_newsletter()


def test_one_mail_and_one_press_confirm_several(client, press, sign_up, letter):
    bystander = make_subscription("other@example.org", status="pending")
    assert (
        sign_up(newsletter=["data-letter", "ai-economy-pulse"], can_choose="1").status_code == 303
    )
    (message,) = mail.outbox
    assert message.subject.endswith(": AI Economy Pulse and Data Letter")
    for line in ("- AI Economy Pulse, every Friday", "- Data Letter, every Monday"):
        assert line in message.body
    link = last_link("/confirm/")
    page = client.get(link).text
    assert "AI Economy Pulse and Data Letter for r•••@•••.org." in page
    assert "Confirm my subscriptions" in page
    assert press(link)["Location"] == link
    done = client.get(link).text
    assert "AI Economy Pulse goes to" in done
    assert "Data Letter goes to" in done
    bystander.refresh_from_db()
    assert bystander.status == "pending"
    assert [each.subject for each in mail.outbox[1:]] == [
        "Welcome to AI Economy Pulse", "Welcome to Data Letter",
    ]  # fmt: skip
    assert Subscription.objects.filter(status="active").count() == 2


def test_only_what_may_be_asked_for_is_asked_for(client, sign_up, letter):
    make_subscription()
    sign_up(newsletter=["data-letter", "ai-economy-pulse"], can_choose="1")
    assert mail.outbox[0].subject.endswith(": Data Letter")
    suppressed = make_suppression("no@example.org", "by hand")
    suppressed.newsletter = letter
    suppressed.save()
    sign_up("no@example.org", newsletter=["data-letter", "ai-economy-pulse"], can_choose="1")
    assert mail.outbox[1].subject.endswith(": AI Economy Pulse")
    sign_up("no@example.org", newsletter="data-letter")
    assert len(mail.outbox) == 2


def test_leaving_one_before_confirming_leaves_the_link_for_the_other(
    client, sign_up, letter, clock
):
    sign_up(newsletter=["data-letter", "ai-economy-pulse"], can_choose="1")
    link, leave = last_link("/confirm/"), last_link("/u/")
    clock.shift(60)
    client.post(leave)
    assert "Data Letter for r•••@•••.org." in client.get(link).text
    client.post(link)
    states = Subscription.objects.values_list("newsletter__slug", "status")
    assert set(states) == {("ai-economy-pulse", "unsubscribed"), ("data-letter", "active")}


def test_a_new_link_for_an_expired_one_confirms_the_same(client, press, sign_up, letter, clock):
    sign_up(newsletter=["data-letter", "ai-economy-pulse"], can_choose="1")
    link = last_link("/confirm/")
    clock.shift(8 * 24 * 3600)
    page = client.get(link).text
    assert "This link is too old" in page
    assert letter.consent_text in page
    press(f"{link}again/")
    press(last_link("/confirm/"))
    assert Subscription.objects.filter(status="active").count() == 2


def test_choosing_none_is_told_beside_the_choice(sign_up, letter):
    answer = sign_up(can_choose="1")
    assert answer.status_code == 422
    assert "Please choose what you want to get." in answer.text
    assert 'value="reader@example.org"' in answer.text
    assert not mail.outbox


def test_an_unknown_newsletter_is_refused_and_the_choice_is_kept(sign_up, letter):
    answer = sign_up("bad", newsletter=["data-letter"], can_choose="1")
    assert 'value="data-letter" id="signup-newsletter_1" checked' in answer.text
    assert 'id="signup-newsletter_0" checked' not in answer.text
    assert sign_up(newsletter="no-such").status_code == 422
    assert not SignupRequest.objects.exists()


def test_a_signup_is_counted_once_for_any_number_of_newsletters(
    clock, sign_up, letter, monkeypatch
):
    monkeypatch.setattr(signup, "SIGNUPS_PER_NETWORK", {64: [Limit(2, timedelta(hours=1))]})
    for number in range(3):
        sign_up(
            f"r{number}@example.org", newsletter=["data-letter", "ai-economy-pulse"], work=False
        )
    assert SignupRequest.objects.filter(leader=None).count() == 2
    assert SignupRequest.objects.count() == 4


def test_of_requests_that_wait_the_newest_for_the_same_stays(clock, press, letter):
    make_subscription(status="unsubscribed")
    data = {"email": "reader@example.org", "stamp": new_form_stamp()}
    both = {"newsletter": ["ai-economy-pulse", "data-letter"]}
    press(PATH, **data)
    mail.outbox.clear()
    bystander = make_request("other@example.org", next_at=timezone.now() + timedelta(days=1))
    for asked in ({}, both, {}):
        clock.shift(60)
        press(PATH, **data, **asked)
    waiting = SignupRequest.objects.filter(address="reader@example.org", leader=None)
    assert [each.others.count() for each in waiting] == [1, 0]
    bystander.refresh_from_db()
    assert not mail.outbox


def test_the_promo_of_a_page_without_an_address_is_the_default_ones(rf, two):
    assert promo(rf.get("/"))["promo"]().newsletter == two[0].newsletter
