"""Which rows of a file are above its header, and which two rows are one."""

from collections.abc import Sequence
from itertools import pairwise, takewhile

from glossary.ingest.cells import is_number
from glossary.ingest.dates import is_date
from glossary.ingest.names import LABELS, NOTE, plain_name

# How many rows below names of periods may have no number: countries without data.
ROWS_BELOW = 3
TIME_NAMES = frozenset(
    {"date", "time", "period", "day", "week", "month", "quarter", "year"}
    | {"observation_date", "time_period", "ref_date"}
)


def titles_above(rows: Sequence[tuple[int, Sequence[str]]]) -> int:
    """Count the rows above the header: titles in one cell, or several such as “Units:, million”.

    `rows` are the first that are not empty, with their numbers. It is 0 where the row below the
    titles is not a header, because it has a number or a date. Other rows are titles where an empty
    row parts them from names with data below.
    """
    filled = [[cell.strip() for cell in cells if cell.strip()] for _, cells in rows]
    for at, (names, below) in enumerate(pairwise(filled)):
        if len(names) > 1 and is_time(names[0]) and is_date(below[0]) and are_names(names):
            return at
    titles = list(takewhile(_is_title, filled))
    count = len(titles)
    heads = [not cells[0].strip() for _, cells in rows[:count]]
    if heads and heads[-1] and _begins_below(filled[count : count + 2]):
        return next(at for at in range(count) if all(heads[at:]))
    pairs = sum(len(cells) > 1 and not _is_comment(cells) for cells in titles)
    if 0 < count < len(filled) and pairs != 1:
        are_periods = not rows[count][1][0].strip() and all(map(is_date, filled[count]))
        if are_periods or are_names(filled[count]):
            return count
    if any(map(is_time, filled[0])):
        return 0
    gaps = (at for at in range(1, len(rows)) if rows[at][0] > rows[at - 1][0] + 1)
    cells = [_there(each) for _, each in rows]
    return next((at for at in gaps if _is_above_data(cells[at : at + 1 + ROWS_BELOW])), 0)


def _begins_below(rows: Sequence[Sequence[str]]) -> bool:
    """Return whether data begin, or what offices say of each column, below names without a first.

    So a table of years and months has no names above them, and of one number only its name.
    """
    is_said = len(rows) > 1 and all(plain_name(cells[0]) in LABELS for cells in rows)
    return is_said or any(map(is_value, rows[0] if rows else ()))


def in_two_rows(rows: Sequence[tuple[int, list[str]]], at: int) -> tuple[int, int, list[str]]:
    """Return the first row of the header at `at`, the row behind its last, and its names.

    Where names repeat, they are those of a group above (Men, Women below Employment), or have
    others below (Q1, Q2 below 2024), and are joined, as names are with years above them. Days
    below one repeated name are the names.
    """
    names = rows[at][1]
    has_gap = "" in map(str.strip, names[1 : len(_there(names))])
    above = _there(rows[at - 1][1]) if at else []
    is_dated = above[:1] == [""] and all(map(is_date, filter(None, above)))
    pairs = [at - 1, at] if has_gap or is_dated or not _are_apart(names) else []
    for top in pairs:
        if top < 0 or top + 1 == len(rows) or rows[top + 1][0] != rows[top][0] + 1:
            continue
        upper, lower = rows[top][1], rows[top + 1][1]
        if top == at and len(lower) > 2 and _are_apart(lower) and all(map(is_date, lower[1:])):
            return at + 1, at + 2, lower
        is_group = not upper[0].strip() or sum(map(bool, map(str.strip, upper))) > 1
        is_below = top < at or not (lower[0].strip() or any(map(is_number, lower)))
        is_below |= all(map(is_date, upper[1:])) and not any(map(is_number, lower))
        if is_group and is_below and _are_apart(joined := _joined(upper, lower)):
            return top, top + 2, joined
    return at, at + 1, names


def _are_apart(names: Sequence[str]) -> bool:
    return len(set(_there(names))) == len(_there(names))


def _there(names: Sequence[str]) -> list[str]:
    """Return the names without the empty ones behind the last."""
    last = max((at for at, name in enumerate(names) if name.strip()), default=-1)
    return [name.strip() for name in names[: last + 1]]


def _joined(upper: Sequence[str], lower: Sequence[str]) -> list[str]:
    """Return the names below behind those of their group, which is in its first cell only."""
    group, joined = "", []
    for at, name in enumerate(lower):
        own = upper[at] if at < len(upper) else ""
        group = own.strip() or group
        joined.append(f"{group} {name}".strip() if name.strip() else own)
    return joined


def as_one_cell(cells: list[str]) -> list[str]:
    """Return a note whose commas made it several cells as one; other rows as they are."""
    is_note = NOTE.match(cells[0]) and (cells[0][0].isalpha() or not any(map(is_number, cells[1:])))
    return [",".join(cells)] if is_note else cells


def is_time(name: str) -> bool:
    return plain_name(name) in TIME_NAMES


def _is_title(cells: Sequence[str]) -> bool:
    return len(cells) == 1 or cells[0].endswith(":") or _is_comment(cells)


def _is_comment(cells: Sequence[str]) -> bool:
    """Return whether it is a line of comment; a column may be called #."""
    return cells[0].startswith("#") and cells[0] != "#"


def _is_above_data(rows: Sequence[Sequence[str]]) -> bool:
    """Return whether a row has names, and there are values below it, all of them below a name."""
    names = [name for name in rows[0] if name]
    places = [at for row in rows[1:] for at, cell in enumerate(row) if is_value(cell)]
    return len(names) > 1 and are_names(names) and 0 <= max(places, default=-1) < len(rows[0])


def are_names(cells: Sequence[str]) -> bool:
    """Return whether no cell is a number or a date, except for several that are periods."""
    others = [cell for cell in cells if not is_date(cell)]
    return len(cells) - len(others) != 1 and bool(others) and not any(map(is_number, others))


def is_value(text: str) -> bool:
    """Return whether a cell is a number or a date."""
    return is_number(text) or is_date(text)
