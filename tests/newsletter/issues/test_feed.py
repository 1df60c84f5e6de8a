"""The feed of issues: full text, with absolute links."""

from datetime import UTC, datetime
from xml.etree import ElementTree

import pytest
from django.test import Client

from tests.builders import make_data_point, make_issue, make_series, release

pytestmark = pytest.mark.django_db

ATOM = {"a": "http://www.w3.org/2005/Atom"}


def friday(number):
    return datetime(2026, 1, 2 + number, 14, tzinfo=UTC)


def entries(client):
    feed = ElementTree.fromstring(client.get("/feeds/issues.atom").content)
    return feed.findall("a:entry", ATOM)


def test_an_entry_has_the_whole_issue_with_absolute_addresses(client, settings):
    settings.SITE_URL = "https://pulse.example.org"
    series = make_series("compute")
    release(series, "2024,10 2025,12")
    issue = make_issue(2, "Chips & rent", intro="See [GPU](/glossary/gpu/).", preheader="A < b")
    make_data_point(issue, comment="Why *it* matters.", series=series)
    (entry,) = entries(client)
    texts = {each.tag.partition("}")[2]: each.text for each in entry}
    assert texts["title"] == "Chips & rent"
    assert texts["summary"] == "A &lt; b"
    for part in (
        '<a href="https://pulse.example.org/glossary/gpu/">GPU</a>',
        "Why <em>it</em> matters.",
        "https://pulse.example.org/newsletter/2-chips-rent/chart-1.png",
        'alt="From 10 in 2024 to 12 in 2025, up 20%."',
    ):
        assert part in texts["content"]
    assert 'href="/' not in texts["content"]
    link = entry.find("a:link", ATOM)
    assert link.get("href") == "https://pulse.example.org/newsletter/2-chips-rent/"


def test_it_lists_sent_issues_newest_first_and_supports_conditional_requests(client):
    for number in range(1, 16):
        make_issue(number, f"Subject {number}", sent_at=friday(number))
    make_issue(20, "Not yet", status="draft", sent_at=None)
    titles = [entry.find("a:title", ATOM).text for entry in entries(client)]
    assert titles == [f"Subject {number}" for number in range(15, 3, -1)]
    answer = client.get("/feeds/issues.atom")
    assert answer["Last-Modified"] == "Sat, 17 Jan 2026 14:00:00 GMT"
    again = client.get("/feeds/issues.atom", headers={"If-None-Match": answer["ETag"]})
    assert again.status_code == 304


def test_without_a_preheader_the_headlines_are_the_summary(client):
    issue = make_issue(1, "Chips")
    make_data_point(issue, headline="Rents fell", change="Down 12%", figure="$2", period="2025")
    make_data_point(issue, 2, headline="Power rose")
    (entry,) = entries(client)
    assert entry.find("a:summary", ATOM).text == "Rents fell. Power rose"
    assert "<strong>$2</strong><br>Down 12%<br>2025" in entry.find("a:content", ATOM).text


def test_a_feed_without_issues_works(client):
    assert entries(client) == []


def test_it_is_the_same_for_everybody_and_every_page_links_to_it(client):
    make_issue(1, "One")
    first = Client().get("/feeds/issues.atom")
    assert (
        first.content
        == Client(headers={"Cookie": "sessionid=x"}).get(first.request["PATH_INFO"]).content
    )
    assert "public" in first["Cache-Control"]
    assert 'type="application/atom+xml" href="/feeds/issues.atom"' in client.get("/").text


def test_a_cached_entry_needs_no_query(client, django_assert_max_num_queries):
    for number in range(1, 12):
        make_data_point(make_issue(number, f"Subject {number}"))
    client.get("/feeds/issues.atom")
    with django_assert_max_num_queries(2):
        client.get("/feeds/issues.atom")
