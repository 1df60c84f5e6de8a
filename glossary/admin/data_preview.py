"""The preview of a waiting file: how it was read and everything it would change."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import partial
from operator import attrgetter

from glossary.ingest import data_uploads, uploads
from glossary.ingest.columns import ROLES, role_text
from glossary.ingest.guessing import ChoiceNeeded
from glossary.ingest.layouts import read_periods_table
from glossary.ingest.plan_text import read_as
from glossary.ingest.plans import ReleasePlan
from glossary.ingest.problems import DataRefused
from glossary.ingest.revisions import PointChange, size_text
from glossary.ingest.steps.publisher_file import Stage
from glossary.models import Upload
from glossary.values.numbers import is_percent
from glossary.values.periods import Denotes, Frequency, period_label
from glossary.values.points import Point, Status

SHOWN_ROWS = 5
STEP_ROWS = 3
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
class FirstRows:
    """The first rows of a table, and how many it has; the step that made it, "" for the file.

    `left_out` says which rows the step did not take.
    """

    step: str
    count: int
    left_out: str
    header: tuple[str, ...]
    rows: tuple[tuple[int, tuple[str, ...]], ...]


@dataclass(frozen=True)
class Preview:
    """A plan, or the problems that prevent one."""

    plan: ReleasePlan | None = None
    seen: str = ""
    columns: str = ""
    problems: tuple[str, ...] = ()
    lists: tuple[ChangeList, ...] = ()
    tables: tuple[FirstRows, ...] = ()
    question: str = ""  # which column it is; `choices` are answers to the field “columns”
    choices: tuple[tuple[str, str], ...] = ()


def preview(upload: Upload) -> Preview:
    """Plan the upload. The preview has the first rows of the file, and those after each step."""
    try:
        planned = data_uploads.plan_upload(upload)
    except ChoiceNeeded as needed:
        choices = tuple((column, role_text(needed.role, column)) for column in needed.columns)
        tables = tuple(_tables(upload, needed.columns))
        return Preview(question=str(needed), choices=choices, tables=tables)
    except DataRefused as refused:
        return Preview(problems=tuple(str(refused).splitlines()), tables=tuple(_tables(upload)))
    taken = [column for _, column in planned.file.mapping.columns()]
    return Preview(
        plan=planned,
        seen=uploads.fingerprint(upload, data_uploads.what_is_shown(planned)),
        columns=read_as(planned),
        lists=tuple(_lists(planned)),
        tables=tuple(_tables(upload, taken)),
    )


def _tables(upload: Upload, taken: Sequence[str] = ROLES) -> Iterator[FirstRows]:
    """Yield the first rows of the file, with the columns that are taken or could be before others.

    Those after each step follow, if the series has steps.
    """
    content = uploads.content_of(upload)
    stages = data_uploads.stages_of(upload, content)
    for stage in stages:
        yield _rows_of(stage, ROLES, STEP_ROWS)
    if not stages:
        # What is wrong with the file, plan_upload() reports.
        with suppress(DataRefused):
            table = read_periods_table(content, upload.name, upload.encoding)
            yield _rows_of(Stage("", table), taken, SHOWN_ROWS)


def _rows_of(stage: Stage, first: Sequence[str], most: int) -> FirstRows:
    table = stage.table
    order = sorted(range(len(table.columns)), key=lambda at: table.columns[at] not in first)
    rows = tuple(
        (row.number, tuple(row.cell(at)[:60] for at in order)) for row in table.rows[:most]
    )
    header = tuple(table.columns[at] for at in order)
    return FirstRows(stage.text, len(table.rows), stage.left_out, header, rows)


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
    lines = [
        PeriodLine(
            name(change.period),
            point_text(change.old),
            point_text(change.new),
            size_text(change, is_percent=in_points),
        )
        for change in sorted(largest, key=attrgetter("period"))
    ]
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
