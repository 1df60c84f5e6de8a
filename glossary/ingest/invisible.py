"""Takes characters that cannot be seen out of the cells of a table."""

import re
from dataclasses import replace

from glossary.ingest.tables import BIDI, Table, TableRow

INVISIBLE = re.compile(rf"{BIDI.pattern}|[\u200b\u2060\ufeff]")


def without_marks(table: Table) -> Table:
    """Take out of cells what cannot be seen: Windows puts reading directions around copied dates.

    Not for texts, which may need them.
    """
    marked = sum(map(_has_marks, table.rows))
    if not marked:
        return table
    rows = (
        replace(row, cells=tuple(INVISIBLE.sub("", cell) for cell in row.cells))
        if _has_marks(row)
        else row
        for row in table.rows
    )
    told = f"Rows with invisible characters, which were left out: {marked:,}."
    return replace(table, rows=tuple(rows), told=(*table.told, told))


def _has_marks(row: TableRow) -> bool:
    return any(not cell.isascii() and INVISIBLE.search(cell) for cell in row.cells)
