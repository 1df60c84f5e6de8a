"""Reads a table by a mapping into points of a series, or lists problems by row and column.

A file is accepted whole or refused: one bad cell among 295 good ones is shown, never skipped.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from glossary.ingest.cells import (
    CellNumber,
    Unreadable,
    in_one_unit,
    quote_cell,
    read_number,
)
from glossary.ingest.columns import Mapping, missing_columns, suggest_column
from glossary.ingest.dates import Dated, Grain, MixedLengths, read_dates
from glossary.ingest.period_days import (
    calendar_period,
    length_remark,
    of_the_series,
    period_day,
)
from glossary.ingest.questions import questions_about, scale_remarks
from glossary.ingest.statuses import read_status, status_of_flag, unknown_status
from glossary.ingest.tables import MAX_PROBLEMS, DataProblem, DataRefused, Table, TableRow
from glossary.ingest.workbooks import CONDITIONAL
from glossary.values.periods import Denotes, Frequency
from glossary.values.points import Point, Status

OF_CONDITIONS = (
    "The cell's number format sets the scale by conditions. In Excel, set a plain number format."
)
PICKED = {
    "min": "the smallest value",
    "max": "the largest value",
    "first": "the first row",
    "last": "the last row",
}


@dataclass(frozen=True, slots=True)
class Incoming:
    """The content of a file: points in order of their periods, and notes about the reading.

    `grain` is the length of its written dates.
    """

    points: tuple[Point, ...]
    told: tuple[str, ...]
    grain: Grain = Grain.DAY
    questions: tuple[str, ...] = ()


@dataclass(slots=True)
class _Problems:
    """Collects problems, at most 50 per column, as many as are shown.

    `names` are what the file calls the columns that steps made.
    """

    names: dict[str, str] = field(default_factory=dict)
    kept: list[DataProblem] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=lambda: defaultdict(int))

    def add(self, message: str, column: str = "", row: int = 0) -> None:
        column = self.names.get(column, column)
        self.counts[column] += 1
        if self.counts[column] <= MAX_PROBLEMS:
            self.kept.append(DataProblem(row, column, message))

    def stop_if_any(self) -> None:
        if self.kept:
            raise DataRefused(self.kept, sum(self.counts.values()))


Numbers = list[CellNumber | None]
Numbered = list[tuple[TableRow, Point]]


def read_series(
    table: Table,
    mapping: Mapping,
    released_on: date,
    frequency: Frequency = Frequency.IRREGULAR,
    denotes: Denotes = Denotes.AROUND,
) -> Incoming:
    """Return the points of one series in a table. Raises DataRefused with all problems.

    A period after `released_on` is projected, unless its status says provisional, as for a quarter
    that has not ended.
    """
    problems = _Problems(dict(table.sources))
    for message in missing_columns(mapping, table):
        problems.add(message)
    problems.stop_if_any()
    rows = _rows_where(table, mapping, problems)
    problems.stop_if_any()
    told = list(table.told)
    kind = (frequency, denotes)
    rows, read, asked = _of_one_length(table, mapping, rows, problems, frequency)
    periods, grain = _read_periods(table, mapping, rows, read, problems, told, kind)
    numbered = _read_points(table, mapping, rows, periods, released_on, problems, told)
    by_period = _by_period(numbered, frequency, denotes)
    _check_doubles(table, mapping, rows, by_period, problems)
    problems.stop_if_any()
    points = _one_a_period(by_period, mapping, told)
    projected = sum(point.status is Status.PROJECTED for point in points)
    if projected:
        told.append(f"{_count(projected, 'period')} projected.")
    told += scale_remarks(table)
    questions = questions_about(table, mapping, rows, points, grain, kind)
    return Incoming(points, (*told, *asked), grain, (*asked, *questions))


def _rows_where(table: Table, mapping: Mapping, problems: _Problems) -> list[TableRow]:
    rows = list(table.rows)
    for column, wanted in mapping.where:
        index = table.columns.index(column)
        kept = [row for row in rows if row.cell(index) == wanted]
        if not kept:
            there = sorted({row.cell(index) for row in rows})
            near = suggest_column(wanted, there)
            problems.add(f"No row has {quote_cell(wanted)} there.{near}", column)
            return []
        rows = kept
    return rows


def _read_points(
    table: Table,
    mapping: Mapping,
    rows: list[TableRow],
    periods: list[date | None],
    released_on: date,
    problems: _Problems,
    told: list[str],
) -> Numbered:
    """Read each column, then combine them into points; skip rows without a date."""
    values = _read_numbers(table, mapping.value, rows, problems, told)
    lows = _read_numbers(table, mapping.low, rows, problems, told)
    highs = _read_numbers(table, mapping.high, rows, problems, told)
    statuses = _read_statuses(table, mapping.status, rows, values, problems)
    read: Numbered = []
    one_sided = 0
    for row, period, number, low_number, high_number, status in zip(
        rows, periods, values, lows, highs, statuses, strict=True
    ):
        value, low, high = (
            None if each is None else each.value for each in (number, low_number, high_number)
        )
        _check_order(row, mapping, value, low, high, problems)
        if (low is None) is not (high is None):
            low = high = None
            one_sided += 1
        if period is not None:
            if number and status is Status.FINAL:
                status = status_of_flag(number.flag)
            if period > released_on and status is Status.FINAL:
                status = Status.PROJECTED
            read.append((row, Point(period, value, low, high, status)))
    if one_sided:
        told.append(f"{_count(one_sided, 'row')} with one bound: no band was taken there.")
    return read


def _of_one_length(
    table: Table,
    mapping: Mapping,
    rows: list[TableRow],
    problems: _Problems,
    frequency: Frequency,
) -> tuple[list[TableRow], Sequence[Dated | Unreadable], list[str]]:
    """Return the rows of the series' own length, their dates, and which others were left out.

    Offices write years, quarters and months below one another.
    """
    texts = table.texts(mapping.period, rows)
    try:
        read = read_dates(texts, mapping.date_format, frequency is Frequency.ANNUAL, True)
    except MixedLengths as mixed:
        if left_out := of_the_series(texts, mixed.read, frequency):
            at = [n for n in range(len(rows)) if n not in left_out.places]
            return [rows[n] for n in at], [mixed.read[n] for n in at], [left_out.said]
        problems.add(str(mixed), mapping.period)
    except Unreadable as error:
        problems.add(str(error), mapping.period)
    else:
        return rows, read, []
    return [], [], []


def _read_periods(
    table: Table,
    mapping: Mapping,
    rows: list[TableRow],
    read: Sequence[Dated | Unreadable],
    problems: _Problems,
    told: list[str],
    kind: tuple[Frequency, Denotes],
) -> tuple[list[date | None], Grain]:
    """Return the day of each row's period, and the length that all of them have."""
    column, texts = mapping.period, table.texts(mapping.period, rows)
    days: list[date | None] = []
    grain: Grain | None = None
    for row, text, each in zip(rows, texts, read, strict=True):
        if isinstance(each, Unreadable):
            is_alone = text and not any(set(map(str.strip, row.cells)) - {text, ""})
            note = ""
            if text == column:
                note = " The names of columns again: does another table begin? Keep one of them."
            elif is_alone or (text and not any(map(str.isdecimal, text))):
                note = f" If the row is a {'note' if is_alone else 'total'}, delete it."
            problems.add(f"{each}{note}", column, row.number)
            days.append(None)
            continue
        days.append(period_day(each, kind[1]))
        if grain is None:
            grain = each[1]
            try:
                told += filter(None, [length_remark(text, each, *kind)])
            except Unreadable as error:
                problems.add(str(error), column, row.number)
    return days, grain or Grain.DAY


def _read_numbers(
    table: Table, column: str, rows: list[TableRow], problems: _Problems, told: list[str]
) -> Numbers:
    """Read a column of numbers, in one unit."""
    if not column:
        return [None] * len(rows)
    numbers: Numbers = []
    for row, text in zip(rows, table.texts(column, rows), strict=True):
        number = None
        try:
            number = read_number(text, table.comma_may_be_decimal)
        except Unreadable as error:
            said = OF_CONDITIONS if text == CONDITIONAL else str(error)
            problems.add(said, row.column or column, row.number)
        numbers.append(number)
    there = [number for number in numbers if number is not None]
    flags = {number.flag for number in there}
    if len(flags) == 1 and status_of_flag(*flags) is Status.FINAL and flags != {""}:
        said = f"Every number is followed by “{flags.pop()}”: a unit or a flag? Leave it out."
        problems.add(said, column)
    _tell_of_numbers(table.source_of(column), there, told)
    try:
        return in_one_unit(numbers, percent_is_share=table.percent_is_share)
    except Unreadable as error:
        problems.add(str(error), column)
        return numbers


def _tell_of_numbers(column: str, numbers: list[CellNumber], told: list[str]) -> None:
    if sign := next((number.sign for number in numbers if number.sign), ""):
        told.append(f"{sign} signs in {quote_cell(column)} were left out.")
    if any(number.is_grouped for number in numbers):
        told.append(f"Thousands separators in {quote_cell(column)} were left out.")


def _read_statuses(
    table: Table, column: str, rows: list[TableRow], values: Numbers, problems: _Problems
) -> list[Status]:
    """Read a column of statuses; where there is no number the word says why, and nothing else."""
    if not column:
        return [Status.FINAL] * len(rows)
    statuses = []
    for row, text, value in zip(rows, table.texts(column, rows), values, strict=True):
        status = read_status(text, table.source_of(column))
        if status is None and value is not None:
            problems.add(unknown_status(text), column, row.number)
        statuses.append(status or Status.FINAL)
    return statuses


def _check_order(
    row: TableRow,
    mapping: Mapping,
    value: Decimal | None,
    low: Decimal | None,
    high: Decimal | None,
    problems: _Problems,
) -> None:
    if low is not None and value is not None and low > value:
        problems.add(f"The low bound {low} is above the value {value}.", mapping.low, row.number)
    if high is not None and value is not None and value > high:
        problems.add(f"The high bound {high} is below the value {value}.", mapping.high, row.number)
    if value is None and low is not None and high is not None and low > high:
        problems.add(f"The low bound {low} is above the high {high}.", mapping.low, row.number)


def _by_period(numbered: Numbered, frequency: Frequency, denotes: Denotes) -> dict[date, Numbered]:
    by_period: dict[date, Numbered] = defaultdict(list)
    for row, point in numbered:
        by_period[calendar_period(point.period, frequency, denotes)].append((row, point))
    return by_period


def _check_doubles(
    table: Table,
    mapping: Mapping,
    rows: list[TableRow],
    by_period: dict[date, Numbered],
    problems: _Problems,
) -> None:
    if mapping.pick:
        return
    doubles = [several for several in by_period.values() if len(several) > 1]
    for (first, standing), *others in doubles:
        for row, point in others:
            problems.add(_said_of_double(point, standing, first), mapping.period, row.number)
    if doubles:
        problems.add(_what_tells_apart(table, mapping, rows))


def _said_of_double(point: Point, standing: Point, row: TableRow) -> str:
    if point.period == standing.period:
        other = "the same value" if point.value == standing.value else "another value"
        return f"{point.period} is already in row {row.number}, with {other}."
    return f"{point.period} is in the same period as {standing.period} in row {row.number}."


def _what_tells_apart(table: Table, mapping: Mapping, rows: list[TableRow]) -> str:
    """Suggest the column that distinguishes rows of one period: economy, chip, vintage."""
    periods = table.texts(mapping.period, rows)
    taken = {column for _, column in mapping.columns()}
    for column in table.columns if len(set(periods)) < len(rows) else ():
        if not column or column in taken or table.columns.count(column) > 1:
            continue
        texts = table.texts(column, rows)
        values = sorted(set(texts))
        if 1 < len(values) <= len(rows) / 2 and len(set(zip(periods, texts, strict=True))) == len(
            rows
        ):
            return (
                f"Several rows have the same period. {quote_cell(column)} tells them apart: choose"
                f" one of its {len(values):,} values, such as {column}={values[0]}, or which row to"
                " pick: min, max, first or last."
            )
    return (
        "Several rows have the same period. Choose which to pick: min, max, first or last. If steps"
        " read the file, add one such as “one row: last”."
    )


def _one_a_period(
    by_period: dict[date, Numbered], mapping: Mapping, told: list[str]
) -> tuple[Point, ...]:
    several = sum(len(rows) > 1 for rows in by_period.values())
    if several:
        told.append(f"{_count(several, 'period')} with several rows: {PICKED[mapping.pick]} taken.")
    points = {period: [point for _, point in by_period[period]] for period in sorted(by_period)}
    return tuple(_pick(each, mapping.pick) for each in points.values())


def _pick(points: list[Point], pick: str) -> Point:
    """Choose one of the points of a period; min and max skip rows without a number."""
    if pick == "last":
        return points[-1]
    with_value = [point for point in points if point.value is not None]
    if pick in ("min", "max") and with_value:
        choose = min if pick == "min" else max
        return choose(with_value, key=lambda point: point.value or Decimal(0))
    return points[0]


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
