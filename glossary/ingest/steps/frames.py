"""Reads and adds columns of a table; a column that is missing or unreadable is refused by name."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from glossary.ingest.cells import CellNumber, Unreadable, in_one_unit, is_missing, read_number
from glossary.ingest.columns import missing_column
from glossary.ingest.dates import Dated, read_dates
from glossary.ingest.period_days import calendar_period, period_day
from glossary.ingest.tables import DataProblem, DataRefused, Table, TableRow
from glossary.values.periods import Denotes, Frequency

PERIOD, VALUE, LOW, HIGH, STATUS = "period", "value", "low", "high", "status"
LONGEST_NUMBER = 60  # digits before or behind the point


@dataclass(frozen=True)
class Context:
    """What steps know beside the table: the day, and how the series counts and names periods."""

    today: date
    frequency: Frequency = Frequency.IRREGULAR
    denotes: Denotes = Denotes.AROUND
    percent_is_share: bool = False  # see Table

    def period_of(self, day: date) -> date:
        return calendar_period(day, self.frequency, self.denotes)


def texts_of(table: Table, name: str) -> list[str]:
    """Return the cells of a column. Raises DataRefused if there is none or several of the name."""
    if problem := missing_column(name, table.columns):
        raise DataRefused([DataProblem(0, name, problem)])
    return table.texts(name)


def dates_of(table: Table, name: str, denotes: Denotes = Denotes.AROUND) -> list[date]:
    """Return the days of a column. Raises DataRefused with the cells that are no dates."""
    return [period_day(each, denotes) for each in _dates(table, name, texts_of(table, name))]


def _dates(table: Table, name: str, texts: Sequence[str]) -> list[Dated]:
    try:
        read = read_dates(texts)
    except Unreadable as error:
        raise DataRefused([DataProblem(0, name, str(error))]) from error
    problems = [
        DataProblem(row.number, name, str(each))
        for row, each in zip(table.rows, read, strict=True)
        if isinstance(each, Unreadable)
    ]
    if problems:
        raise DataRefused(problems)
    return [each for each in read if not isinstance(each, Unreadable)]


def numbers_of(table: Table, name: str) -> list[Decimal | None]:
    """Return the numbers of a column, None where one is missing. Raises DataRefused.

    What a step writes has no percent sign, so percentages become shares here if the series counts
    in shares.
    """
    numbers: list[CellNumber | None] = []
    problems = []
    for row, text in zip(table.rows, texts_of(table, name), strict=True):
        try:
            numbers.append(read_number(text, table.comma_may_be_decimal))
        except Unreadable as error:
            problems.append(DataProblem(row.number, name, str(error)))
    if problems:
        raise DataRefused(problems)
    try:
        read = in_one_unit(numbers, percent_is_share=table.percent_is_share)
    except Unreadable as error:
        raise DataRefused([DataProblem(0, name, str(error))]) from error
    return [each.value if each else None for each in read]


def number_text(number: Decimal | None) -> str:
    if number is None:
        return ""
    return format(number, "f") if abs(number.adjusted()) < LONGEST_NUMBER else str(number)


def with_column(table: Table, name: str, texts: Sequence[str]) -> Table:
    """Return the table with a column of these cells, in place of one that has the name."""
    columns = table.columns if name in table.columns else (*table.columns, name)
    at = columns.index(name)
    rows = tuple(
        replace(row, cells=(*_filled(row, at), text, *row.cells[at + 1 :]))
        for row, text in zip(table.rows, texts, strict=True)
    )
    return replace(table, columns=columns, rows=rows)


def _filled(row: TableRow, width: int) -> tuple[str, ...]:
    return (*row.cells[:width], *[""] * (width - len(row.cells)))


def rows_where(table: Table, name: str, holds: Callable[[str], bool]) -> Table:
    """Return the rows whose cell holds; all columns stay."""
    texts = texts_of(table, name)
    kept = (row for row, text in zip(table.rows, texts, strict=True) if holds(text))
    return replace(table, rows=tuple(kept))


def is_filled(text: str) -> bool:
    return not is_missing(text)
