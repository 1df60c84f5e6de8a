"""Steps that say which period a row is of."""

import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from functools import partial
from itertools import chain, permutations

from glossary.ingest.cells import Unreadable, quote_cell
from glossary.ingest.dates import FIRST_YEAR, full_year
from glossary.ingest.steps import frames
from glossary.ingest.steps.frames import PERIOD, STATUS, VALUE, Context
from glossary.ingest.tables import Table, TableRow
from glossary.values.periods import Denotes, last_day

# SEC filings of 13 weeks, with the days that 52 weeks and 53 weeks shift. The longest year, of 53
# weeks, has 371 days.
QUARTER_DAYS, LONGEST_YEAR = range(80, 101), 380
MONTH_OF_THE_YEAR = "13"
# How tables of months and of quarters write the whole year, which is left out.
WHOLE_YEAR = {"month": {"M13", "13", "A01"}, "quarter": {"Q05", "5", "A01"}}
LAST_FORTNIGHT, SUNDAY = 26, 7
BEHIND_THE_YEAR = {"quarter": "-Q{}", "month": "-{:02}", "day": "-{:02}"}
KNOWN_PARTS = ({"year"}, {"year", "quarter"}, {"year", "month"}, {"year", "month", "day"})
MONTH_AND_FLAG = re.compile(r"([A-Za-z]{3})-([0-9]{2})([a-z]?)")
# M09 is a month; S01 beside it is a half-year.
PART = re.compile(r"[MQ]?([0-9]{1,2})")
LAST_SECOND = 10  # digits, in the year 2286: with more they are milliseconds


class Written(StrEnum):
    """How a publisher writes periods, where no date is read from it without being told."""

    MONTH = "YYYYMM"  # what follows is left out: 2026090100
    DAY = "YYYYMMDD"
    SHORT_MONTH = "Mon-YY"  # with a letter behind it for preliminary: Aug-26p
    FORTNIGHT = "YYYYFF"  # two weeks of the ISO year, which end on a Sunday: 202619
    SECONDS = "seconds"  # since 1970, UTC


def period(table: Table, name: str, written: str = "") -> Table:
    """Return the table with its periods from the column `name`, read as `written` says, if it does.

    Rows of month 13, which is the whole year, are left out. Raises DataRefused, with each cell that
    is not written so.
    """
    if written == Written.MONTH:
        table = frames.rows_where(table, name, lambda text: text[4:6] != MONTH_OF_THE_YEAR)
    texts = frames.texts_of(table, name)
    if not written:
        return frames.with_column(table, PERIOD, texts, name)
    read = frames.read_each(table, name, partial(_written, Written(written)))
    table = frames.with_column(table, PERIOD, read, name)
    if written == Written.SHORT_MONTH and STATUS not in table.columns:
        flags = ["p" if text.endswith("p") else "" for text in texts]
        return frames.with_column(table, STATUS, flags, name)
    return table


# At one end of the text, so that FY24Q1 has no 4Q.
FISCAL_QUARTER = re.compile(r"^(?:F?Q[1-4]|[1-4]F?Q)|(?:F?Q[1-4]|[1-4]F?Q)$")


def fiscal_quarters(table: Table, name: str, year: int, first: date, context: Context) -> Table:
    """Return the table with its periods from Q1 FY25, FY2025-Q1 or 1QFY25 in the column `name`.

    The fiscal year called `year` begins with the month `first`, which says both in which month and
    whether years are named by their start or their end. A quarter is its last day in a series of
    endings, else the quarter of the calendar with most of its days. Raises DataRefused.
    """
    first = first.replace(year=first.year - year + FIRST_YEAR)  # in which the first one begins
    read = frames.read_each(table, name, partial(_fiscal_quarter, first, context.denotes))
    return frames.with_column(table, PERIOD, read, name)


def _fiscal_quarter(first: date, denotes: Denotes, text: str) -> str:
    quarter = FISCAL_QUARTER.search(text.upper())
    digits = re.sub(r"FY|[ ,'’/-]", "", FISCAL_QUARTER.sub("", text.upper(), count=1))
    if quarter is None or not re.fullmatch("(?:1[89]|2[01])?[0-9]{2}", digits):
        raise Unreadable(f"{quote_cell(text)} is no fiscal quarter. Write it as Q1 FY25.")
    year = full_year(digits)
    months = first.month - 1 + 3 * (int(quarter[0].strip("FQ")) - 1)
    start = date(first.year + year - FIRST_YEAR + months // 12, months % 12 + 1, 1)
    return _name_of(start, last_day(start, 3), denotes)


def _written(written: Written, text: str) -> str:
    """Return the period as dates are written. Raises Unreadable when it is none."""
    if match := MONTH_AND_FLAG.fullmatch(text) if written is Written.SHORT_MONTH else None:
        return f"{match[1]} {full_year(match[2])}"
    if written is not Written.SHORT_MONTH and re.fullmatch(r"[0-9]{6,12}", text):
        year, number = int(text[:4]), int(text[4:])
        match written:
            case Written.MONTH:
                return f"{text[:4]}-{text[4:6]}"
            case Written.DAY:
                return f"{text[:4]}-{text[4:6]}-{text[6:8]}"
            case Written.SECONDS if len(text) <= LAST_SECOND:
                return datetime.fromtimestamp(int(text), UTC).date().isoformat()
            case Written.FORTNIGHT if year and 1 <= number < LAST_FORTNIGHT:
                return date.fromisocalendar(year, number * 2, SUNDAY).isoformat()
            case Written.FORTNIGHT if year and number == LAST_FORTNIGHT:
                # In a year of 53 weeks the last one has three.
                return (date.fromisocalendar(year + 1, 1, 1) - timedelta(days=1)).isoformat()
    raise Unreadable(f"{quote_cell(text)} is not written as {written}.")


def period_of_parts(table: Table, parts: Mapping[str, str]) -> Table:
    """Return the table with its periods from columns of year and month, or of year and quarter.

    M09 and Q03 are read too; M13, Q05 and A01 are the whole year and left out. Raises DataRefused
    for any other text.
    """
    for part in WHOLE_YEAR.keys() & parts.keys():
        texts = frames.texts_of(table, parts[part])
        table = frames.only(table, (text not in WHOLE_YEAR[part] for text in texts))
    joined = frames.texts_of(table, parts["year"])
    for part, written in BEHIND_THE_YEAR.items():
        if part in parts:
            numbers = frames.read_each(table, parts[part], partial(_number, part))
            joined = [said + written.format(n) for said, n in zip(joined, numbers, strict=True)]
    return frames.with_column(table, PERIOD, joined, " + ".join(parts.values()))


def _number(part: str, text: str) -> int:
    if found := PART.fullmatch(text):
        return int(found[1])
    raise Unreadable(f"{quote_cell(text)} is no number of a {part}.")


def whole_periods(table: Table, context: Context) -> Table:
    """Return the rows of months, quarters or years that are over."""
    running = context.period_of(context.today)
    days = frames.dates_of(table, PERIOD, context.denotes)
    return frames.only(table, (context.period_of(day) < running for day in days))


# --- periods with a start and an end: filings of companies ---


@dataclass(frozen=True, slots=True)
class _Filed:
    start: date
    end: date
    value: Decimal
    row: TableRow

    @property
    def days(self) -> int:
        return (self.end - self.start).days + 1


def quarters(table: Table, columns: Mapping[str, str], context: Context) -> Table:
    """Make quarters of what companies file: quarters, and sums of the year to date.

    `columns` names start, end, value and filed. What was filed last about two days holds, and of
    two quarters that end on one day the one filed last. A row of 80 to 100 days is a quarter;
    others are the sum up to one day less the sum up to the day a quarter before, of the same start:
    the fourth quarter is the year less nine months. Without either there is no row. In a series of
    calendar quarters it is the one with most of its days.
    """
    filed = _last_filed(table, columns)
    found = {each.end: each for each in filed if each.days in QUARTER_DAYS}
    by_start: dict[date, list[_Filed]] = defaultdict(list)
    for each in filed:
        by_start[each.start].append(each)
    pairs = (permutations(several, 2) for several in by_start.values())
    for longer, shorter in chain.from_iterable(pairs):
        rest = (longer.end - shorter.end).days
        if rest in QUARTER_DAYS and longer.end not in found:
            start = shorter.end + timedelta(days=1)
            value = longer.value - shorter.value
            found[longer.end] = _Filed(start, longer.end, value, longer.row)
    rows = tuple(
        TableRow(
            each.row.number,
            (_name_of(each.start, each.end, context.denotes), frames.number_text(each.value)),
        )
        for _, each in sorted(found.items())
    )
    return replace(table, columns=(PERIOD, VALUE), rows=rows)


def _last_filed(table: Table, columns: Mapping[str, str]) -> list[_Filed]:
    starts, ends, filed = (
        frames.dates_of(table, columns[name]) for name in ("start", "end", "filed")
    )
    values = frames.numbers_of(table, columns["value"])
    newest: dict[tuple[date, date], tuple[date, _Filed]] = {}
    for row, start, end, day, value in zip(table.rows, starts, ends, filed, values, strict=True):
        known = newest.get((start, end))
        if value is not None and (known is None or known[0] <= day):
            newest[start, end] = (day, _Filed(start, end, value, row))
    in_order = sorted(newest.values(), key=lambda known: known[0])
    return [each for _, each in in_order if each.days <= LONGEST_YEAR]


def _name_of(start: date, end: date, denotes: Denotes) -> str:
    """Return the last day, or the quarter of the calendar that has most of the days."""
    if denotes is not Denotes.AROUND:
        return end.isoformat()
    middle = start + (end - start) / 2
    return f"{middle.year}-Q{(middle.month + 2) // 3}"


def month_ends(first: date, today: date) -> list[date]:
    """Return the last days of the months from `first` on that are over."""
    ends, month = [], first.replace(day=1)
    while (end := last_day(month, 1)) < today:
        ends.append(end)
        month = end + timedelta(days=1)
    return ends
