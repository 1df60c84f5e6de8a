"""What is expected when: the next release of every living series."""

from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby

from glossary.models import Release, Series
from glossary.series.freshness import Freshness, freshness, shown_series, state_began_at
from glossary.values.expectations import State


@dataclass(frozen=True, slots=True)
class ExpectedRelease:
    """The release after a release; `told_at` is when that came in or when its state changed."""

    series: Series
    after: Release
    on: date
    told_at: datetime
    freshness: Freshness

    @property
    def state(self) -> State:
        return self.freshness.state


@dataclass(frozen=True)
class ReleaseCalendar:
    late: list[ExpectedRelease]  # the latest first
    months: list[tuple[date, list[ExpectedRelease]]]  # with the first day of each

    @property
    def next(self) -> ExpectedRelease | None:
        """Return the first release whose day has not come yet."""
        coming = (each for _, releases in self.months for each in releases)
        return next((each for each in coming if each.state is State.FRESH), None)


def expected_releases() -> list[ExpectedRelease]:
    """Return the next release of each series that has data and has not ended, by day; one query."""
    expected = (_expected(each) for each in shown_series().filter(ended_on=None))
    return sorted(filter(None, expected), key=lambda each: (each.on, each.series.title))


def release_calendar() -> ReleaseCalendar:
    """Return the expected releases: those to come by month, and those that are late."""
    expected = expected_releases()
    coming = (each for each in expected if not each.state.is_late)
    months = groupby(coming, lambda each: each.on.replace(day=1))
    return ReleaseCalendar(
        late=[each for each in expected if each.state.is_late],
        months=[(month, list(releases)) for month, releases in months],
    )


def _expected(series: Series) -> ExpectedRelease | None:
    day, release = series.expected_on, series.current_release
    if day is None or release is None:
        return None
    return ExpectedRelease(series, release, day, state_began_at(series), freshness(series))
