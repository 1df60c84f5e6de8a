"""`/feeds/data.atom` and `/data/….atom`: every release, newest first, in Atom that parses."""

from xml.etree import ElementTree

import pytest

from glossary.ingest.withdrawals import withdraw_release
from tests.builders import make_series, release

pytestmark = pytest.mark.django_db

ATOM = "{http://www.w3.org/2005/Atom}"


def read(client, path="/feeds/data.atom"):
    return ElementTree.fromstring(client.get(path).content)


def texts(parent, name):
    return [each.text for each in parent.iter(f"{ATOM}{name}")]


def test_releases_come_newest_first_with_what_changed(client, settings):
    settings.SITE_URL = "https://pulse.example.org"
    series = make_series("compute", title="Compute & <chips>")
    release(series, "2023,8 2024,10", "2025-01-15")
    release(series, "2023,8 2024,11 2025,12", "2026-01-15", note="Counted again.")
    feed = read(client)
    entries = feed.findall(f"{ATOM}entry")
    assert [texts(entry, "title")[0] for entry in entries] == [
        "Compute & <chips>: revision", "Compute & <chips>: first release",
    ]  # fmt: skip
    assert "Counted again." in texts(entries[0], "summary")[0]
    links = [each.get("href") for each in feed.iter(f"{ATOM}link")]
    assert "https://pulse.example.org/data/compute/?asof=2026-01-15" in links
    assert all(link.startswith("https://pulse.example.org/") for link in links)
    updated = series.releases.newest_first().first().imported_at.isoformat(timespec="seconds")
    assert texts(entries[0], "updated")[0].startswith(updated[:19])


def test_a_note_is_text_and_never_markup(client):
    release(make_series("compute"), "2024,1", note="Was <b>bold</b> & <script>x</script>.")
    summary = texts(read(client), "summary")[0]
    assert "Was &lt;b&gt;bold&lt;/b&gt; &amp; &lt;script&gt;x&lt;/script&gt;." in summary


def test_what_xml_cannot_hold_is_left_out(client):
    series = make_series("compute", title="Com\x0bpute")
    release(series, "2024,1", note="x\x01y\ufffez \U0001f600")
    entry = read(client).find(f"{ATOM}entry")
    assert texts(entry, "title")[0] == "Compute: first release"
    assert texts(entry, "summary")[0].endswith("xyz \U0001f600")


def test_what_came_in_last_comes_first_whatever_day_it_is_of(client, clock):
    release(make_series("new"), "2024,1", "2026-01-15")
    clock.shift(60)
    release(make_series("old"), "2010,1", "2010-05-05")
    titles = [texts(entry, "title")[0] for entry in read(client).findall(f"{ATOM}entry")]
    assert titles == ["Old: first release", "New: first release"]


def test_every_entry_has_an_id_of_its_own_also_on_one_day(client):
    series = make_series("compute")
    for value in (1, 2, 3):
        release(series, f"2024,{value}", "2026-01-15")
    ids = texts(read(client), "id")
    assert len(ids) == len(set(ids)) == 4


def test_an_empty_feed_is_a_feed_and_the_same_for_all(client):
    assert read(client).tag == f"{ATOM}feed"
    assert client.get("/feeds/data.atom").content == client.get("/feeds/data.atom").content


def test_other_sites_may_read_it_and_pages_name_it(client):
    answer = client.get("/feeds/data.atom")
    assert answer["Content-Type"].startswith("application/atom+xml")
    assert answer["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert 'type="application/atom+xml" href="/feeds/data.atom"' in client.get("/about/").text


def test_it_costs_two_queries(client, django_assert_num_queries):
    for number in range(5):
        release(make_series(f"series-{number}"), "2024,1 2025,2")
    with django_assert_num_queries(2):
        client.get("/feeds/data.atom")


def test_a_series_has_a_feed_of_its_own_releases_and_withdrawals(client, clock, settings):
    settings.SITE_URL = "https://pulse.example.org"
    series = make_series("compute")
    release(series, "2023,8 2024,10", "2025-01-15")
    clock.shift(60)
    wrong = release(series, "2023,8 2024,99", "2026-01-15")
    release(make_series("rent"), "2024,1")
    clock.shift(60)
    withdraw_release(series, wrong.pk, "A typing error & nothing else.")
    feed = read(client, "/data/compute.atom")
    assert texts(feed, "title") == [
        "AI Economy Pulse: Compute",
        "Compute: release of January 15, 2026 withdrawn",
        "Compute: first release",
    ]
    assert texts(feed, "summary")[0] == "A typing error &amp; nothing else."
    assert texts(feed, "updated")[1] == "2026-11-23T09:02:00+00:00"
    links = [each.get("href") for each in feed.iter(f"{ATOM}link")]
    assert links == [
        "https://pulse.example.org/data/compute/",
        "https://pulse.example.org/data/compute.atom",
        "https://pulse.example.org/data/compute/#revisions",
        "https://pulse.example.org/data/compute/?asof=2025-01-15",
    ]
    ids = texts(feed, "id")
    assert len(ids) == len(set(ids)) == 3
    # The feed of all data tells it too.
    assert "Compute: release of January 15, 2026 withdrawn" in texts(read(client), "title")


def test_the_page_of_a_series_leads_to_its_feed(client, settings):
    settings.SITE_URL = "https://pulse.example.org"
    release(make_series("compute"), "2024,1")
    page = client.get("/data/compute/").text
    assert page.count('href="https://pulse.example.org/data/compute.atom"') == 2


def test_a_series_without_data_has_no_feed(client):
    make_series("empty")
    assert client.get("/data/empty.atom").status_code == 404
    assert client.get("/data/nothing.atom").status_code == 404
