"""The preview of a waiting file: how it was read and everything it would change."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import partial
from typing import Any

from glossary.ingest import data_uploads, uploads
from glossary.ingest.columns import role_text
from glossary.ingest.guessing import ChoiceNeeded
from glossary.ingest.layouts import read_periods_table
from glossary.ingest.plan_text import read_as
from glossary.ingest.plans import ReleasePlan
from glossary.ingest.revisions import PointChange, size_text
from glossary.ingest.tables import DataRefused
from glossary.models import Upload
from glossary.values.numbers import is_percent
from glossary.values.periods import Denotes, Frequency, period_label
from glossary.values.points import Point, Status

SHOWN_ROWS = 5
SHOWN_POINTS = 30
LONGEST_PLAIN = Decimal("1e15")


@dataclass(frozen=True)
class PeriodLine:
    """One period in a list of changes; a missing text is empty."""

    period: str
    before: str = ""
    after: str = ""
    note: str = ""


@dataclass(frozen=True)
class ChangeList:
    """Changes of one kind: the largest or newest of `count` changes."""

    title: str
    count: int
    lines: tuple[PeriodLine, ...]

    @property
    def is_cut(self) -> bool:
        return self.count > len(self.lines)


@dataclass(frozen=True)
class Preview:
    """A plan, or the problems that prevent one."""

    plan: ReleasePlan | None = None
    seen: str = ""
    columns: str = ""
    problems: tuple[str, ...] = ()
    lists: tuple[ChangeList, ...] = ()
    header: tuple[str, ...] = ()
    rows: tuple[tuple[int, tuple[str, ...]], ...] = ()
    question: str = ""  # which column it is; `choices` are answers to the field “columns”
    choices: tuple[tuple[str, str], ...] = ()


def preview(upload: Upload) -> Preview:
    """Plan the upload. The preview has the first rows of the file, to help choose columns."""
    try:
        planned = data_uploads.plan_upload(upload)
    except ChoiceNeeded as needed:
        choices = tuple((column, role_text(needed.role, column)) for column in needed.columns)
        first_rows = _first_rows(upload, needed.columns)
        return Preview(question=str(needed), choices=choices, **first_rows)
    except DataRefused as refused:
        return Preview(problems=tuple(str(refused).splitlines()), **_first_rows(upload))
    return Preview(
        plan=planned,
        seen=uploads.fingerprint(upload, data_uploads.what_is_shown(planned)),
        columns=read_as(planned),
        lists=tuple(_lists(planned)),
        **_first_rows(upload, [column for _, column in planned.file.mapping.columns()]),
    )


def _first_rows(upload: Upload, taken: Sequence[str] = ()) -> dict[str, Any]:
    """Return header and first rows, with the columns that are taken or could be before others."""
    try:
        table = read_periods_table(uploads.content_of(upload), upload.name, upload.encoding)
    except DataRefused:
        return {}  # plan_upload() reports what is wrong
    order = sorted(range(len(table.columns)), key=lambda index: table.columns[index] not in taken)
    rows = tuple(
        (row.number, tuple(row.cell(index)[:60] for index in order))
        for row in table.rows[:SHOWN_ROWS]
    )
    return {"header": tuple(table.columns[index] for index in order), "rows": rows}


def _lists(planned: ReleasePlan) -> Iterable[ChangeList]:
    name = partial(
        period_label,
        frequency=Frequency(planned.series.frequency),
        denotes=Denotes(planned.series.denotes),
    )
    in_points = is_percent(planned.series.unit, planned.series.short_unit)
    difference = planned.difference
    changed = {change.period: change for change in difference.changed}
    changed |= {change.period: change for change in difference.status_changed}
    size = partial(_size, in_points=in_points)
    largest = sorted(changed.values(), key=size, reverse=True)[:SHOWN_POINTS]
    lines = [_changed(name(c.period), c, in_points) for c in sorted(largest, key=_day)]
    lists = (
        ("Changed", len(changed), lines),
        ("Vanished", len(difference.vanished), _last(difference.vanished, name, "before")),
        ("Added", len(difference.added), _last(difference.added, name, "after")),
    )
    for title, count, lines in lists:
        if lines:
            yield ChangeList(title, count, tuple(lines))


def _size(change: PointChange, in_points: bool) -> Decimal:
    share = None if in_points else change.relative
    return abs(share or change.absolute or Decimal(0))


def _day(change: PointChange) -> date:
    return change.period


def _changed(period: str, change: PointChange, in_points: bool) -> PeriodLine:
    size = size_text(change, is_percent=in_points)
    return PeriodLine(period, point_text(change.old), point_text(change.new), size)


def _last(points: Sequence[Point], name: Callable[[date], str], side: str) -> list[PeriodLine]:
    newest = reversed(points[-SHOWN_POINTS:])
    return [PeriodLine(name(point.period), **{side: point_text(point)}) for point in newest]


def point_text(point: Point) -> str:
    """Format a point: the value, its interval, and its status unless it is final."""
    value = "no value" if point.value is None else plain_number(point.value)
    low, high = (
        plain_number(bound) if bound is not None else "?" for bound in (point.low, point.high)
    )
    bounds = "" if point.low is None and point.high is None else f" ({low} to {high})"
    status = "" if point.status is Status.FINAL else f", {point.status}"
    return f"{value}{bounds}{status}"


def plain_number(value: Decimal) -> str:
    return f"{value:.4e}" if abs(value) >= LONGEST_PLAIN else f"{value:,f}"
