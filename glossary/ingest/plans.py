"""Every import of data: read, validate, compare, find the sentences that change, accept or refuse.

Uploads in admin, importseries, refreshseries and the starter data all call `plan_release` and
`accept_release`. Planning writes nothing; accepting is one transaction.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, astuple, dataclass, replace
from datetime import date
from itertools import batched
from typing import Any

from django.db import transaction
from django.utils import timezone

from glossary import search
from glossary.ingest import consequences
from glossary.ingest.columns import AS_STORED, Columns
from glossary.ingest.dates import Grain
from glossary.ingest.period_days import calendar_period, ends_with_calendar
from glossary.ingest.point_reader import Incoming
from glossary.ingest.problems import DataProblem, DataRefused, refused
from glossary.ingest.revisions import (
    Difference,
    RevisionKind,
    compare_points,
    difference_text,
    unusual_periods,
)
from glossary.ingest.series_files import SeriesFile, read_file
from glossary.ingest.uploads import Stale
from glossary.models import Observation, Release, Series, Term
from glossary.series import figure_uses
from glossary.series.loading import Loaded, load_as_of
from glossary.terms import text_problems
from glossary.values.numbers import is_percent
from glossary.values.periods import Denotes, Frequency, period_label
from glossary.values.points import Point, Status

MAX_LISTED = 50


@dataclass(frozen=True)
class ReleasePlan:
    """The effect of accepting a file."""

    series: Series
    released_on: date
    file: SeriesFile
    points: tuple[Point, ...]
    difference: Difference
    checksum: str
    based_on: int | None  # id of the current release at the time of planning
    sentences: tuple[consequences.SentenceChange, ...]
    broken: tuple[consequences.BrokenClaim, ...]
    questions: tuple[str, ...]  # what a person confirms by accepting

    @property
    def changes_nothing(self) -> bool:
        return self.difference.kind is RevisionKind.UNCHANGED

    @property
    def needs_a_person(self) -> bool:
        return bool(self.questions)

    @property
    def summary(self) -> str:
        in_points = is_percent(self.series.unit, self.series.short_unit)
        return difference_text(self.difference, _labels(self.series), is_percent=in_points)

    @property
    def read_as(self) -> str:
        """Return how the file was read: by which columns, or by the steps."""
        return "by the steps of the series" if self.file.by_steps else str(self.file.mapping)

    def lines(self) -> Iterator[str]:
        """Yield what was read and how, what changes, and which texts would change, as text."""
        yield f"{self.series.title}, released {self.released_on}"
        yield f"Columns: {self.read_as}"
        yield from self.file.left_out
        yield from self.file.told
        yield self.summary
        for change in self.sentences:
            yield f"{change.title} would no longer say: {change.before}"
            yield f"{' ' * len(change.title)} but instead:        {change.after}"
        for broken in self.broken:
            yield f"{broken.title} claims {broken.claim}: {broken.finding}"


def plan_release(
    series: Series, content: bytes, name: str, released_on: date, asked: Columns = AS_STORED
) -> ReleasePlan:
    """Return what a file would change; write nothing.

    Raises DataRefused with every problem, or ChoiceNeeded where a person must name a column.
    """
    if released_on > timezone.localdate():
        raise refused(f"The release day {released_on} is in the future.")
    file = read_file(series, content, name, released_on, asked)
    current = load_as_of(series)
    _check_day(current, released_on)
    incoming = _with_earlier(file.incoming, current) if file.append_only else file.incoming
    difference = compare_points(current.points if current else (), incoming.points)
    _check_moved(series, current, difference)
    sentences, broken = consequences.of(series, released_on, incoming.points)
    checksum = checksum_of(content)
    questions = (
        *(() if file.was_seen else incoming.questions),
        *file.questions,
        *_withdrawn_before(series, checksum),
        *_questions_about(series, current, incoming, difference),
        *_questions_of_texts(sentences, broken),
    )
    return ReleasePlan(
        series=series,
        released_on=released_on,
        file=file,
        points=incoming.points,
        difference=difference,
        checksum=checksum,
        based_on=series.current_release_id,
        sentences=sentences,
        broken=broken,
        questions=questions,
    )


def checksum_of(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


@transaction.atomic
def accept_release(
    planned: ReleasePlan, by: Any = None, note: str = "", is_automatic: bool = False
) -> Release | None:
    """Store the plan; return the release, or None when nothing changed.

    Raises Stale when the series has a newer release than the one the plan is based on.
    """
    series = Series.objects.select_for_update(of=("self",), no_key=True).get(pk=planned.series.pk)
    if series.current_release_id != planned.based_on:
        raise Stale("The series has a newer release than this plan knows. Plan again.")
    if not planned.file.by_steps:
        series.mapping = planned.file.mapping.to_json()
    if planned.changes_nothing:
        Series.objects.filter(pk=series.pk).update(mapping=series.mapping)
        return None
    release = Release.objects.create(
        series=series,
        released_on=planned.released_on,
        observed_until=observed_until(planned.points, planned.released_on),
        imported_by=by,
        checksum=planned.checksum,
        kind=planned.difference.kind.value,
        summary=planned.summary[:500],
        note=note,
        is_automatic=is_automatic,
        sentences=[astuple(change) for change in planned.sentences[:MAX_LISTED]],
    )
    _store(release, planned.difference)
    Series.objects.filter(pk=series.pk).update(current_release=release, mapping=series.mapping)
    follow_numbers(series, release)
    return release


def follow_numbers(series: Series, release: Release | None = None) -> None:
    """Judge claims and texts by the numbers that hold now, and let search find the series.

    `release` brought the numbers; None after one was withdrawn.
    """
    figure_uses.recheck_claims(series)
    text_problems.record_broken(Term.objects.filter(figure_uses__series=series))
    for follow in figure_uses.NUMBERS_FOLLOWED:
        follow(series, release)
    search.after_commit("series", [series.pk])


def observed_until(points: Iterable[Point], day: date) -> date | None:
    """Return the newest period up to `day` with a value that is not projected."""
    known = (p for p in points if p.value is not None and p.status is not Status.PROJECTED)
    return max((point.period for point in known if point.period <= day), default=None)


def _store(release: Release, difference: Difference) -> None:
    """End observations that no longer hold and add new ones; the others stay untouched."""
    revised = {change.period: change.new for change in difference.changed}
    revised |= {change.period: change.new for change in difference.status_changed}
    current = Observation.objects.current().filter(series=release.series)
    for some in batched([*revised, *(point.period for point in difference.vanished)], 500):
        current.filter(period__in=some).update(superseded_in=release)
    points = (*difference.added, *revised.values())
    rows = (asdict(point) | {"status": point.status.value} for point in points)
    Observation.objects.bulk_create(
        [Observation(series=release.series, first_in=release, **row) for row in rows],
        batch_size=500,
    )


def _kind_of_period(series: Series) -> tuple[Frequency, Denotes]:
    return Frequency(series.frequency), Denotes(series.denotes)


def _labels(series: Series) -> Callable[[date], str]:
    return lambda day: period_label(day, *_kind_of_period(series))


def _with_earlier(incoming: Incoming, current: Loaded | None) -> Incoming:
    """Add the periods that the series has and the file does not show, as a window of 30 days."""
    shown = {point.period for point in incoming.points}
    earlier = (point for point in current.points if point.period not in shown) if current else ()
    points = sorted((*earlier, *incoming.points), key=lambda point: point.period)
    return replace(incoming, points=tuple(points))


def _withdrawn_before(series: Series, checksum: str) -> Iterator[str]:
    if before := series.withdrawn_releases.filter(checksum=checksum).first():
        yield f"This file was withdrawn on {before.withdrawn_at:%Y-%m-%d}: {before.reason}"
        return
    last = series.withdrawn_releases.order_by("withdrawn_at").last()
    current = series.current_release
    if last and (current is None or last.withdrawn_at > current.imported_at):
        yield f"The last release was withdrawn on {last.withdrawn_at:%Y-%m-%d}: {last.reason}"


def _questions_about(
    series: Series, current: Loaded | None, incoming: Incoming, difference: Difference
) -> Iterator[str]:
    """Yield what is unusual in the file, and in its difference from the current release."""
    ends = [point.period for point in current.points] if current else []
    odd = [day for day in ends if not ends_with_calendar(day, incoming.grain)]
    if series.denotes == Denotes.ENDING and incoming.grain is not Grain.DAY and odd:
        yield (
            "The file does not say on which days its periods end; the calendar's were taken, but"
            f" those of the series end on other days, such as {odd[-1]}. Write these days, or"
            " accept the calendar's."
        )
    if difference.vanished:
        yield f"Periods would vanish: {_listed(series, [p.period for p in difference.vanished])}."
    if current and (unusual := unusual_periods(difference, incoming.points)):
        yield f"Values that are unusual steps or withdrawn: {_listed(series, unusual)}."


def _questions_of_texts(
    sentences: Sequence[consequences.SentenceChange], broken: Sequence[consequences.BrokenClaim]
) -> Iterator[str]:
    """Yield what would be untrue in published texts, beyond figures that change in value."""
    if turned := dict.fromkeys(change.title for change in sentences if change.turns):
        yield f"Published text would say the opposite, or lose a figure: {', '.join(turned)}."
    if broken:
        yield "Published claims would no longer hold."


def _listed(series: Series, periods: Sequence[date]) -> str:
    named = "; ".join(map(_labels(series), periods[:MAX_LISTED]))
    more = len(periods) - MAX_LISTED
    return f"{named}; and {more:,} more" if more > 0 else named


def _check_moved(series: Series, current: Loaded | None, difference: Difference) -> None:
    """Refuse a second date in a period: after January 1, January 31 is not a new month."""
    kind = _kind_of_period(series)
    standing = current.points if current else ()
    days = {calendar_period(point.period, *kind): point.period for point in standing}
    if moved := [
        DataProblem(0, "", f"{point.period} is in the period that the series has as {day}.")
        for point in difference.added
        if (day := days.get(calendar_period(point.period, *kind)))
    ]:
        raise DataRefused(moved)


def _check_day(current: Loaded | None, released_on: date) -> None:
    if current and released_on < current.release.released_on:
        raise refused(
            f"The newest release is of {current.release.released_on}; an earlier one cannot be "
            "put before it. Import releases in the order they came out; a release with a wrong day "
            "can be withdrawn on the page of its series in admin."
        )
