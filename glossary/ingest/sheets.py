"""Finds the sheet with the data of a workbook that begins with a cover or a list of its tables."""

import io
import zipfile

from glossary.ingest.cells import is_number
from glossary.ingest.packed import ZIP
from glossary.ingest.tables import MAX_BYTES
from glossary.ingest.workbooks import Sheet, read_sheet

SHEETS = "xl/worksheets/"
MOST_SHEETS, ROWS = 4, 2  # that are looked into; with numbers, which make another sheet one of data


def only_sheet_of_data(content: bytes) -> str:
    """Return the name of the only sheet with numbers where the first has none; else ""."""
    try:
        if not content.startswith(ZIP) or len(content) > MAX_BYTES or _count(content) == 1:
            return ""
        first = read_sheet(content)
        others = () if _has_data(first, rows=1) else first.others
        if len(others) > MOST_SHEETS:
            return ""
        found = [name for name in others if _has_data(read_sheet(content, name))]
    except (ValueError, zipfile.BadZipFile, NotImplementedError, OSError):
        return ""  # reading says what is wrong
    return found[0] if len(found) == 1 else ""


def _count(content: bytes) -> int:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return sum(name.startswith(SHEETS) for name in archive.namelist())


def _has_data(sheet: Sheet, rows: int = ROWS) -> bool:
    """Return whether rows have numbers behind their first cell; in lists the numbers are first."""
    filled = ([cell for cell in cells if cell.strip()] for _, cells in sheet.rows)
    return sum(any(map(is_number, cells[1:])) for cells in filled) >= rows
