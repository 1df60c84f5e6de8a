"""The promo on every page: one query when it is shown, none otherwise."""

import pytest
from django.test import RequestFactory

from newsletter.context_processors import promo
from newsletter.models import Newsletter
from newsletter.subscribers.forms import new_form_stamp
from tests.builders import make_issue, make_newsletter

pytestmark = pytest.mark.django_db


@pytest.fixture
def offer():
    return promo(RequestFactory().get("/glossary/"))["promo"]


def test_it_needs_no_query_until_it_is_shown(django_assert_num_queries):
    with django_assert_num_queries(0):
        promo(RequestFactory().get("/"))


def test_it_needs_one_query(offer, django_assert_num_queries):
    make_issue(1, "First")
    make_issue(2, "Second")
    with django_assert_num_queries(1):
        assert offer.newsletter.name == "AI Economy Pulse"
        assert offer.latest.subject == "Second"
        assert offer.latest.get_absolute_url() == "/newsletter/2-second/"
        assert offer.form["page"].value() == "/glossary/"


def test_the_contact_is_the_newsletters_or_the_sites(offer, client, settings):
    settings.DEFAULT_FROM_EMAIL = '"Pulse, Inc" <pulse@example.org>'
    Newsletter.objects.all().delete()
    assert offer.contact == "pulse@example.org"
    assert 'href="mailto:pulse@example.org"' in client.get("/privacy/").text
    make_newsletter(reply_to="us@example.org")
    assert 'href="mailto:us@example.org"' in client.get("/privacy/").text


def test_a_draft_and_another_newsletters_issue_are_not_the_latest(offer):
    make_newsletter()
    make_issue(1, "Draft", status="draft")
    make_issue(1, "Elsewhere", newsletter=make_newsletter("Data Letter"))
    assert offer.latest is None


def test_without_a_newsletter_it_is_empty(offer, client):
    Newsletter.objects.all().delete()
    assert (offer.newsletter, offer.latest, offer.form) == (None, None, None)
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


def test_it_is_not_on_pages_that_belong_to_one_reader_or_hold_the_form(client):
    for path in ("/newsletter/subscribe/", "/newsletter/subscribe/check-your-mail/"):
        assert 'id="promo-email"' not in client.get(path).text
