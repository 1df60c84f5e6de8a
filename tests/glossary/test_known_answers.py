"""What is stored or read by programs for years, written out: see tests/newsletter for mail."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from glossary.api.feeds import changed_term, release_news, term_event, term_feed, withdrawal_news
from glossary.ingest.columns import Mapping
from glossary.models import Category, Release, Series, Term, WithdrawnRelease
from glossary.prose.figures.readings import Reading
from glossary.terms.timeline import term_events
from glossary.values.points import Status
from tests.builders import make_term

READING = Reading(
    token="h100-rent | change 1y",
    shown="−12.5%",
    value=Decimal("-12.50"),
    unit="percent",
    period=date(2026, 10, 31),
    period_label="October 2026",
    slug="h100-rent",
    released_on=date(2026, 11, 20),
    status=Status.PROVISIONAL,
    machine="-12.50",
    since=date(2025, 10, 31),
    since_label="October 2025",
)
FROZEN_READING = {
    "token": "h100-rent | change 1y",
    "shown": "−12.5%",
    "value": "-12.50",
    "unit": "percent",
    "period": "2026-10-31",
    "period_label": "October 2026",
    "slug": "h100-rent",
    "released_on": "2026-11-20",
    "status": "provisional",
    "machine": "-12.50",
    "since": "2025-10-31",
    "since_label": "October 2025",
}
MAPPING = Mapping(
    period="Month",
    value="Price, €",
    low="Low",
    high="High",
    status="Status",
    where=(("Chip", "H100"), ("Country", "Österreich")),
    pick="max",
    date_format="D/M/YYYY",
)
STORED_MAPPING = (
    '{"period": "Month", "value": "Price, €", "low": "Low", "high": "High", "status": "Status", '
    '"where": [["Chip", "H100"], ["Country", "Österreich"]], "pick": "max", '
    '"date_format": "D/M/YYYY"}'
)


def test_a_reading_that_a_sent_issue_keeps():
    assert READING.as_json() == FROZEN_READING
    assert Reading.from_json(FROZEN_READING) == READING


def test_the_columns_that_a_series_keeps():
    assert MAPPING.to_json() == STORED_MAPPING
    assert Mapping.from_json(STORED_MAPPING) == MAPPING


def test_the_tags_of_releases_and_terms_in_feeds(settings):
    settings.SITE_URL = "https://pulse.example.org"
    category = Category(name="Prices", slug="prices")
    of = {"series": Series(slug="rent", category=category), "released_on": date(2026, 11, 20)}
    news = release_news(Release(pk=12, kind="first", **of))
    assert news.ref == "tag:pulse.example.org,2026-11-20:release/12"
    gone = withdrawal_news(WithdrawnRelease(pk=3, **of))
    assert gone.ref == "tag:pulse.example.org,2026-11-20:withdrawal/3"
    moment = datetime(2026, 11, 23, 9, tzinfo=UTC)
    term = Term(pk=7, slug="token", category=category, created_at=moment)
    assert changed_term(term, moment).ref == "tag:pulse.example.org,2026-11-23:term/7"


@pytest.mark.django_db
def test_the_tags_of_what_happened_to_a_term(settings, clock):
    settings.SITE_URL = "https://pulse.example.org"
    term = make_term("Token")
    term.headword, term.definition = "Tokens", "New."
    term.save()
    latest, first = term.history.values_list("pk", flat=True)
    start = f"tag:pulse.example.org,2026-11-23:term/{term.pk}"
    assert {term_event(term, event).ref for event in term_events(term)} == {
        f"{start}/first/{first}",
        f"{start}/definition/{latest}",
        f"{start}/name/{latest}",
    }
    assert f"<id>{start}/changes</id>" in term_feed(term).text
