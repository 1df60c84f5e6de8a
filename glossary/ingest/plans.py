"""The one door for data: read → validate → difference → which sentences change → accept or refuse.

Upload in admin, importseries, refreshseries and the starter data all go through `plan` and
`accept`. Planning writes nothing; accepting is one transaction.
"""

import hashlib
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import transaction

from glossary import backlinks
from glossary.ingest import consequences
from glossary.ingest.columns import BadMapping, Mapping, choose, guess
from glossary.ingest.reading_series import read_series
from glossary.ingest.revisions import Difference, Kind, compare, summary
from glossary.ingest.tables import Problem, Refused, Table, read_table
from glossary.loading import Loaded, load_as_of
from glossary.models import Observation, Release, Series
from glossary.periods import Denotes, Frequency, label
from glossary.points import Point


@dataclass(frozen=True)
class Columns:
    """What was typed to change the mapping; empty texts leave the kept or guessed one as it is."""

    columns: str = ""
    where: tuple[str, ...] = ()
    pick: str = ""
    date_format: str = ""
    encoding: str = ""


@dataclass(frozen=True)
class Plan:
    """What accepting a file would do."""

    series: Series
    released_on: date
    mapping: Mapping
    points: tuple[Point, ...]
    told: tuple[str, ...]
    difference: Difference
    checksum: str
    based_on: int | None  # the current release's id when this was planned
    sentences: tuple[consequences.SentenceChange, ...]
    broken: tuple[consequences.BrokenClaim, ...]

    @property
    def changes_nothing(self) -> bool:
        return self.difference.kind is Kind.UNCHANGED

    @property
    def needs_a_person(self) -> bool:
        """Whether published words would read differently, or a claim would no longer hold."""
        return bool(self.sentences or self.broken)

    @property
    def summary(self) -> str:
        frequency, denotes = Frequency(self.series.frequency), Denotes(self.series.denotes)
        return summary(self.difference, lambda day: label(day, frequency, denotes))


class Stale(Exception):
    """Somebody imported into the series after this plan was made; plan again."""


def plan(
    series: Series,
    content: bytes,
    name: str,
    released_on: date,
    asked: Columns = Columns(),
) -> Plan:
    """Find out what a file would change. Raises Refused with every problem; writes nothing."""
    table = read_table(content, name, encoding=asked.encoding)
    mapping = _mapping(series, table, asked)
    incoming = read_series(table, mapping, released_on)
    if not incoming.points:
        raise _refused("No row is left to take: look at the mapping's “where”.")
    current = load_as_of(series)
    _check_day(current, released_on)
    difference = compare(current.points if current else (), incoming.points)
    if difference.lost_too_much:
        raise _refused(
            f"{len(difference.vanished)} of {difference.before} periods are gone; more than a "
            "tenth is taken for a broken file."
        )
    sentences, broken = consequences.of(series, released_on, incoming.points)
    return Plan(
        series=series,
        released_on=released_on,
        mapping=mapping,
        points=incoming.points,
        told=incoming.told,
        difference=difference,
        checksum=hashlib.sha256(content).hexdigest(),
        based_on=series.current_release_id,
        sentences=sentences,
        broken=broken,
    )


@transaction.atomic
def accept(planned: Plan, by: Any = None, note: str = "") -> Release | None:
    """Store what the plan found; return the release, or None when nothing changed.

    Raises Stale when the series has another release by now than the plan was made on.
    """
    series = Series.objects.select_for_update(of=("self",)).get(pk=planned.series.pk)
    if series.current_release_id != planned.based_on:
        raise Stale("The series has a newer release than this plan knows. Plan again.")
    series.mapping = planned.mapping.to_json()
    if planned.changes_nothing:
        Series.objects.filter(pk=series.pk).update(mapping=series.mapping)
        return None
    release = Release.objects.create(
        series=series,
        released_on=planned.released_on,
        imported_by=by,
        checksum=planned.checksum,
        kind=planned.difference.kind.value,
        summary=planned.summary[:500],
        note=note,
    )
    _store(release, planned.difference)
    Series.objects.filter(pk=series.pk).update(current_release=release, mapping=series.mapping)
    backlinks.judge(series)
    return release


def _store(release: Release, difference: Difference) -> None:
    """End what no longer holds, begin what does; what stayed the same is not touched."""
    revised = {change.period: change.new for change in difference.changed}
    revised |= {change.period: change.new for change in difference.status_changed}
    ended = [*revised, *(point.period for point in difference.vanished)]
    current = Observation.objects.current().filter(series=release.series)
    for start in range(0, len(ended), 500):
        current.filter(period__in=ended[start : start + 500]).update(superseded_in=release)
    Observation.objects.bulk_create(
        [
            Observation(
                series=release.series,
                period=point.period,
                value=point.value,
                low=point.low,
                high=point.high,
                status=point.status.value,
                first_in=release,
            )
            for point in (*difference.added, *revised.values())
        ],
        batch_size=500,
    )


def _mapping(series: Series, table: Table, asked: Columns) -> Mapping:
    """Take the kept mapping, or guess one; then what was typed on top."""
    try:
        kept = Mapping.from_json(series.mapping) if series.mapping else None
        if kept and not {column for _, column in kept.columns()} <= set(table.columns):
            kept = None
        start = kept or (None if "period=" in asked.columns else guess(table))
        return choose(
            start, table.columns, asked.columns, asked.where, asked.pick, asked.date_format
        )
    except BadMapping as error:
        raise _refused(str(error)) from error


def _check_day(current: Loaded | None, released_on: date) -> None:
    if current and released_on < current.release.released_on:
        raise _refused(
            f"The newest release is of {current.release.released_on}; an earlier one cannot be "
            "put before it. Import releases in the order they came out."
        )


def _refused(message: str) -> Refused:
    return Refused([Problem(0, "", message)], 1)
