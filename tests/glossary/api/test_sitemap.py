"""`/sitemap.xml` and `/robots.txt`: every public page with the time of its last change."""

from xml.etree import ElementTree

import pytest

from tests.builders import make_issue, make_series, make_term, release

pytestmark = pytest.mark.django_db

NAMESPACE = "{http://www.sitemaps.org/schemas/sitemap/0.9}"


@pytest.fixture(autouse=True)
def site_url(settings, clock):
    settings.SITE_URL = "https://pulse.example.org"


def pages(client):
    found = ElementTree.fromstring(client.get("/sitemap.xml").content)
    return {
        url.find(f"{NAMESPACE}loc").text.removeprefix("https://pulse.example.org"): url.findtext(
            f"{NAMESPACE}lastmod"
        )
        for url in found
    }


def test_it_lists_all_pages_and_no_drafts(client):
    make_term("Token")
    make_term("Secret", status="draft")
    make_series("empty")
    release(make_series("compute"), "2024,1")
    make_issue(1, "First")
    make_issue(2, "Not yet", status="draft", sent_at=None)
    assert list(pages(client)) == [
        "/", "/glossary/", "/data/", "/data/calendar/",
        "/glossary/field/techniques-methods/", "/glossary/letter/t/", "/glossary/token/",
        "/data/compute/",
        "/newsletter/", "/newsletter/1-first/", "/about/", "/privacy/",
    ]  # fmt: skip


def test_a_page_changes_with_its_words_and_with_the_numbers_it_shows(client, clock):
    series = make_series("compute")
    release(series, "2024,1")
    shows, other = make_term("Shows", explanation="{{ compute }}"), make_term("Other")
    shows.shown_series.create(series=series)
    clock.shift(3600)
    release(series, "2024,1 2025,2", "2026-02-15")
    found = pages(client)
    assert found["/glossary/shows/"] == found["/data/compute/"] == "2026-11-23T10:00:00+00:00"
    assert found["/glossary/letter/s/"] == "2026-11-23T10:00:00+00:00"
    assert found["/glossary/other/"] == found["/glossary/letter/o/"] == "2026-11-23T09:00:00+00:00"
    clock.shift(3600)
    other.save()
    found = pages(client)
    assert found["/glossary/other/"] == found["/glossary/"] == found["/"]
    assert found["/"] == "2026-11-23T11:00:00+00:00"


def test_a_sent_issue_is_as_old_as_its_sending(client, clock):
    issue = make_issue(1, "First")
    clock.shift(3600)
    issue.save()
    assert pages(client)["/newsletter/1-first/"] == "2026-11-23T09:00:00+00:00"


def test_it_costs_three_queries_however_many_pages(client, django_assert_num_queries):
    for number in range(5):
        make_term(f"Term {number}")
        release(make_series(f"series-{number}"), "2024,1")
        make_issue(number + 1, f"Issue {number}")
    with django_assert_num_queries(3):
        assert len(pages(client)) == 24


def test_crawlers_are_told_where_it_is_and_what_is_not_theirs(client):
    text = client.get("/robots.txt").text
    assert "Sitemap: https://pulse.example.org/sitemap.xml\n" in text
    assert "Disallow: /u/\n" in text
