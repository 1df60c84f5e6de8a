"""The preview of a waiting file: how it was read and everything it would change."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from datetime import date
from decimal import Decimal
from functools import partial
from operator import attrgetter
from typing import Any

from glossary.ingest import data_uploads, uploads
from glossary.ingest.columns import ROLES, role_text
from glossary.ingest.guessing import ChoiceNeeded
from glossary.ingest.layouts import read_periods_table
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


type Shown = dict[str, Any]


def preview(upload: Upload) -> Shown:
    """Return what the template shows: a plan, or the problems or the question that prevent one.

    It has the first rows of the file, and those after each step.
    """
    try:
        planned = data_uploads.plan_upload(upload)
    except ChoiceNeeded as needed:
        # Answers to the field “columns”.
        choices = [(column, role_text(needed.role, column)) for column in needed.columns]
        tables = list(_tables(upload, needed.columns))
        return {"question": str(needed), "choices": choices, "tables": tables}
    except DataRefused as refused:
        return {"problems": tuple(str(refused).splitlines()), "tables": list(_tables(upload))}
    taken = [column for _, column in planned.file.mapping.columns()]
    return {
        "plan": planned,
        "seen": uploads.fingerprint(upload, data_uploads.what_is_shown(planned)),
        "columns": planned.read_as,
        "lists": list(_lists(planned)),
        "tables": list(_tables(upload, taken)),
    }


def _tables(upload: Upload, taken: Sequence[str] = ROLES) -> Iterator[Shown]:
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


def _rows_of(stage: Stage, first: Sequence[str], most: int) -> Shown:
    """Return the first rows of a table, and how many it has; the step that made it, if any."""
    table = stage.table
    order = sorted(range(len(table.columns)), key=lambda at: table.columns[at] not in first)
    return {
        "step": stage.text,
        "count": len(table.rows),
        "left_out": stage.left_out,
        "header": tuple(table.columns[at] for at in order),
        "rows": [(row.number, [row.cell(at)[:60] for at in order]) for row in table.rows[:most]],
    }


def _lists(planned: ReleasePlan) -> Iterator[Shown]:
    """Yield the changes of each kind, the largest or newest of them as lines."""
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
        {
            "period": name(change.period),
            "before": point_text(change.old),
            "after": point_text(change.new),
            "note": size_text(change, is_percent=in_points),
        }
        for change in sorted(largest, key=attrgetter("period"))
    ]
    lists = (
        ("Changed", len(changed), lines),
        ("Vanished", len(difference.vanished), _last(difference.vanished, name, "before")),
        ("Added", len(difference.added), _last(difference.added, name, "after")),
    )
    for title, count, lines in lists:
        if lines:
            yield {"title": title, "count": count, "lines": lines, "is_cut": count > len(lines)}


def _size(change: PointChange, in_points: bool) -> Decimal:
    share = None if in_points else change.relative
    return abs(share or change.absolute or Decimal(0))


def _last(points: Sequence[Point], name: Callable[[date], str], side: str) -> list[Shown]:
    newest = reversed(points[-SHOWN_POINTS:])
    return [{"period": name(point.period), side: point_text(point)} for point in newest]


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
