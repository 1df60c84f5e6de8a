"""`/data/calendar/`, its feed and its file: when the next numbers come, and which are late."""

import re
from xml.etree import ElementTree

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from glossary.models import Series
from tests.builders import make_series, release
from tests.glossary.views.test_term_page import assert_in_order, visible_text

pytestmark = pytest.mark.django_db

ATOM = "{http://www.w3.org/2005/Atom}"
FILE = "/data/calendar.ics"


@pytest.fixture(autouse=True)
def frozen(clock, settings):
    """It is November 23, 2026."""
    settings.SITE_URL = "https://pulse.example.org"


def made(slug, day, days, **fields):
    series = make_series(slug, expected_days=days, **fields)
    release(series, "2024,8 2025,10", day)
    return series


@pytest.fixture
def several():
    made("later", "2026-11-20", 50)
    made("soon", "2026-11-20", 10)
    made("due", "2026-11-20", 1)
    made("stale", "2026-01-15", 30)
    made("overdue", "2026-10-20", 20)
    made("over", "2026-01-15", 30, ended_on="2026-06-30")
    make_series("empty")


def test_coming_releases_are_listed_by_month_and_late_ones_folded_after_them(client, several):
    text = visible_text(client.get("/data/calendar/").text)
    assert_in_order(
        text,
        [
            "Release calendar",
            "Next: Soon , about November 30, 2026.",
            "November 2026",
            "November 21, 2026", "Due", "newer values were expected on November 21, 2026",
            "November 30, 2026", "Soon",
            "January 2027",
            "January 9, 2027", "Later", "Epoch AI · updated November 20, 2026",
            "2 late",
            "Stale", "expected February 14, 2026,", "9 months late",
            "Overdue", "expected November 9, 2026,", "2 weeks late",
        ],
    )  # fmt: skip
    assert "Over " not in text
    assert "Empty" not in text


def test_late_releases_and_months_are_reached_from_the_top(client, several):
    text = client.get("/data/calendar/").text
    for name in ("late", "month-2026-11", "month-2027-01"):
        assert f'<a href="#{name}">' in text
        assert f'<h2 id="{name}">' in text
    Series.objects.exclude(slug="soon").update(ended_on="2026-06-30")
    assert 'href="#month' not in client.get("/data/calendar/").text


def test_without_series_it_says_that_none_is_expected(client):
    assert "No release is expected." in visible_text(client.get("/data/calendar/").text)


def test_it_costs_one_query_more_than_any_page(client, several, django_assert_max_num_queries):
    for number in range(12):
        made(f"series-{number}", "2026-11-20", 30)
    client.get("/about/")  # the first page of a process asks SQLite whether it knows JSON
    with django_assert_max_num_queries(4):
        client.get("/data/calendar/")
    for path in (FILE, "/data/calendar.atom"):
        with django_assert_max_num_queries(1):
            client.get(path)


def test_no_series_may_take_its_address():
    with pytest.raises(ValidationError, match="Choose another slug"):
        Series(slug="calendar").full_clean()
    with pytest.raises(IntegrityError), transaction.atomic():
        make_series("calendar")
    make_series("calendars")


# --- the file ---


def events(content):
    """Read RFC 5545 in a few lines: unfold, split into events, undo escapes."""
    lines = re.sub(r"\r\n[ \t]", "", content.decode()).split("\r\n")
    assert (lines[0], lines[-2], lines[-1]) == ("BEGIN:VCALENDAR", "END:VCALENDAR", "")
    found = []
    for line in lines:
        name, _, value = line.partition(":")
        if line == "BEGIN:VEVENT":
            found.append({})
        elif found and name not in ("", "END"):
            found[-1][name] = re.sub(r"\\(.)", r"\1", value)
    return found


def test_each_expected_release_is_an_event_of_one_day_that_blocks_no_time(client):
    made("compute", "2026-01-15", 366)
    answer = client.get(FILE)
    assert answer["Content-Type"] == "text/calendar; charset=utf-8"
    (event,) = events(answer.content)
    assert event == {
        "UID": "compute-after-2026-01-15@pulse.example.org",
        "DTSTAMP": "20261123T090000Z",
        "DTSTART;VALUE=DATE": "20270116",
        "SUMMARY": "Compute: new values expected",
        "DESCRIPTION": "Epoch AI. How much compute there is.",
        "CATEGORIES": "Techniques & Methods",
        "URL": "https://pulse.example.org/data/compute/",
        "STATUS": "TENTATIVE",
        "TRANSP": "TRANSPARENT",
    }


def test_it_is_the_same_bytes_until_something_changes(client, clock):
    made("compute", "2026-01-15", 30)
    before = client.get(FILE)
    clock.shift(90 * 86_400)
    after = client.get(FILE)
    assert (after.content, after["ETag"]) == (before.content, before["ETag"])
    assert client.get(FILE, headers={"If-None-Match": before["ETag"]}).status_code == 304


def test_long_lines_are_folded_between_letters_and_signs_escaped(client):
    title = "Größe; Preis, „pro“ Stunde \\ Chip " + "€" * 90
    made("odd", "2026-01-15", 366, title=title)
    content = client.get(FILE).content
    assert all(len(line) <= 75 for line in content.split(b"\r\n"))
    assert b"\n" not in content.replace(b"\r\n", b"")
    assert events(content)[0]["SUMMARY"] == f"{title}: new values expected"
    whole = content.replace(b"\r\n ", b"").decode()
    assert r"SUMMARY:Größe\; Preis\, „pro“ Stunde \\ Chip" in whole


# --- the feed ---


def entries(client):
    feed = ElementTree.fromstring(client.get("/data/calendar.atom").content)
    return [
        {part.tag.removeprefix(ATOM): part.text or part.get("href") for part in entry}
        for entry in feed.findall(f"{ATOM}entry")
    ]


def test_the_feed_tells_each_change_of_state_once(client, clock):
    made("compute", "2026-11-20", 10)
    (first,) = entries(client)
    assert first["title"] == "Compute: expected on November 30, 2026"
    assert first["updated"] == "2026-11-23T09:00:00+00:00"
    told = []
    for days in (8, 6, 20):
        clock.shift(days * 86_400)
        (entry,) = entries(client)
        assert entry["id"] == first["id"]
        told.append((entry["updated"][:10], entry["title"]))
    assert told == [
        ("2026-11-30", "Compute: expected on November 30, 2026, not here yet"),
        ("2026-12-07", "Compute: late, expected on November 30, 2026"),
        ("2026-12-21", "Compute: still late, expected on November 30, 2026"),
    ]


def test_a_new_release_makes_a_new_entry(client, clock):
    series = made("compute", "2026-11-20", 10)
    (before,) = entries(client)
    clock.shift(86_400)
    release(series, "2024,8 2025,11", "2026-11-24")
    (after,) = entries(client)
    assert after["title"] == "Compute: expected on December 4, 2026"
    assert after["id"] != before["id"]


def test_the_calendar_is_found_from_the_data_and_leads_to_file_and_feed(client):
    assert 'href="/data/calendar/"' in client.get("/data/").text
    page = client.get("/data/calendar/").text
    assert page.count('href="/data/calendar.ics"') == 2
    assert page.count('href="/data/calendar.atom"') == 2
