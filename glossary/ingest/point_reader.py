"""Reads a table by a mapping into points of a series, or lists problems by row and column.

A file is accepted whole or refused: one bad cell among 295 good ones is shown, never skipped.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.template.defaultfilters import pluralize

from glossary.ingest.cells import CellNumber, Unreadable, in_one_unit, quote_cell, read_number
from glossary.ingest.columns import Mapping, missing_columns, suggest_column
from glossary.ingest.dates import Grain, MixedLengths, Read, read_dates
from glossary.ingest.period_days import calendar_period, length_remark, of_other_lengths, period_day
from glossary.ingest.problems import MAX_PROBLEMS, DataProblem, DataRefused
from glossary.ingest.questions import questions_about, scale_remarks
from glossary.ingest.statuses import read_status, status_of_flag, unknown_status
from glossary.ingest.tables import Table, TableRow
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
    reader = _Reader(table, mapping, (frequency, denotes))
    dates = reader.read_dates()
    by_period: dict[date, Numbered] = defaultdict(list)
    for row, point in reader.read_points(reader.read_periods(dates), released_on):
        by_period[calendar_period(point.period, frequency, denotes)].append((row, point))
    if not mapping.pick:
        reader.refuse_doubles([several for several in by_period.values() if len(several) > 1])
    reader.stop_if_any()
    points = reader.one_a_period(by_period)
    if projected := sum(point.status is Status.PROJECTED for point in points):
        reader.told.append(f"{projected:,} period{pluralize(projected)} projected.")
    grain = reader.grain or Grain.DAY
    questions = questions_about(table, mapping, reader.rows, points, grain, (frequency, denotes))
    told = (*reader.told, *scale_remarks(table), *reader.asked)
    return Incoming(points, told, grain, (*reader.asked, *questions))


class _Reader:
    """Reads the rows of a table column by column, and collects problems and what is told.

    First `read_dates`, which leaves out rows, then `read_periods`, then `read_points`.
    Of a column as many problems are kept as are shown.
    """

    def __init__(self, table: Table, mapping: Mapping, kind: tuple[Frequency, Denotes]) -> None:
        self.table, self.mapping, self.kind = table, mapping, kind
        self.told, self.asked = list(table.told), list[str]()
        self.grain: Grain | None = None
        self.problems: list[DataProblem] = []
        self.counts = Counter[str]()
        for message in missing_columns(mapping, table):
            self.add(message)
        self.stop_if_any()
        self.rows = self.rows_where()

    def add(self, message: str, column: str = "", row: int = 0) -> None:
        column = self.table.source_of(column)
        self.counts[column] += 1
        if self.counts[column] <= MAX_PROBLEMS:
            self.problems.append(DataProblem(row, column, message))

    def stop_if_any(self) -> None:
        if self.problems:
            raise DataRefused(self.problems, self.counts.total())

    def rows_where(self) -> list[TableRow]:
        rows = list(self.table.rows)
        for column, wanted in self.mapping.where:
            index = self.table.columns.index(column)
            kept = [row for row in rows if row.cell(index) == wanted]
            if not kept:
                near = suggest_column(wanted, sorted({row.cell(index) for row in rows}))
                self.add(f"No row has {quote_cell(wanted)} there.{near}", column)
                self.stop_if_any()
            rows = kept
        return rows

    def read_dates(self) -> Sequence[Read]:
        """Return the dates of the rows; leave out rows of another length than the series'.

        Offices write years, quarters and months below one another.
        """
        column, frequency = self.mapping.period, self.kind[0]
        texts = self.table.texts(column, self.rows)
        try:
            return read_dates(
                texts, self.mapping.date_format, frequency is Frequency.ANNUAL, may_be_compact=True
            )
        except Unreadable as error:
            read = error.read if isinstance(error, MixedLengths) else ()
            others, said = of_other_lengths(texts, read, frequency)
            if not others:
                self.add(str(error), column)
                self.stop_if_any()
        self.asked.append(said)
        self.rows = [row for at, row in enumerate(self.rows) if at not in others]
        return [each for at, each in enumerate(read) if at not in others]

    def read_periods(self, dates: Sequence[Read]) -> list[date | None]:
        """Return the day of each row's period; note the length that all of them have."""
        column, days = self.mapping.period, list[date | None]()
        for row, text, each in zip(
            self.rows, self.table.texts(column, self.rows), dates, strict=True
        ):
            if isinstance(each, Unreadable):
                self.add(f"{each}{self.note_on_date(row, text)}", column, row.number)
                days.append(None)
                continue
            if self.grain is None:
                self.grain = each[1]
                try:
                    self.told += filter(None, [length_remark(text, each, *self.kind)])
                except Unreadable as error:
                    self.add(str(error), column, row.number)
            days.append(period_day(each, self.kind[1]))
        return days

    def note_on_date(self, row: TableRow, text: str) -> str:
        """Return what a row may be that has no date."""
        if text == self.mapping.period:
            return " The names of columns again: does another table begin? Keep one of them."
        is_alone = text and not any(set(map(str.strip, row.cells)) - {text, ""})
        if is_alone or (text and not any(map(str.isdecimal, text))):
            return f" If the row is a {'note' if is_alone else 'total'}, delete it."
        return ""

    def read_points(self, periods: list[date | None], released_on: date) -> Numbered:
        """Read each column, then combine them into points; skip rows without a date."""
        mapping = self.mapping
        values, lows, highs = map(self.read_numbers, (mapping.value, mapping.low, mapping.high))
        statuses = self.read_statuses(values)
        read: Numbered = []
        one_sided = 0
        for row, period, number, status, *numbers in zip(
            self.rows, periods, values, statuses, values, lows, highs, strict=True
        ):
            value, low, high = (each and each.value for each in numbers)
            self.check_order(row, value, low, high)
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
            said = (
                f"{one_sided:,} row{pluralize(one_sided)} with one bound: no band was taken there."
            )
            self.told.append(said)
        return read

    def read_numbers(self, column: str) -> Numbers:
        """Read a column of numbers, in one unit."""
        if not column:
            return [None] * len(self.rows)
        numbers: Numbers = []
        for row, text in zip(self.rows, self.table.texts(column, self.rows), strict=True):
            number = None
            try:
                number = read_number(text, self.table.comma_may_be_decimal)
            except Unreadable as error:
                said = OF_CONDITIONS if text == CONDITIONAL else str(error)
                self.add(said, row.column or column, row.number)
            numbers.append(number)
        there = [number for number in numbers if number is not None]
        flags = {number.flag for number in there}
        if len(flags) == 1 and status_of_flag(*flags) is Status.FINAL and flags != {""}:
            said = f"Every number is followed by “{flags.pop()}”: a unit or a flag? Leave it out."
            self.add(said, column)
        name = quote_cell(self.table.source_of(column))
        if sign := next((number.sign for number in there if number.sign), ""):
            self.told.append(f"{sign} signs in {name} were left out.")
        if any(number.is_grouped for number in there):
            self.told.append(f"Thousands separators in {name} were left out.")
        try:
            return in_one_unit(numbers, percent_is_share=self.table.percent_is_share)
        except Unreadable as error:
            self.add(str(error), column)
            return numbers

    def read_statuses(self, values: Numbers) -> list[Status]:
        """Read the statuses; where there is no number the word says why, and nothing else."""
        column = self.mapping.status
        if not column:
            return [Status.FINAL] * len(self.rows)
        statuses = []
        texts = self.table.texts(column, self.rows)
        for row, text, value in zip(self.rows, texts, values, strict=True):
            status = read_status(text, self.table.source_of(column))
            if status is None and value is not None:
                self.add(unknown_status(text), column, row.number)
            statuses.append(status or Status.FINAL)
        return statuses

    def check_order(
        self, row: TableRow, value: Decimal | None, low: Decimal | None, high: Decimal | None
    ) -> None:
        if low is not None and value is not None and low > value:
            said = f"The low bound {low} is above the value {value}."
            self.add(said, self.mapping.low, row.number)
        if high is not None and value is not None and value > high:
            said = f"The high bound {high} is below the value {value}."
            self.add(said, self.mapping.high, row.number)
        if value is None and low is not None and high is not None and low > high:
            said = f"The low bound {low} is above the high {high}."
            self.add(said, self.mapping.low, row.number)

    def refuse_doubles(self, doubles: list[Numbered]) -> None:
        for (first, standing), *others in doubles:
            for row, point in others:
                said = (
                    f"{point.period} is in the same period as {standing.period} in row"
                    f" {first.number}."
                )
                if point.period == standing.period:
                    other = "the same value" if point.value == standing.value else "another value"
                    said = f"{point.period} is already in row {first.number}, with {other}."
                self.add(said, self.mapping.period, row.number)
        if doubles:
            self.add(self.what_tells_apart())

    def what_tells_apart(self) -> str:
        """Suggest the column that distinguishes rows of one period: economy, chip, vintage."""
        table, count = self.table, len(self.rows)
        periods = table.texts(self.mapping.period, self.rows)
        taken = {column for _, column in self.mapping.columns()}
        for column in table.columns if len(set(periods)) < count else ():
            if not column or column in taken or table.columns.count(column) > 1:
                continue
            texts = table.texts(column, self.rows)
            values = sorted(set(texts))
            are_apart = len(set(zip(periods, texts, strict=True))) == count
            if 1 < len(values) <= count / 2 and are_apart:
                return (
                    f"Several rows have the same period. {quote_cell(column)} tells them apart:"
                    f" choose one of its {len(values):,} values, such as {column}={values[0]}, or"
                    " which row to pick: min, max, first or last."
                )
        return (
            "Several rows have the same period. Choose which to pick: min, max, first or last. If"
            " steps read the file, add one such as “one row: last”."
        )

    def one_a_period(self, by_period: dict[date, Numbered]) -> tuple[Point, ...]:
        pick = self.mapping.pick
        if several := sum(len(rows) > 1 for rows in by_period.values()):
            said = (
                f"{several:,} period{pluralize(several)} with several rows: {PICKED[pick]} taken."
            )
            self.told.append(said)
        of_each = ([point for _, point in by_period[period]] for period in sorted(by_period))
        return tuple(_pick(points, pick) for points in of_each)


def _pick(points: list[Point], pick: str) -> Point:
    """Choose one of the points of a period; min and max skip rows without a number."""
    if pick == "last":
        return points[-1]
    with_value = [point for point in points if point.value is not None]
    if pick in ("min", "max") and with_value:
        choose = min if pick == "min" else max
        return choose(with_value, key=lambda point: point.value or Decimal(0))
    return points[0]
