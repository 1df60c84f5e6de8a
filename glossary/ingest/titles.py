"""Which rows of a file stand above its header."""

from collections.abc import Sequence
from itertools import takewhile

from glossary.ingest.cells import Unreadable, is_unreadable_date, read_number


def titles_above(rows: Sequence[Sequence[str]]) -> int:
    """Count the rows above the header: titles in one cell, or several such as “Units:, million”.

    `rows` are the first that are not empty. It is 0 where the row below the titles is no header,
    because it has a number or a date.
    """
    filled = [[cell.strip() for cell in cells if cell.strip()] for cells in rows]
    titles = list(takewhile(lambda cells: len(cells) == 1 or cells[0].endswith(":"), filled))
    count = len(titles)
    pairs = sum(len(cells) > 1 for cells in titles)
    if count == len(filled) or pairs == 1 or any(map(is_value, filled[count])):
        return 0
    return count


def is_value(text: str) -> bool:
    """Return whether a cell is a number or a date."""
    try:
        is_number = read_number(text) is not None
    except Unreadable:
        is_number = False
    return is_number or not is_unreadable_date(text)
