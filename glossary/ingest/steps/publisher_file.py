"""Reads a publisher's file by the steps of its series, into a table with a column for each role."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from glossary.ingest.columns import ROLES, Mapping
from glossary.ingest.steps import frames
from glossary.ingest.steps.declaration import Reading
from glossary.ingest.tables import Table, read_table


@dataclass(frozen=True)
class Stage:
    """A step as written, "" for the file itself, and the table after it."""

    text: str
    table: Table


def stages(
    content: bytes, name: str, encoding: str, reading: Reading, context: frames.Context
) -> Iterator[Stage]:
    """Yield the table of the file, then the table after each step. Raises DataRefused."""
    table = read_table(content, name, encoding, reading.part)
    table = replace(table, percent_is_share=context.percent_is_share)
    yield Stage("", table)
    for step in reading.steps:
        table = step.run(table, context)
        yield Stage(step.text, table)


def read_by_steps(
    content: bytes, name: str, encoding: str, reading: Reading, context: frames.Context
) -> Table:
    """Return the table after the last step. Raises DataRefused, also without period or value."""
    *_, last = stages(content, name, encoding, reading, context)
    table = last.table
    for role in (frames.PERIOD, frames.VALUE):
        frames.texts_of(table, role)
    return table


def mapping_of(table: Table) -> Mapping:
    """Map each role to the column that is called so."""
    low, high, status = (
        role if role in table.columns else "" for role in (frames.LOW, frames.HIGH, frames.STATUS)
    )
    return Mapping(frames.PERIOD, frames.VALUE, low, high, status)


def is_own_format(table: Table) -> bool:
    """Return whether a table is like those we publish: period, value, and other roles alone."""
    return {frames.PERIOD, frames.VALUE} <= set(table.columns) <= set(ROLES)
