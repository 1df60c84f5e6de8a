"""Steps that choose rows, or make rows of columns that are periods."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal

from glossary.ingest.cells import is_number, quote_cell
from glossary.ingest.columns import quoted_names, suggest_column
from glossary.ingest.problems import refused
from glossary.ingest.statuses import CHECKED, UNCHECKED
from glossary.ingest.steps import frames
from glossary.ingest.tables import Table, TableRow

Conditions = Mapping[str, Sequence[str]]


def keep(table: Table, conditions: Conditions) -> Table:
    """Keep the rows that have one of the values in every column.

    Raises DataRefused when no row is left, as when the publisher renames a value.
    """
    for name, values in conditions.items():
        kept = frames.rows_where(table, name, set(values).__contains__)
        if not kept.rows:
            there = sorted(set(table.texts(name)))
            near = suggest_column(values[0], there)
            said = f"No row has {' or '.join(map(quote_cell, values))} there.{near}"
            raise refused(said, column=name)
        table = kept
    return table


def leave_out(table: Table, conditions: Conditions) -> Table:
    """Remove each row that has one of the values in a column.

    Asks where the publisher may have renamed a value, because then no row is left out.
    """
    for name, values in conditions.items():
        unwanted = set(values)
        texts = frames.texts_of(table, name)
        table = replace(table, questions=(*table.questions, *_renamed(name, values, texts)))
        table = frames.only(table, (text not in unwanted for text in texts))
    return table


def _renamed(name: str, values: Sequence[str], texts: Sequence[str]) -> Iterator[str]:
    """Yield what to ask where no cell has a value, or a column of checked boxes another word.

    Boxes may be all unchecked. Among numbers a new word is refused where they are read.
    """
    there, column = set(texts), quote_cell(name)
    if CHECKED.issuperset(map(str.casefold, values)):
        known = {*values, *UNCHECKED}
        new = sorted(t for t in there if frames.is_filled(t) and not {t, t.casefold()} & known)
        if new:
            yield f"{column} has words that “leave out” does not name: {quoted_names(new)}."
    elif there.isdisjoint(values) and not any(map(is_number, there)):
        yield f"No row has {' or '.join(map(quote_cell, values))} in {column}, so none is left out."


def filled(table: Table, names: Sequence[str]) -> Table:
    """Keep the rows that have all these cells."""
    for name in names:
        table = frames.rows_where(table, name, frames.is_filled)
    return table


def at_least(table: Table, limits: Mapping[str, Decimal | date]) -> Table:
    """Keep the rows with a number at or above each limit, or a day on or after it."""
    for name, limit in limits.items():
        if isinstance(limit, date):
            reaches = [day >= limit for day in frames.dates_of(table, name)]
        else:
            numbers = frames.numbers_of(table, name)
            reaches = [number is not None and number >= limit for number in numbers]
        table = frames.only(table, reaches)
    return table


def until_today(table: Table, name: str, context: frames.Context) -> Table:
    """Leave out the rows of days to come: plans, not facts."""
    return frames.only(table, (day <= context.today for day in frames.dates_of(table, name)))


def unpivot(table: Table, ending: str, periods: Mapping[str, str]) -> Table:
    """Make one row for each filled cell of the columns whose names end with `ending`.

    The part before it is the period, or what `periods` has for that part. With an empty ending the
    columns are those whose names are numbers, such as 2024. The new columns are called period and
    value. Raises DataRefused when there is no such column.
    """
    across = {
        at: name.removesuffix(ending).strip()
        for at, name in enumerate(table.columns)
        if (name.endswith(ending) if ending else name.isdecimal())
    }
    if not across:
        what = f"ends with {quote_cell(ending)}" if ending else "is a number"
        said = f"No column's name {what}. Columns: "
        raise refused(f"{said}{quoted_names(table.columns)}.")
    rest = [at for at in range(len(table.columns)) if at not in across]
    rows = tuple(
        TableRow(row.number, (*map(row.cell, rest), periods.get(name, name), row.cell(at)), name)
        for row in table.rows
        for at, name in across.items()
        if row.cell(at)
    )
    columns = (*(table.columns[at] for at in rest), frames.PERIOD, frames.VALUE)
    return replace(table, columns=columns, rows=rows)
