"""What readers are told of the age of a series: when updated, when newer values come, how late.

Late is one rule everywhere: a week after the expected day (glossary.values.expectations).
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import groupby
from typing import Any

from django.db.models import Case, Exists, OuterRef, Value, When
from django.utils import timezone
from django.utils.timesince import timesince

from glossary.models import Release, Series, Upload
from glossary.models.series import SeriesQuerySet
from glossary.values.expectations import Expectation, State
from glossary.values.numbers import NO_BREAK
from glossary.values.periods import day_label

CHECKING, UNPUBLISHED = "checking", "unpublished"
LOOKED_WITHIN = timedelta(days=2)
NEW_DAYS = 7
DAYS_A_MONTH = 28  # a shorter rhythm is told by the day


@dataclass(frozen=True, slots=True)
class Freshness:
    """The parts of "updated January 15, 2026 · next expected in January 2027"; `then` may be "".

    `late` is "" or says how late the next release is: "5 months late". Lists have the short
    `day` and `due`: "Jan 15", "next Jan 2027".
    """

    state: State
    updated_on: date
    then: str
    late: str = ""
    is_new: bool = False
    day: str = ""
    due: str = ""

    @property
    def updated(self) -> str:
        return f"updated {day_label(self.updated_on)}"


def shown_series(since: Any = None) -> SeriesQuerySet:
    """Return the public series with all that pages show of them, except their values.

    `since` is `looked_since()`, or its place in a prepared statement.
    """
    return Series.objects.published().with_page().annotate(holdup=_holdup(since or looked_since()))


def looked_since() -> datetime:
    """Return the time after which a look at the publisher's file counts as recent.

    It is a midnight, because a page must not change within a day (config/page_cache.py).
    """
    return _midnight(timezone.localdate() - LOOKED_WITHIN)


def _holdup(since: Any) -> Case:
    """Say why newer values may be missing: "checking", "unpublished", or "" where that is unknown.

    A file waits for a person, or the publisher was asked lately and has no newer one. Values may be
    published and missing here where they are imported by hand, or fetching fails.
    """
    waiting = Upload.objects.filter(series=OuterRef("pk"), is_fetched=True)
    return Case(
        When(Exists(waiting), Value(CHECKING)),
        When(fetch__failures=0, fetch__worked_at__gte=since, then=Value(UNPUBLISHED)),
        default=Value(""),
    )


def freshness(series: Any) -> Freshness:
    """Return how old the numbers of a series from `shown_series()` are today."""
    today = timezone.localdate()
    released_on = series.current_release.released_on
    is_new = (today - released_on).days < NEW_DAYS
    then, due, late = _next(series, today)
    day = _short_day(released_on, today)
    return Freshness(series.state(today), released_on, then, late, is_new, day, due)


def state_began_at(series: Series) -> datetime:
    """Return when the newest release came in, or when its state changed after that."""
    expectation, release = series.expectation, series.current_release
    if release is None:
        raise ValueError(f"{series.slug} has no release.")
    if expectation is None:
        return release.imported_at
    first_day = expectation.since(timezone.localdate())
    return max(release.imported_at, _midnight(first_day))


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))


def _next(series: Any, today: date) -> tuple[str, str, str]:
    """Return when newer values come ("expected in June 2026, not published yet"), the same in a
    word and a date ("due Jun 2026"), and how late they are, to be kept on one line."""
    expectation: Expectation | None = series.expectation
    if expectation is None:
        return (
            (f"ended {day_label(series.ended_on)}", "ended", "") if series.ended_on else ("",) * 3
        )
    day, state = expectation.expected_on, expectation.state(today)
    late = f"{timesince(day, today, depth=1)}{NO_BREAK}late" if state.is_late else ""
    if series.holdup == CHECKING:
        return "a newer file is being checked", "being checked", late
    when, short = f"in {day:%B} {day.year}", f"{day:%b} {day.year}"
    if expectation.rhythm.days < DAYS_A_MONTH:
        when, short = f"on {day_label(day)}", _short_day(day, today)
    if state is State.FRESH:
        return f"next expected {when}", f"next {short}", late
    is_unpublished = series.holdup == UNPUBLISHED
    if state.is_late:
        then = "not published yet" if is_unpublished else ""
    elif is_unpublished:
        then = f"expected {when}, not published yet"
    else:
        then = f"newer values were expected {when}"
    # What is later than that is marked (_series_row.html).
    word = "was due" if state is State.OVERDUE else "due"
    return then, f"{word} {short}", late


def _short_day(day: date, today: date) -> str:
    return f"{day:%b} {day.day}" + (f", {day.year}" if day.year != today.year else "")


# --- what is expected when ---


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
    expected = [
        ExpectedRelease(each, release, day, state_began_at(each), freshness(each))
        for each in shown_series().filter(ended_on=None)
        if (day := each.expected_on) and (release := each.current_release)
    ]
    return sorted(expected, key=lambda each: (each.on, each.series.title))


def release_calendar() -> ReleaseCalendar:
    """Return the expected releases: those to come by month, and those that are late."""
    expected = expected_releases()
    coming = (each for each in expected if not each.state.is_late)
    months = groupby(coming, lambda each: each.on.replace(day=1))
    return ReleaseCalendar(
        late=[each for each in expected if each.state.is_late],
        months=[(month, list(releases)) for month, releases in months],
    )
