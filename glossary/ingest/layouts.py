"""Tables whose periods are in columns, or in two columns, as tables with one period a row.

2021, 2022 and 2023 as names of columns; JAN to DEC beside a year; year and month in two columns.
"""

import re
from dataclasses import replace
from itertools import takewhile
from operator import add, or_

from glossary.ingest.cells import is_missing, is_number, quote_cell
from glossary.ingest.dates import MONTH_NUMBERS, QUARTER_PART, is_date
from glossary.ingest.decimal_commas import with_decimal_points
from glossary.ingest.names import LABELS, NOTE, plain_name
from glossary.ingest.problems import refused
from glossary.ingest.steps.frames import with_column
from glossary.ingest.tables import (
    MAX_CELLS,
    MAX_ROWS,
    FilePart,
    Table,
    TableRow,
    read_table,
    without_marks,
)
from glossary.ingest.titles import is_value

PERIOD, VALUE = "period", "value"
WHOLE_PERIODS = r"(observation_?|ref_?)?(date|time|period)|time_?period|day|week|month|quarter"
PART_NAMES = r"month|mon|quarter|qtr|period"
DAY_NAMES = r"day|(day|date)_of_month"
YEAR = re.compile(r"[0-9]{4}")
MONTH_PART = re.compile(r"[Mm]?(0?[1-9]|1[0-2])")
# M1, M2 and M3 are kinds of money, and months only in a row of all twelve.
MONEY, MONTHS = re.compile(r"[Mm][1-9]"), 12
DOT_ZERO = re.compile(r"(?<=[0-9])\.0$")
# The World Bank calls a column 2024 [YR2024] or 2024Q1 [2024Q1].
TWICE = re.compile(r"(\S+) \[(?:YR)?\1\]")
# The whole year among its months or quarters.
WHOLE_YEAR = re.compile(r"M?13|A01|Q05|Q?5|S03|Annual|Year|Total|Average|Mean", re.IGNORECASE)
MOST_LABELS, SAMPLE = 20, 50  # rows
LONG_NOTE = 3  # words in a row without values


def read_periods_table(content: bytes, name: str, encoding: str = "") -> Table:
    """Read a file of data as a table with one period a row. Raises DataRefused."""
    table = without_marks(read_table(content, name, encoding, FilePart(by_numbers=True)))
    return one_period_a_row(_as_meant(with_decimal_points(without_labels(without_notes(table)))))


def _as_meant(table: Table) -> Table:
    """Return the table as its program meant it.

    pandas writes an index without a name, and 2024.0 for years beside an empty cell; merged cells
    have their year in the first row only.
    """
    columns = ("unnamed", *table.columns[1:]) if table.columns[0] == "" else table.columns
    if table.columns[:2] == ("", "") and all(map(YEAR.fullmatch, table.texts(""))):
        columns = ("year", "month", *columns[2:])  # which the German office leaves out
    table = replace(table, columns=columns)
    for name in table.single_names:
        if re.fullmatch(f"{PART_NAMES}|year|yr", plain_name(name)):
            table = with_column(table, name, [DOT_ZERO.sub("", t) for t in table.texts(name)])
    return _with_years_of_merged_cells(table)


def _with_years_of_merged_cells(table: Table) -> Table:
    """Fill empty cells of a year from above while the months or quarters beside them rise.

    Where they do not, or another text changes, a year is missing: the table stays as it is.
    """
    named = {plain_name(name): name for name in table.single_names}
    year = named.get("year") or named.get("yr")
    part = next((name for plain, name in named.items() if re.fullmatch(PART_NAMES, plain)), None)
    if not year or not part or "" not in table.texts(year):
        return table
    parts = [_part(text, is_cell=True) for text in table.texts(part)]
    at = {table.columns.index(year), table.columns.index(part)}
    beside = [
        [text for place, text in enumerate(row.cells) if place not in at and not is_value(text)]
        for row in table.rows
    ]
    filled: list[str] = []
    for n, text in enumerate(table.texts(year)):
        if not text and (not n or parts[n] <= parts[n - 1] or beside[n] != beside[n - 1]):
            return table
        filled.append(text or filled[-1])
    told = f"Empty cells of {quote_cell(year)} were filled from above."
    return replace(with_column(table, year, filled), told=(*table.told, told))


def one_period_a_row(table: Table) -> Table:
    """Return the table, or one with a column of periods. Raises DataRefused if it grows too big."""
    years = (name for name in table.single_names if plain_name(name) in ("year", "yr"))
    year = next((name for name in years if all(map(YEAR.fullmatch, table.texts(name)))), "")
    if across := _periods_across(table, year):
        are_years = not year and all(map(YEAR.fullmatch, across.values()))
        return _unpivoted(table, across, year, _part_names(table) if are_years else [])
    return _joined(table, year) if year else table


def _part_names(table: Table) -> list[str]:
    """Return the columns whose cells are months or quarters without a year."""
    named = [name for name in table.columns if re.fullmatch(PART_NAMES, plain_name(name))]
    return [
        name
        for name in named
        if all(map(or_, map(bool, _parts(table, name)), map(_is_whole_year, table.texts(name))))
    ]


def _parts(table: Table, name: str) -> list[str]:
    """Return the cells of a column as parts of a year; "" for those that are none."""
    number = "Q" if plain_name(name).startswith("q") else ""
    texts = (f"{number}{text}" if text.isdecimal() else text for text in table.texts(name))
    return [_part(text, is_cell=True) for text in texts]


def _periods_across(table: Table, year: str) -> dict[int, str]:
    """Return the periods, or in a table with a year their parts, by the index of their column."""
    named = [name for name in table.columns if re.fullmatch(WHOLE_PERIODS, plain_name(name))]
    spans = [name for name in named if plain_name(name) in ("day", "week", "month", "quarter")]
    places, rows = list(map(table.columns.index, named)), table.rows[:SAMPLE]
    has_dates = any(is_date(row.cell(at), may_be_compact=True) for at in places for row in rows)
    if has_dates or not set(spans) <= set(_part_names(table)):
        return {}
    read = _part if year else _period
    found = {at: text for at, name in enumerate(table.columns) if (text := read(name))}
    if len(found) < MONTHS:
        found = {at: text for at, text in found.items() if not MONEY.fullmatch(table.columns[at])}
    found = found or ({} if year else _behind_one_name(table))
    is_all = len(found) == len(table.columns)
    return found if len(found) > 1 and not is_all and len(set(found.values())) == len(found) else {}


def _behind_one_name(table: Table) -> dict[int, str]:
    """Return the periods of “Rate 2023”, “Rate 2024”, where no cell beside them is a date."""
    parts = [name.rpartition(" ") for name in table.columns]
    found = {at: end for at, (_, _, end) in enumerate(parts) if is_date(end)}
    is_one = len({parts[at][0] for at in found}) == 1
    beside = (at for at in range(len(parts)) if at not in found)
    return found if is_one and not any(_is_dated(table, at) for at in beside) else {}


def _is_dated(table: Table, at: int) -> bool:
    """Return whether a column has a written date, or numbers of which most may be 2024 or 202401.

    A few such numbers are amounts.
    """
    cells = [cell for row in table.rows[:SAMPLE] if (cell := row.cell(at))]
    dates = [cell for cell in cells if is_date(cell, may_be_compact=True)]
    return len(dates) * 2 > len(cells) or not all(map(is_number, dates))


def _period(name: str) -> str:
    name = TWICE.sub(r"\1", name)
    return name if is_date(name) else ""


def _is_whole_year(text: str) -> bool:
    return WHOLE_YEAR.fullmatch(text) is not None


def _part(text: str, is_cell: bool = False) -> str:
    """Return a month as -05 and a quarter as -Q2, to follow a year; else nothing.

    A bare number is a month in a cell, but not as the name of a column.
    """
    if number := MONTH_NUMBERS.get(text.casefold().rstrip(".")):
        return f"-{number:02}"
    if match := QUARTER_PART.fullmatch(text):
        return f"-Q{match['quarter'] or match['first']}"
    match = MONTH_PART.fullmatch(text)
    return f"-{int(match[1]):02}" if match and (is_cell or not text.isdecimal()) else ""


def _unpivoted(table: Table, across: dict[int, str], year: str, parts: list[str]) -> Table:
    """Return one row for each period that has a cell; an empty one is not there yet.

    Years or parts of them beside the periods, in the columns `year` or `parts`, complete them.
    """
    left = [
        at
        for at, name in enumerate(table.columns)
        if at not in across and name not in (year, PERIOD, VALUE, *parts[:1])
    ]
    count = len(table.rows) * len(across)
    if count > MAX_ROWS or count * (len(left) + 2) > MAX_CELLS:
        said = f"Periods are in columns: {count:,} values are too many. Keep only rows you need."
        raise refused(said)
    none = [""] * len(table.rows)
    starts = table.texts(year) if year else none
    ends = _parts(table, parts[0]) if parts else none
    rows = (
        TableRow(row.number, (*map(row.cell, left), f"{start}{text}{end}", cell), table.columns[at])
        for row, start, end in zip(table.rows, starts, ends, strict=True)
        for at, text in across.items()
        if (cell := row.cell(at))
    )
    names = [table.columns[at] for at in across]
    told = f"Periods are in columns, from {names[0]} to {names[-1]}: each became a row."
    return replace(
        table,
        columns=(*(table.columns[at] for at in left), PERIOD, VALUE),
        rows=tuple(rows),
        told=(*table.told, told),
        labels=(*table.labels, names[0]),
    )


def _joined(table: Table, year: str) -> Table:
    """Return the table with a column that joins the year with its month or quarter."""
    whole = r"date|time|.*_(date|period)"
    named = [name for name in table.columns if re.fullmatch(whole, plain_name(name))]
    if any(is_date(table.texts(name)[0]) for name in named):
        return table
    for name in table.single_names:
        if not re.fullmatch(PART_NAMES, plain := plain_name(name)):
            continue
        parts = _parts(table, name)
        if sum(map(bool, parts)) * 2 > len(parts):
            parts = [
                part or ("" if _is_whole_year(cell) else f" {cell}")
                for part, cell in zip(parts, table.texts(name), strict=True)
            ]
            is_english = plain_name(f"{year} {name}") == f"{plain_name(year)}_{plain}"
            joined = f"{year} and {name}" if is_english else f"year and {plain}"
            periods = map(add, table.texts(year), _with_days(table, parts))
            return with_column(table, joined, list(periods))
    return table


def _with_days(table: Table, months: list[str]) -> list[str]:
    """Add the days of a column called day, if all its cells are such."""
    day = next((name for name in table.columns if re.fullmatch(DAY_NAMES, plain_name(name))), "")
    days = table.texts(day) if day and months[0][1] != "Q" else []
    is_all = days and all(re.fullmatch(r"[0-9]{1,2}", text) for text in days)
    return [f"{month}-{d:>02}" for month, d in zip(months, days, strict=True)] if is_all else months


def without_labels(table: Table) -> Table:
    """Leave out rows between the names and the data: units, codes, the day of release, dashes."""
    labels = list(takewhile(_is_label, table.rows[: min(MOST_LABELS, len(table.rows) - 1)]))
    if all(any(map(is_number, row.cells[1:])) for row in labels):
        return table  # rows of data with such names
    first = ", ".join(quote_cell(" ".join(filter(None, row.cells))) for row in labels[:2])
    more = f" and {len(labels) - 2} more" if len(labels) > 2 else ""
    told = (
        f"Left out below the names of the columns, from row {labels[0].number} on: {first}{more}."
    )
    texts = tuple(cell for row in labels for cell in row.cells)
    rows = table.rows[len(labels) :]
    return replace(table, rows=rows, told=(*table.told, told), labels=texts)


def _is_label(row: TableRow) -> bool:
    is_said = plain_name(row.cell(0)) in LABELS
    return is_said or not (any(map(str.isalnum, row.cell(0))) or any(map(is_number, row.cells[1:])))


def without_notes(table: Table) -> Table:
    """Leave out notes below the last row, alone in the first column; tell which.

    They are apart from the last row, begin as notes do, or have several words. A period without a
    value is not a note.
    """
    rows, told = list(table.rows), list(table.told)
    while len(rows) > 1 and len(table.columns) > 1 and _is_note(rows[-1], rows[-2]):
        note = rows.pop()
        told.append(f"Left out as a note: row {note.number}, {quote_cell(note.cell(0))}.")
    return replace(table, rows=tuple(rows), told=tuple(told))


def _is_note(row: TableRow, before: TableRow) -> bool:
    first, others = row.cell(0), [cell for cell in row.cells[1:] if cell.strip()]
    has_values = any(map(is_value, others))
    if not first or is_value(first) or (has_values and not first[0].isalpha()):
        return False
    if NOTE.match(first) or (is_missing(first) and not has_values):
        return True
    is_apart = row.number > before.number + 1
    return not others and (is_apart or first.endswith(":") or len(first.split()) >= LONG_NOTE)
