"""What lists show of a series is made once a release, however many series there are."""

from datetime import date
from decimal import Decimal

import pytest
from django.core.cache import caches

from glossary.models import Observation, Release, Series
from glossary.series.contents import glances
from tests.builders import make_series

pytestmark = pytest.mark.django_db


def make_many(count):
    """Make published series with one value each, past the import: it takes minutes for these."""
    first = make_series("series-0")
    same = {"category": first.category, "source": first.source, "unit": "units"}
    Series.objects.bulk_create(
        Series(slug=f"series-{n}", title=f"Series {n}", frequency="annual", **same)
        for n in range(1, count)
    )
    releases = Release.objects.bulk_create(
        Release(series=each, released_on=date(2026, 1, 15), kind="first", summary="First.")
        for each in Series.objects.all()
    )
    Observation.objects.bulk_create(
        Observation(series=each.series, period=date(2025, 1, 1), value=Decimal(7), first_in=each)
        for each in releases
    )
    for each in releases:
        each.series.current_release = each
    Series.objects.bulk_update([each.series for each in releases], ["current_release"])
    return Series.objects.published().with_page()


def test_a_thousand_series_are_read_once(django_assert_num_queries):
    series = list(make_many(1_000))
    shown = glances(series)
    assert len(shown) == 1_000
    for number in range(600):
        caches["pictures"].set(f"picture-{number}", b"PNG", timeout=None)
    with django_assert_num_queries(0):
        assert glances(series) == shown
