"""What pages say of the age of numbers: when updated, when newer ones are expected, how late."""

import pytest

from glossary.models import Fetch, Series, TermSeries
from glossary.series.freshness import freshness, shown_series
from tests.builders import (
    make_category,
    make_data_point,
    make_issue,
    make_series,
    make_term,
    make_upload,
    release,
)
from tests.glossary.views.test_term_page import visible_text

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def frozen(clock):
    """It is November 23, 2026."""


def made(day, rows="2024,8 2025,10", **fields):
    series = make_series(fields.pop("slug", "compute"), **fields)
    release(series, rows, day)
    return series


def told():
    found = freshness(shown_series().get())
    parts = filter(None, [found.updated, found.then, found.late])
    return " · ".join(parts).replace("\u00a0", " ")


@pytest.mark.parametrize(
    ("days", "hand", "fetched"),
    [
        (366, "next expected in January 2027", "next expected in January 2027"),
        (310, "newer values were expected in November 2026",
              "expected in November 2026, not published yet"),
        (300, "1 week late", "not published yet · 1 week late"),
        (200, "3 months late", "not published yet · 3 months late"),
        (14, "9 months late", "not published yet · 9 months late"),
    ],
)  # fmt: skip
def test_a_series_says_when_newer_values_are_expected_or_how_late_they_are(days, hand, fetched):
    made("2026-01-15", expected_days=days)
    assert told() == f"updated January 15, 2026 · {hand}"
    fetch = Fetch.objects.create(series=Series.objects.get(), worked_at="2026-11-22T05:17Z")
    assert told() == f"updated January 15, 2026 · {fetched}"
    Fetch.objects.update(worked_at="2026-11-21T00:00Z")  # a page does not change within a day
    assert told() == f"updated January 15, 2026 · {fetched}"
    # Without a network, or without a clock, it may be published.
    Fetch.objects.update(failures=1)
    assert told() == f"updated January 15, 2026 · {hand}"
    fetch.worked_at = "2026-11-20T23:59Z"
    fetch.save()
    assert told() == f"updated January 15, 2026 · {hand}"


def test_a_waiting_file_and_an_end_are_said_instead():
    series = made("2025-01-15", expected_days=30)
    make_upload(series, is_fetched=True)
    assert told() == "updated January 15, 2025 · a newer file is being checked · 1 year late"
    Series.objects.update(ended_on="2025-06-30")
    assert told() == "updated January 15, 2025 · ended June 30, 2025"


@pytest.mark.parametrize("path", ["/data/compute/", "/glossary/chip/", "/glossary/chip/card/"])
def test_every_late_series_is_marked_alike_wherever_its_number_is_shown(client, path):
    series = made("2026-01-15", expected_days=310)  # due since November 21
    TermSeries.objects.create(term=make_term("Chip"), series=series)
    assert "\u00a0late" not in client.get(path).text
    for days, late in ((300, "1\u00a0week"), (90, "7\u00a0months")):
        Series.objects.update(expected_days=days)
        assert client.get(path).text.count(f"{late}\u00a0late") == 1


@pytest.mark.parametrize(
    ("fields", "short"),
    [
        ({"expected_days": 366}, "Jan 15 · next Jan 2027"),
        ({"expected_days": 310}, "Jan 15 · due Nov 2026"),
        ({"expected_days": 300}, "Jan 15 · was due Nov 2026"),
        ({"expected_days": 90}, "Jan 15 · late, due Apr 2026"),
        ({"ended_on": "2026-06-30"}, "Jan 15 · ended"),
    ],
)
def test_a_list_says_it_in_one_short_line(client, fields, short):
    made("2026-01-15", **fields)
    assert short in visible_text(client.get("/data/").text)
    if "ended_on" not in fields:
        assert short in visible_text(client.get("/").text)


def test_a_list_says_that_a_waiting_file_is_being_checked(client):
    make_upload(made("2026-01-15", expected_days=300), is_fetched=True)
    assert "Updated Jan 15 · being checked" in visible_text(client.get("/data/").text)


def test_a_list_marks_only_what_is_late_by_more_than_twice_its_rhythm(client):
    made("2026-01-15", expected_days=120)  # late since May
    for days, marks, says in ((120, 0, "was due"), (90, 1, "late, due")):
        Series.objects.update(expected_days=days)
        for path in ("/data/", "/"):
            html = client.get(path).text
            assert html.count('<span class="is-late">late,</span>') == marks
            assert f"Updated Jan 15 · {says}" in visible_text(html)


def test_data_calendar_desk_and_list_of_admin_count_the_same_late_series(admin_client):
    for slug, days in (("due", 310), ("overdue", 300), ("stale", 90)):
        made("2026-01-15", slug=slug, expected_days=days)
    assert ">2 late</a>" in admin_client.get("/data/").text
    assert "2 late" in visible_text(admin_client.get("/data/calendar/").text)
    address = "/admin/glossary/series/?state=late"
    assert f'href="{address}"' in admin_client.get("/admin/").text
    assert "2 series" in visible_text(admin_client.get(address).text)


def test_an_older_release_is_not_told_as_the_newest(client):
    series = made("2025-01-15", expected_days=90)
    release(series, "2024,8 2025,11", "2026-01-15")
    text = visible_text(client.get("/data/compute/?asof=2025-06-30").text)
    assert "Released January 15, 2025" in text
    assert "late" not in text.split()


def test_the_front_page_of_a_site_whose_data_stopped_says_so(client):
    compute = made("2025-07-16")
    made("2025-11-19", slug="rent", category=make_category("Prices"))
    Series.objects.update(expected_days=91)
    issue = make_issue(sent_at="2025-11-21T14:00Z")
    make_data_point(issue, series=compute, period="October 2025")
    text = visible_text(client.get("/").text)
    assert "The last numbers we have" in text
    assert "No newer numbers have come since November 19, 2025." in text
    assert "Latest releases" not in text
    assert "due Oct 2025" in text
    # The figures of the newest issue name their own time.
    assert "Issue 1 · November 21, 2025" in text
    assert "October 2025" in text


def test_one_current_series_is_enough_and_stale_ones_are_no_news(client):
    made("2025-07-16", expected_days=91)
    made("2026-11-19", slug="rent", category=make_category("Prices"))
    text = visible_text(client.get("/").text)
    assert "Latest releases" in text
    assert "Rent" in text
    assert "Compute" not in text


def test_a_short_rhythm_is_told_by_the_day():
    made("2026-11-20", "2026-11-06,8 2026-11-13,10", frequency="weekly")
    assert told() == "updated November 20, 2026 · next expected on November 27, 2026"
