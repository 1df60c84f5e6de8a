"""What is expected when: the next release of every living series."""

from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby

from django.utils import timezone

from glossary.models import Release, Series
from glossary.series.freshness import Freshness, freshness, shown_series
from glossary.values.expectations import State


@dataclass(frozen=True, slots=True)
class ExpectedRelease:
    """`since` is the first day of the state that holds today."""

    series: Series
    after: Release
    on: date
    since: date
    freshness: Freshness

    @property
    def state(self) -> State:
        return self.freshness.state

    @property
    def told_at(self) -> datetime:
        """The moment of the last import or change of state."""
        began = timezone.make_aware(datetime.combine(self.since, datetime.min.time()))
        return max(self.after.imported_at, began)


@dataclass(frozen=True)
class ReleaseCalendar:
    late: list[ExpectedRelease]
    months: list[tuple[date, list[ExpectedRelease]]]  # with the first day of each


def expected_releases() -> list[ExpectedRelease]:
    """Return the next release of each series that has data and has not ended, by day; one query."""
    today = timezone.localdate()
    expected = (_expected(each, today) for each in shown_series().filter(ended_on=None))
    return sorted(filter(None, expected), key=lambda each: (each.on, each.series.title))


def release_calendar() -> ReleaseCalendar:
    """Return the expected releases: those that are late, then the others by month."""
    expected = expected_releases()
    coming = (each for each in expected if not each.state.is_late)
    months = groupby(coming, lambda each: each.on.replace(day=1))
    return ReleaseCalendar(
        late=[each for each in expected if each.state.is_late],
        months=[(month, list(releases)) for month, releases in months],
    )


def _expected(series: Series, today: date) -> ExpectedRelease | None:
    expectation, release = series.expectation, series.current_release
    if expectation is None or release is None:
        return None
    return ExpectedRelease(
        series, release, expectation.expected_on, expectation.since(today), freshness(series)
    )
