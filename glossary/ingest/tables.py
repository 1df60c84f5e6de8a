"""Reads a file into a table of texts: CSV, TSV, JSON records or Excel; refuses anything else.

The content decides the format, not the name or the server. Bytes, rows, columns and cells are
limited before they are held.
"""

import csv
import io
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import chain, count, islice
from operator import is_not

from glossary.ingest.cells import quote_cell
from glossary.ingest.dates import is_date
from glossary.ingest.encodings import decode
from glossary.ingest.json_records import read_records
from glossary.ingest.packed import ZIP, unpack
from glossary.ingest.problems import DataProblem, DataRefused, refused
from glossary.ingest.titles import as_one_cell, in_two_rows, is_value, titles_above
from glossary.ingest.workbooks import WorkbookError, others_in, read_sheet, why_not_a_workbook
from glossary.values.csv_safety import read_back

MAX_BYTES = 20_000_000
MAX_ROWS = 200_000
MAX_COLUMNS = 500
MAX_CELLS = 5_000_000
MAX_CELL_LENGTH = 10_000
MAX_NAME_LENGTH = 200

# C0 and C1 control characters and surrogates, except tabs and line breaks.
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
# Marks that change the reading direction could disguise the name of a column.
BIDI = re.compile(r"[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
INVISIBLE = re.compile(rf"{BIDI.pattern}|[\u200b\u2060\ufeff]")
NO_TABLES = {  # by their first bytes
    b"%PDF": "a PDF",
    b"PAR1": "a Parquet file",
    b"ARROW1": "an Arrow file",
    b"SQLite format 3": "an SQLite database",
    b"BZh": "a file compressed with bzip2",
    b"\xfd7zXZ": "a file compressed with xz",
    b"\x28\xb5\x2f\xfd": "a file compressed with Zstandard",
    b"7z\xbc\xaf": "a 7-Zip archive",
    b"Rar!": "a RAR archive",
}
DELIMITERS = {"\t": "tabs", ";": "semicolons", "|": "pipes", ",": "commas"}
JSON = re.compile(r'\s*(?:\{|\[\s*[\[{\]"0-9-])')  # [Percent] may be a title
# The first line by which Excel is told the delimiter.
HINT = re.compile(r"\"?sep=([\t;|,])\"?(?=\r?\n|\r)", re.IGNORECASE)
LINE = re.compile(r"[^\r\n]*(?:\r\n?|\n)|[^\r\n]+")
SAMPLE_LENGTH, SAMPLE_ROWS = 64_000, 20

Numbered = tuple[int, list[str]]


@dataclass(frozen=True, slots=True)
class TableRow:
    number: int  # in a spreadsheet; in JSON the first record is 1
    cells: tuple[str, ...]
    column: str = ""  # which had the value in the file, if its periods are in columns

    def cell(self, index: int) -> str:
        """Return a cell; "" beyond the end of a short row."""
        return self.cells[index].strip() if index < len(self.cells) else ""


@dataclass(frozen=True, slots=True)
class FilePart:
    """Where a file has its records; what is empty or 0 is found."""

    encoding: str = ""  # before what a server declares
    member: str = ""  # of a zip
    sheet: str = ""
    header: int = 0  # number of its row
    records: str = ""  # JSON pointer (RFC 6901)
    by_numbers: bool = False  # look for the only sheet with numbers


@dataclass(frozen=True, slots=True)
class Table:
    columns: tuple[str, ...]
    rows: tuple[TableRow, ...]
    told: tuple[str, ...] = ()
    comma_may_be_decimal: bool = False
    percent_is_share: bool = False  # 59.4% is 0.594, because the series counts in shares
    unit: str = ""  # of the series that it is read for
    sources: tuple[tuple[str, str], ...] = ()  # of columns made by steps: the file's own names
    questions: tuple[str, ...] = ()  # what a person must look at
    doubts: tuple[str, ...] = ()  # the same, until a person has confirmed the columns
    titles: tuple[str, ...] = ()  # texts above the names of the columns
    labels: tuple[str, ...] = ()  # and below them

    @property
    def single_names(self) -> list[str]:
        """Return the names that one column alone has."""
        return [name for name, count in Counter(self.columns).items() if count == 1]

    def source_of(self, column: str) -> str:
        """Return what the file calls a column, for messages."""
        return dict(self.sources).get(column, column)

    def texts(self, column: str, rows: Sequence[TableRow] | None = None) -> list[str]:
        index = self.columns.index(column)
        return [row.cell(index) for row in (self.rows if rows is None else rows)]


def read_table(
    content: bytes,
    name: str = "",
    encoding: str = "",
    part: FilePart = FilePart(),
    longest_cell: int = MAX_CELL_LENGTH,
    is_bounded: bool = True,
) -> Table:
    """Return a file as a table of texts. Raises DataRefused.

    `name` matters only for .tsv, whose cells are separated by tabs. `encoding` is the declared one,
    or "". `longest_cell` is in characters, at most the csv module's limit of 131,072.
    Unless `is_bounded`, the content may have any number of bytes.
    """
    content, told = unpack(content, part.member, MAX_BYTES if is_bounded else -1)
    if is_bounded and len(content) > MAX_BYTES:
        raise refused(f"The file has more than {MAX_BYTES:,} bytes. Keep only the rows you need.")
    if not content.strip():
        raise refused("The file is empty.")
    if message := why_not_a_workbook(content):
        raise refused(message)
    kinds = (kind for start, kind in NO_TABLES.items() if content.startswith(start))
    if kind := "a tar archive" if content[257:262] == b"ustar" else next(kinds, ""):
        raise refused(f"This is {kind}. Look for the numbers as CSV, JSON or Excel.")
    if content.startswith(ZIP):
        return _read_workbook(content, part, told, longest_cell, is_bounded)
    text, decoded = decode(content, part.encoding or encoding)
    told += decoded
    if text.lstrip().startswith("<"):
        raise refused("This is a web page or XML, not a table. Look for a CSV or JSON address.")
    if JSON.match(text):
        keys, records = read_records(text, part.records, MAX_COLUMNS, MAX_CELLS)
        columns = _column_names(keys)
        rows = _checked(enumerate(records, 1), columns, longest_cell)
        return Table(columns, tuple(rows), tuple(told))
    delimiter = "\t" if name.lower().endswith(".tsv") else ""
    return _read_separated(text, told, delimiter, part.header, longest_cell)


def _read_separated(text: str, told: list[str], delimiter: str, header: int, longest: int) -> Table:
    if hint := HINT.match(text):
        delimiter, text = hint[1], text[hint.end() :]
    delimiter = delimiter or _find_delimiter(text)
    if delimiter != ",":
        told.append(f"Cells were separated by {DELIMITERS[delimiter]}.")
    if "\r\n" in text:
        told.append("Lines ended as on Windows (CRLF).")

    def read(skips_spaces: bool) -> Table:
        lines = (line[0] for line in LINE.finditer(text))  # StringIO would hold four times as much
        reader = csv.reader(lines, delimiter=delimiter, strict=True, skipinitialspace=skips_spaces)
        table = _below_header(_numbered(reader), list(told), header, longest)
        broken = sum(any("\n" in cell or "\r" in cell for cell in row.cells) for row in table.rows)
        said = [f"Rows with line breaks inside cells: {broken:,}."] if broken else []
        return replace(table, told=(*table.told, *said), comma_may_be_decimal=delimiter != ",")

    return _as_quoted(read) if re.search(f'{re.escape(delimiter)} +"', text) else read(False)


def _as_quoted(read: Callable[[bool], Table]) -> Table:
    """Return the table whose cells keep their first spaces, or else the one without these."""
    try:
        table = read(False)
    except DataRefused:
        with suppress(DataRefused):
            return read(True)
        raise
    with suppress(DataRefused):
        return read(True) if _has_quotes(table) else table
    return table


def _has_quotes(table: Table) -> bool:
    """Return whether a name was cut at a delimiter in its quotes, or a value is in quotes.

    A code such as "36" is a text if names are in quotes, and a date and a number in most rows not.
    """
    if any(name[:1] == '"' != name[-1:] for name in table.columns):
        return True
    rows = [[cell.strip() for cell in row.cells] for row in table.rows[:SAMPLE_ROWS]]
    dated = [row for row in rows if any(is_date(cell, may_be_compact=True) for cell in row)]
    whole = [row for row in dated if sum(map(is_value, row)) > 1]
    if any(name[:1] == '"' for name in table.columns) and len(whole) * 2 > len(rows):
        return False
    return any(cell[:1] == cell[-1:] == '"' and is_value(cell[1:-1]) for cell in chain(*rows))


def _find_delimiter(text: str) -> str:
    """Return the delimiter that splits most of the first rows into the same number of cells.

    On a tie the larger number wins, then the tab, the semicolon and the pipe, which are rarer in
    texts and numbers than commas. Without a split the table has one column.
    """
    sample = text[:SAMPLE_LENGTH]
    if len(text) > SAMPLE_LENGTH:
        sample = sample[: sample.rfind("\n") + 1] or sample
    best, most = ",", (0, 0)
    for delimiter in DELIMITERS:
        reader = csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter)
        counts = Counter(map(len, islice(reader, SAMPLE_ROWS)))
        split = max(((rows, cells) for cells, rows in counts.items() if cells > 1), default=most)
        if split > most:
            best, most = delimiter, split
    return best


def _numbered(reader: Iterator[list[str]]) -> Iterator[Numbered]:
    """Number rows as spreadsheets do: a blank line counts, a quoted line break does not."""
    for number in count(1):
        try:
            yield number, [read_back(cell) for cell in next(reader)]
        except StopIteration:
            return
        except csv.Error as error:
            said = (
                "The quotation marks do not match. Put cells with commas or line breaks in quotes."
            )
            if "field limit" in str(error):
                said = f"A cell is over {MAX_CELL_LENGTH:,} characters."
            raise refused(said, number) from error


def _below_header(rows: Iterator[Numbered], told: list[str], header: int, longest: int) -> Table:
    titles: list[str] = []
    columns, below = _header(rows, told, titles, header)
    checked = tuple(_checked(below, columns, longest, others_in(told)))
    return Table(columns, checked, tuple(told), titles=tuple(titles))


def _header(
    rows: Iterator[Numbered], told: list[str], titles: list[str], wanted: int = 0
) -> tuple[tuple[str, ...], Iterator[Numbered]]:
    """Return the names of the columns and the rows below them; note which rows are above, and what.

    `wanted` is the number of the row that has them; 0 if it is to be found.
    """
    filled = (each for each in rows if each[0] >= wanted and any(map(str.strip, each[1])))
    first = list(islice(filled, SAMPLE_ROWS))
    if not first:
        raise refused("The file is empty.")
    is_wide = any(len(cells) > MAX_COLUMNS for _, cells in first)
    at = 0 if is_wide or wanted else titles_above(first)
    top, end, cells = (at, at + 1, first[at][1]) if wanted else in_two_rows(first, at)
    number = first[top][0]
    if top:
        above = f"rows {first[0][0]} to {number - 1}" if number > 2 else "row 1"
        told.append(f"Left out above the header: {above}.")
        titles += [cell for _, texts in first[:top] for cell in texts]
    if end - top > 1:
        told.append(f"The names of the columns are in rows {number} and {number + 1}.")
    return _column_names(cells, number), chain(first[end:], filled)


def _column_names(cells: list[str], row: int = 0) -> tuple[str, ...]:
    while cells and not cells[-1].strip():
        cells = cells[:-1]
    if len(cells) > MAX_COLUMNS:
        raise refused(f"There are {len(cells):,} columns; the limit is {MAX_COLUMNS}.", row)
    names = tuple(" ".join(cell.split()) for cell in cells)
    for name in names:
        if len(name) > MAX_NAME_LENGTH:
            raise refused(f"The column's name is over {MAX_NAME_LENGTH} characters.", row, name)
        if CONTROL.search(name) or BIDI.search(name):
            raise refused("The column's name holds an invisible character.", row, name)
    return names


def _checked(
    rows: Iterable[Numbered], columns: tuple[str, ...], longest: int, hints: Iterable[str] = ()
) -> Iterator[TableRow]:
    """Yield the rows that are not empty. Raises DataRefused, for cells when all are read."""
    filled = held = kept = 0
    problems: list[DataProblem] = []
    for number, cells in rows:
        if not any(cells):
            continue
        if len(cells) > len(columns):
            cells = as_one_cell(cells)
        filled += 1
        held += len(cells)
        if filled > MAX_ROWS or held > MAX_CELLS:
            raise refused(f"There are more than {MAX_ROWS:,} rows or {MAX_CELLS:,} cells.")
        problems += _wrong_cells(number, cells, columns, longest)
        if any(cell.strip() for cell in cells):
            kept += 1
            yield TableRow(number, tuple(cells[: len(columns)]))
    if problems:
        raise DataRefused(problems)
    if not kept:
        raise refused(" ".join(["The file has a header and no rows.", *hints]))


def _wrong_cells(
    number: int, cells: list[str], columns: tuple[str, ...], longest: int
) -> Iterator[DataProblem]:
    if any(cell.strip() for cell in cells[len(columns) :]):
        said = (
            f"{len(columns):,} columns have a name. Put a name above each, in one row. In CSV, a"
            " cell with a comma in it, such as $36,742, must be in quotation marks."
            if len(columns) > 1
            else "only one has a name. Delete the rows above the names of the columns."
        )
        yield DataProblem(number, "", f"There are {len(cells):,} cells, but {said}")
        return
    for cell, column in zip(cells, columns, strict=False):
        if len(cell) > longest:
            yield DataProblem(number, column, f"The cell is over {longest:,} characters.")
        if found := CONTROL.search(cell):
            said = f"The cell holds a control character {quote_cell(found[0])}."
            yield DataProblem(number, column, said)


def _read_workbook(
    content: bytes, part: FilePart, told: list[str], longest: int, is_bounded: bool
) -> Table:
    try:
        sheet = read_sheet(content, part.sheet, is_bounded, part.by_numbers)
    except WorkbookError as error:
        raise refused(str(error)) from error
    table = _below_header(iter(sheet.rows), [*told, *sheet.told()], part.header, longest)
    return replace(table, doubts=tuple(sheet.doubts()))


def without_marks(table: Table) -> Table:
    """Take out of cells what cannot be seen: Windows puts reading directions around copied dates.

    Not for texts, which may need them.
    """
    rows = tuple(
        replace(row, cells=tuple(INVISIBLE.sub("", cell) for cell in row.cells))
        if any(not cell.isascii() and INVISIBLE.search(cell) for cell in row.cells)
        else row
        for row in table.rows
    )
    marked = sum(map(is_not, rows, table.rows))
    said = f"Rows with invisible characters, which were left out: {marked:,}."
    return replace(table, rows=rows, told=(*table.told, said)) if marked else table
