"""Which rows of a file are above its header."""

from collections.abc import Sequence
from itertools import pairwise, takewhile

from glossary.ingest.cells import is_number
from glossary.ingest.dates import is_date

# How many rows below names of periods may have no number: countries without data.
ROWS_BELOW = 3
TIME_NAMES = frozenset(
    {"date", "time", "period", "day", "week", "month", "quarter", "year"}
    | {"observation_date", "time_period", "time period", "ref_date"}
)


def titles_above(rows: Sequence[tuple[int, Sequence[str]]]) -> int:
    """Count the rows above the header: titles in one cell, or several such as “Units:, million”.

    `rows` are the first that are not empty, with their numbers. It is 0 where the row below the
    titles is not a header, because it has a number or a date. Other rows are titles where an empty
    row parts them from names with data below.
    """
    filled = [[cell.strip() for cell in cells if cell.strip()] for _, cells in rows]
    for at, (names, below) in enumerate(pairwise(filled)):
        if len(names) > 1 and _is_time(names[0]) and is_date(below[0]) and _are_names(names):
            return at
    titles = list(takewhile(_is_title, filled))
    count = len(titles)
    pairs = sum(len(cells) > 1 and not _is_comment(cells) for cells in titles)
    if 0 < count < len(filled) and pairs != 1 and _are_names(filled[count]):
        return count
    if any(map(_is_time, filled[0])):
        return 0
    gaps = (at for at in range(1, len(rows)) if rows[at][0] > rows[at - 1][0] + 1)
    return next((at for at in gaps if _is_above_data(filled[at : at + 1 + ROWS_BELOW])), 0)


def _is_time(name: str) -> bool:
    return name.casefold() in TIME_NAMES


def _is_title(cells: Sequence[str]) -> bool:
    return len(cells) == 1 or cells[0].endswith(":") or _is_comment(cells)


def _is_comment(cells: Sequence[str]) -> bool:
    """Return whether it is a line of comment; a column may be called #."""
    return cells[0].startswith("#") and cells[0] != "#"


def _is_above_data(rows: Sequence[Sequence[str]]) -> bool:
    names, *below = rows
    has_values = any(is_value(cell) for row in below for cell in row)
    return len(names) > 1 and _are_names(names) and has_values


def _are_names(cells: Sequence[str]) -> bool:
    """Return whether no cell is a number or a date, except for several that are periods."""
    others = [cell for cell in cells if not is_date(cell)]
    return len(cells) - len(others) != 1 and bool(others) and not any(map(is_number, others))


def is_value(text: str) -> bool:
    """Return whether a cell is a number or a date."""
    return is_number(text) or is_date(text)
