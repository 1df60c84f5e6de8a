"""`/feeds/terms.atom`: new terms and changed definitions."""

from xml.etree import ElementTree

import pytest

from glossary.api import feeds
from glossary.terms import publishing
from tests.builders import make_alias, make_office, make_term

pytestmark = pytest.mark.django_db

ATOM = "{http://www.w3.org/2005/Atom}"


def entries(client):
    feed = ElementTree.fromstring(client.get("/feeds/terms.atom").content)
    return [
        {part.tag.removeprefix(ATOM): part.text or part.get("href") for part in entry}
        for entry in feed.findall(f"{ATOM}entry")
    ]


def test_the_newest_term_comes_first_with_its_definition(client, clock, settings):
    settings.SITE_URL = "https://pulse.example.org"
    make_term("Old")
    clock.shift(60)
    new = make_term("New", definition="A <b> & more.")
    first, second = entries(client)
    assert (first["title"], second["title"]) == ("New", "Old")
    assert first["summary"] == "A &lt;b&gt; &amp; more."
    assert first["link"] == "https://pulse.example.org/glossary/new/"
    assert first["updated"] == "2026-11-23T09:01:00+00:00"
    assert first["id"] == f"tag:pulse.example.org,2026-11-23:term/{new.pk}"


def test_a_changed_definition_is_news_and_says_what_it_was(client, clock):
    term = make_term("Token", definition="A piece of text.")
    make_term("Other")
    clock.shift(60)
    term.definition = "A piece of text or image."
    term.save()
    first = entries(client)[0]
    assert first["summary"] == "A piece of text or image. (Before: “A piece of text.”)"
    assert first["updated"] == "2026-11-23T09:01:00+00:00"
    assert first["published"] == "2026-11-23T09:00:00+00:00"


def test_other_changes_are_no_news(client, clock):
    term = make_term("Token")
    before = client.get("/feeds/terms.atom").content
    clock.shift(60)
    term.explanation = "Longer now."
    term.reviewed_on, term.reviewed_by = "2026-11-23", make_office()
    term.save()
    make_alias(term, "lexeme")
    assert client.get("/feeds/terms.atom").content == before


def test_a_term_keeps_its_id_when_its_address_changes(client, clock):
    term = make_term("Token")
    before = entries(client)[0]
    term.slug = "tokens"
    term.save()
    after = entries(client)[0]
    assert after["id"] == before["id"]
    assert after["link"].endswith("/glossary/tokens/")


def test_a_draft_appears_when_it_is_published_and_goes_when_it_is_withdrawn(client, clock):
    draft = make_term("Later", status="draft")
    assert entries(client) == []
    clock.shift(60)
    publishing.publish([draft])
    assert entries(client)[0]["updated"] == "2026-11-23T09:01:00+00:00"
    publishing.withdraw([draft])
    assert entries(client) == []


def test_it_costs_two_queries_and_pages_name_it(client, django_assert_num_queries):
    for number in range(5):
        make_term(f"Term {number}")
    with django_assert_num_queries(2):
        answer = client.get("/feeds/terms.atom")
    assert answer["Content-Type"].startswith("application/atom+xml")
    assert 'type="application/atom+xml" href="/feeds/terms.atom"' in client.get("/about/").text


def test_what_was_written_while_a_term_was_withdrawn_is_never_told(client, clock):
    term = make_term("Token", definition="First.")
    publishing.withdraw([term])
    term.refresh_from_db()
    for definition in ("A secret.", "Second."):
        term.definition = definition
        term.save()
    publishing.publish([term])
    assert entries(client)[0]["summary"] == "Second. (Before: “First.”)"


def test_terms_that_were_withdrawn_push_none_out(client, clock, monkeypatch):
    monkeypatch.setattr(feeds, "VERSIONS_READ", 2)
    make_term("Stays")
    clock.shift(60)
    publishing.withdraw([make_term(f"Goes {number}") for number in range(3)])
    assert [entry["title"] for entry in entries(client)] == ["Stays"]
