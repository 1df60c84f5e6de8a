"""Reads a publisher's file by the steps of its series, into a table with a column for each role."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from glossary.ingest.cells import quote_cell
from glossary.ingest.columns import ROLES, Mapping
from glossary.ingest.decimal_commas import with_decimal_points
from glossary.ingest.steps import frames
from glossary.ingest.steps.declaration import Reading, Step
from glossary.ingest.steps.values import OneRow
from glossary.ingest.tables import Table, TableRow, read_table, without_marks

LISTED = 3  # of the rows that a step left out
OF_STATES = ("states", "quarters")  # whose rows are none of the file's
SUMS = (OneRow.SUM, OneRow.COUNT)


@dataclass(frozen=True)
class Stage:
    """A step as written, "" for the file itself, and the table after it.

    `left_out` says which rows of the table before are not in it, with the cells the step looked at.
    """

    text: str
    table: Table
    left_out: str = ""


def stages(
    content: bytes, name: str, encoding: str, reading: Reading, context: frames.Context
) -> Iterator[Stage]:
    """Yield the table of the file, then the table after each step. Raises DataRefused."""
    table = with_decimal_points(without_marks(read_table(content, name, encoding, reading.part)))
    table = replace(table, percent_is_share=context.percent_is_share)
    yield Stage("", table)
    for step in reading.steps:
        before, table = table, step.run(table, context)
        yield Stage(step.text, table, _left_out(step, before, table, context))


def read_by_steps(
    content: bytes, name: str, encoding: str, reading: Reading, context: frames.Context
) -> tuple[Table, tuple[str, ...]]:
    """Return the table after all steps, and what each left out.

    Raises DataRefused, also without period or value.
    """
    *before, last = stages(content, name, encoding, reading, context)
    table = last.table
    for role in (frames.PERIOD, frames.VALUE):
        frames.texts_of(table, role)
    said = (f"{stage.text}: {stage.left_out}" for stage in (*before, last) if stage.left_out)
    return table, tuple(said)


def _left_out(step: Step, before: Table, after: Table, context: frames.Context) -> str:
    """Return how many rows a step left out and the first ones; "" if it left out none."""
    if step.name in OF_STATES:
        return ""
    is_sum = step.name == "one row" and (step.options in SUMS or isinstance(step.options, dict))
    # A step that makes rows of columns leaves out a row of the file if it makes none of it.
    by_column = all(any(row.column for row in table.rows) for table in (before, after))

    def keys(table: Table) -> list[object]:
        if is_sum:
            days = frames.dates_of(table, frames.PERIOD, context.denotes)
            return list(map(context.period_of, days))
        return [(row.number, row.column if by_column else "") for row in table.rows]

    there = set(keys(after))
    gone = [row for row, key in zip(before.rows, keys(before), strict=True) if key not in there]
    if not gone:
        return ""
    roles = sorted(_columns_in([frames.PERIOD, frames.VALUE], before))
    columns = _columns_in(step.options, before) or roles
    first = "; ".join(_row_text(row, columns) for row in gone[:LISTED])
    more = len(gone) - LISTED
    return f"{len(gone):,} left out: {first}{f'; and {more:,} more' if more > 0 else ''}"


def _columns_in(options: Any, table: Table) -> list[tuple[int, str]]:
    """Return the columns that a step names."""
    if isinstance(options, dict):
        options = [*options, *options.values()]
    if isinstance(options, list):
        return [found for each in options for found in _columns_in(each, table)]
    return [found for found in enumerate(table.columns) if found[1] == str(options)]


def _row_text(row: TableRow, columns: list[tuple[int, str]]) -> str:
    cells = ", ".join(
        f"{name} {quote_cell(row.cell(at)) if row.cell(at) else 'is empty'}" for at, name in columns
    )
    return f"row {row.number} ({cells})" if cells else f"row {row.number}"


def mapping_of(table: Table) -> Mapping:
    """Return the mapping in which each role is the column with its name."""
    low, high, status = (
        role if role in table.columns else "" for role in (frames.LOW, frames.HIGH, frames.STATUS)
    )
    return Mapping(frames.PERIOD, frames.VALUE, low, high, status)


def is_own_format(table: Table) -> bool:
    """Return whether a table is like those we publish: period, value, and other roles alone."""
    return {frames.PERIOD, frames.VALUE} <= set(table.columns) <= set(ROLES)
