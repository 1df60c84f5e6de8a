"""Reads a file of a series: by its steps, in our own format, or by columns named or guessed."""

from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date

from glossary.ingest.columns import BadMapping, Columns, Mapping, choose_mapping, read_roles
from glossary.ingest.guessing import Guess, guess_mapping
from glossary.ingest.layouts import read_periods_table
from glossary.ingest.point_reader import Incoming, read_series
from glossary.ingest.problems import DataRefused, refused
from glossary.ingest.steps.declaration import BadSteps, Reading, read_steps
from glossary.ingest.steps.frames import Context
from glossary.ingest.steps.publisher_file import (
    Stage,
    is_own_format,
    mapping_of,
    read_by_steps,
    stages,
)
from glossary.ingest.tables import Table
from glossary.models import Series
from glossary.prose.figures.wording import SHARES
from glossary.values.periods import Denotes, Frequency


@dataclass(frozen=True)
class SeriesFile:
    """What a file holds for a series, and how it was read."""

    incoming: Incoming
    mapping: Mapping
    told: tuple[str, ...]
    was_seen: bool  # a person confirmed the columns or wrote the steps, or they are our format's
    by_steps: bool = False
    append_only: bool = False  # periods that the file no longer has stay
    questions: tuple[str, ...] = ()  # of the steps
    left_out: tuple[str, ...] = ()  # which rows each of the steps did not take


def read_file(
    series: Series, content: bytes, name: str, released_on: date, asked: Columns
) -> SeriesFile:
    """Return what a file holds for a series, read as its release would be.

    Columns that a person types come before the series' steps, and so does our own format, in which
    our downloads and starter data are written, unless the file is fetched. Raises DataRefused, or
    ChoiceNeeded where a person must name a column.
    """
    context = _context(series, released_on)
    reading = _reading(series, content, name, asked)
    if reading:
        table, left_out = read_by_steps(content, name, asked.encoding, reading, context)
        guess = Guess(mapping_of(table))
    else:
        table, left_out = read_periods_table(content, name, asked.encoding), ()
        guess = _mapping(series, table, asked)
    unit = f"{series.unit} {series.short_unit}".strip()
    table = replace(table, percent_is_share=context.percent_is_share, unit=unit)
    incoming = read_series(table, guess.mapping, released_on, context.frequency, context.denotes)
    if not incoming.points:
        raise refused("No row is left to take: look at the mapping's “where”, or at the steps.")
    return SeriesFile(
        incoming=incoming,
        mapping=guess.mapping,
        told=(*incoming.told, *guess.told),
        was_seen=bool(series.steps and is_own_format(table))
        or bool(reading)
        or guess.mapping.to_json() == series.mapping,
        by_steps=bool(reading),
        append_only=bool(reading and reading.append_only),
        questions=table.questions,
        left_out=left_out,
    )


def stages_of(
    series: Series, content: bytes, name: str, released_on: date, asked: Columns
) -> list[Stage]:
    """Return the tables before and after each step, up to the step that refuses its table."""
    found: list[Stage] = []
    with suppress(DataRefused):
        if reading := _reading(series, content, name, asked):
            context = _context(series, released_on)
            # One by one, because the last may raise.
            for stage in stages(content, name, asked.encoding, reading, context):
                found.append(stage)
    return found


def _context(series: Series, day: date) -> Context:
    counts_shares = series.unit.casefold() in SHARES
    return Context(day, Frequency(series.frequency), Denotes(series.denotes), counts_shares)


def _reading(series: Series, content: bytes, name: str, asked: Columns) -> Reading | None:
    """Return the steps to read the file by; None if it is read by columns."""
    if not series.steps or asked.names_columns:
        return None
    if not asked.is_fetched:
        with suppress(DataRefused):
            if is_own_format(read_periods_table(content, name, asked.encoding)):
                return None
    try:
        reading = read_steps(series.steps)
    except BadSteps as error:
        raise refused(str(error)) from error
    return None if reading.sum_of else reading


def _mapping(series: Series, table: Table, asked: Columns) -> Guess:
    """Return the stored mapping, or else a guess, with the typed changes.

    A stored one is never replaced by a guess: reading names the columns that the file lacks.
    """
    try:
        typed = read_roles(asked.columns)
        if is_own_format(table) and series.steps:
            start = Guess(mapping_of(table))
        elif series.mapping:
            start = Guess(Mapping.from_json(series.mapping))
        else:
            start = guess_mapping(table, typed, Denotes(series.denotes))
        chosen = choose_mapping(
            start.mapping, table.columns, asked.columns, asked.where, asked.pick, asked.date_format
        )
    except BadMapping as error:
        raise refused(str(error)) from error
    return replace(start, mapping=chosen)
