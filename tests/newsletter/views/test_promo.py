"""The promo on every page: one query when it is shown, none otherwise."""

import pytest
from django.test import RequestFactory

from newsletter.context_processors import promo
from newsletter.models import Newsletter
from newsletter.subscribers.forms import SignupForm, new_form_stamp
from tests.builders import make_issue, make_newsletter

pytestmark = pytest.mark.django_db


@pytest.fixture
def offered():
    return promo(RequestFactory().get("/glossary/"))["promo"]


def test_it_needs_no_query_until_it_is_shown(django_assert_num_queries):
    with django_assert_num_queries(0):
        promo(RequestFactory().get("/"))


def test_it_is_read_once_a_page(offered, django_assert_max_num_queries):
    make_issue(1, "First")
    make_issue(2, "Second")
    with django_assert_max_num_queries(4):
        assert len({id(offered()) for _ in range(20)}) == 1
        assert offered().newsletter.name == "AI Economy Pulse"
        assert offered().latest.subject == "Second"
        assert offered().latest.get_absolute_url() == "/newsletter/2-second/"
        assert (offered().page, offered().stamp) == ("/glossary/", new_form_stamp())


def test_the_contact_is_the_newsletters_or_the_sites(offered, client, settings):
    settings.DEFAULT_FROM_EMAIL = '"Pulse, Inc" <pulse@example.org>'
    Newsletter.objects.all().delete()
    assert offered().contact == "pulse@example.org"
    assert 'href="mailto:pulse@example.org"' in client.get("/privacy/").text
    make_newsletter(reply_to="us@example.org")
    assert 'href="mailto:us@example.org"' in client.get("/privacy/").text


def test_a_draft_and_another_newsletters_issue_are_not_the_latest(offered):
    make_newsletter()
    make_issue(1, "Draft", status="draft")
    make_issue(1, "Elsewhere", newsletter=make_newsletter("Data Letter"))
    assert offered().latest is None


def test_without_a_newsletter_it_is_empty(offered, client):
    Newsletter.objects.all().delete()
    assert (offered().newsletter, offered().latest) == (None, None)
    assert 'name="email"' not in client.get("/about/").text


def test_on_a_page_it_contains_the_day_and_the_page(client, clock):
    make_issue(7, "GPUs & <power>")
    page = client.get("/about/").text
    assert f'value="{new_form_stamp()}"' in page
    assert 'value="/about/"' in page
    assert "“GPUs &amp; &lt;power&gt;”" in page
    assert page.count('name="email"') == 1
    assert 'for="promo-email"' in page
    assert 'id="promo-email"' in page
    assert "js/signup" in page


def test_it_has_the_fields_of_the_form(client):
    make_newsletter()
    for newsletter, path in (
        (None, "/about/"),
        (make_newsletter("Data Letter"), "/newsletter/data-letter/"),
    ):
        page = client.get(path).text
        form = SignupForm.blank(path, newsletter)
        form.auto_id = "promo-%s" if newsletter is None else "lead-%s"
        for name in ("email", "website", "stamp", "page"):
            assert str(form[name]) in page
            assert f">{form[name].label}</label>" in page or form[name].is_hidden
        assert form["newsletter"].as_hidden() in page
        assert page.count('name="newsletter"') == (newsletter is not None)


def test_it_is_not_on_pages_that_belong_to_one_reader_or_hold_the_form(client):
    for path in ("/newsletter/subscribe/", "/newsletter/subscribe/check-your-mail/"):
        assert 'id="promo-email"' not in client.get(path).text


def test_newsletter_pages_say_how_often_it_comes_and_promise_no_day(client):
    """An issue that is not approved does not come, and a page is kept beyond the hour of one."""
    for path in ("/newsletter/", "/newsletter/subscribe/"):
        page = client.get(path).text
        assert "Every Friday: the 3 AI data points" in page.partition("<main")[2]
        assert "<b>Every Friday</b>" not in page
        assert "Next on" not in page


def test_the_front_page_asks_for_an_address_once(client):
    counts = [client.get(path).text.count("data-signup>") for path in ("/", "/glossary/")]
    assert counts == [1, 1]
    make_issue(1, "First")
    assert client.get("/").text.count("data-signup>") == 1
