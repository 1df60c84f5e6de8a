"""Which series the front page lists as changed lately."""

from datetime import date

import pytest

from glossary.models import Series, Source
from glossary.series.recent_changes import recent_changes
from tests.builders import make_category, make_series, release

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]  # November 23, 2026
CALM = "2021,100 2022,101 2023,102 2024,103"


def publisher(name):
    return Source.objects.create(publisher=name, title="Tables")


def made(slug, day, newest=104, **fields):
    fields.setdefault("source", publisher(slug.title()))
    series = make_series(slug, expected_days=365, **fields)
    release(series, f"{CALM} 2025,{newest}", day)
    return series


def slugs():
    return [entry.series.slug for entry in recent_changes().entries]


def test_the_newest_release_comes_first_and_five_are_listed():
    for day in range(1, 8):
        made(f"day-{day}", f"2026-11-0{day}")
    assert slugs() == ["day-7", "day-6", "day-5", "day-4", "day-3"]


def test_one_day_of_a_source_is_one_piece_of_news_told_by_what_moved_most():
    source = publisher("Epoch AI")
    for name, newest in (("calm", 104), ("jump", 150), ("dip", 98)):
        made(name, "2026-11-20", newest, source=source)
    made("older", "2026-11-01")
    assert slugs() == ["jump", "older", "dip", "calm"]


def test_ended_and_stale_series_are_no_news_but_are_counted():
    made("new", "2026-11-20")
    made("ended", "2026-11-21", ended_on=date(2025, 12, 31))
    made("stale", "2023-11-20", category=make_category("Power"))
    changes = recent_changes()
    assert [entry.series.slug for entry in changes.entries] == ["new"]
    assert (changes.count, changes.updated_this_month, changes.stopped_on) == (3, 2, None)


def test_where_all_are_stale_the_day_of_the_last_number_is_told():
    made("older", "2022-11-20")
    made("old", "2023-11-20")
    Series.objects.update(expected_days=30)
    assert slugs() == ["old", "older"]
    assert recent_changes().stopped_on == date(2023, 11, 20)


def test_a_release_of_the_last_seven_days_is_marked_as_new(client):
    made("old", "2026-11-16")
    assert "new</span>" not in client.get("/").text
    made("fresh", "2026-11-17")
    assert client.get("/").text.count('<span class="tag">new</span>') == 1
