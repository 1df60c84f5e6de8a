"""Reads and adds columns of a table; a column that is missing or unreadable is refused by name."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from itertools import compress

from glossary.ingest.cells import CellNumber, Unreadable, in_one_unit, is_missing, read_number
from glossary.ingest.columns import missing_column
from glossary.ingest.dates import read_dates
from glossary.ingest.period_days import calendar_period, period_day
from glossary.ingest.problems import DataProblem, DataRefused, refused
from glossary.ingest.statuses import least_sure, read_status, status_of_flag, unknown_status
from glossary.ingest.tables import Table, TableRow
from glossary.values.periods import Denotes, Frequency
from glossary.values.points import Status

PERIOD, VALUE, LOW, HIGH, STATUS = "period", "value", "low", "high", "status"
FLAG_OF = {Status.FINAL: "", Status.PROVISIONAL: "p", Status.PROJECTED: "f"}
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
        raise refused(problem, column=name)
    return table.texts(name)


def read_each[Read](table: Table, name: str, read: Callable[[str], Read]) -> list[Read]:
    """Return what `read` makes of each cell. Raises DataRefused with all that are Unreadable."""
    found, problems = [], []
    for row, text in zip(table.rows, texts_of(table, name), strict=True):
        try:
            found.append(read(text))
        except Unreadable as error:
            problems.append(problem(table, row, name, str(error)))
    if problems:
        raise DataRefused(problems)
    return found


def dates_of(table: Table, name: str, denotes: Denotes = Denotes.AROUND) -> list[date]:
    """Return the days of a column. Raises DataRefused with the cells that are not dates."""
    try:
        read = read_dates(texts_of(table, name))
    except Unreadable as error:
        raise refused(str(error), column=table.source_of(name)) from error
    days, problems = [], []
    for row, each in zip(table.rows, read, strict=True):
        if isinstance(each, Unreadable):
            problems.append(problem(table, row, name, str(each)))
        else:
            days.append(period_day(each, denotes))
    if problems:
        raise DataRefused(problems)
    return days


def problem(table: Table, row: TableRow, name: str, said: str) -> DataProblem:
    """Return a problem of a cell, whose column is called as in the file."""
    column = row.column if name == VALUE and row.column else table.source_of(name)
    return DataProblem(row.number, column, said)


def numbers_of(table: Table, name: str) -> list[Decimal | None]:
    """Return the numbers of a column, None for an empty cell.

    Raises DataRefused if a cell is not a number, or the numbers are not in one unit.
    """
    return [each.value if each else None for each in cells_of(table, name)]


def cells_of(table: Table, name: str) -> list[CellNumber | None]:
    """Return the numbers of a column with their flags. Raises DataRefused.

    What a step writes has no percent sign, so percentages become shares here if the series counts
    in shares.
    """
    numbers = read_each(table, name, lambda text: read_number(text, table.comma_may_be_decimal))
    try:
        return in_one_unit(numbers, percent_is_share=table.percent_is_share)
    except Unreadable as error:
        raise refused(str(error), column=table.source_of(name)) from error


def number_text(number: Decimal | None, status: Status = Status.FINAL) -> str:
    """Return a number as a cell, with the flag of its status behind it: "12.5 p"."""
    if number is None:
        return ""
    is_short = abs(number.adjusted()) < LONGEST_NUMBER
    return f"{format(number, 'f') if is_short else number} {FLAG_OF[status]}".strip()


def status_of(cells: Iterable[CellNumber | None]) -> Status:
    """Return the status of what is computed from numbers: that of the least sure flag."""
    return least_sure(status_of_flag(each.flag) for each in cells if each)


def statuses_of(table: Table) -> list[Status]:
    """Return how sure each value is, by its flag and the column of status. Raises DataRefused."""
    by_flag = [status_of([cell]) for cell in cells_of(table, VALUE)]
    if STATUS not in table.columns:
        return by_flag
    source = table.source_of(STATUS)

    def read(text: str) -> Status:
        if status := read_status(text, source):
            return status
        raise Unreadable(unknown_status(text))

    said = read_each(table, STATUS, read)
    return [least_sure(pair) for pair in zip(by_flag, said, strict=True)]


def with_column(table: Table, name: str, texts: Sequence[str], source: str = "") -> Table:
    """Return the table with a column of these cells, which replaces one of that name.

    `source` is what the file calls the column that they are from.
    """
    table = replace(table, sources=(*table.sources, (name, source or table.source_of(name))))
    columns = table.columns if name in table.columns else (*table.columns, name)
    at = columns.index(name)
    rows = []
    for row, text in zip(table.rows, texts, strict=True):
        before = (*row.cells[:at], *[""] * (at - len(row.cells)))
        rows.append(replace(row, cells=(*before, text, *row.cells[at + 1 :])))
    return replace(table, columns=columns, rows=tuple(rows))


def only(table: Table, are_kept: Iterable[bool]) -> Table:
    """Return the table with the rows for which the flag is true."""
    return replace(table, rows=tuple(compress(table.rows, are_kept)))


def rows_where(table: Table, name: str, holds: Callable[[str], bool]) -> Table:
    """Return the table with only the rows whose cell in the column `name` satisfies `holds`."""
    return only(table, map(holds, texts_of(table, name)))


def is_filled(text: str) -> bool:
    return not is_missing(text)
