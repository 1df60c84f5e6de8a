"""Reads Excel workbooks (.xlsx) as rows of texts, by openpyxl in a separate process.

The library does not stop hostile workbooks: two cells a million rows apart make it fill all rows
between them, and a shared text of a million cells is written a million times. So a child process
with little memory and time opens the file, and its failure is a refusal. The child runs this module
by path, which imports no module of ours and so starts fast.
"""

import io
import json
import os
import re
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, time
from decimal import Decimal
from functools import cache
from itertools import islice
from typing import Any

MAX_UNPACKED_BYTES = 100_000_000
MAX_ENTRIES = 2_000
MAX_CELLS = 2_000_000
MAX_OUTPUT_LENGTH = 60_000_000
MAX_NAME_LENGTH = 1_000
MAX_SECONDS = 20
MAX_MEMORY_BYTES = 1_000_000_000

ENCRYPTED = 0x1
DAMAGED = "The Excel file cannot be read. Open it in Excel and save it again as .xlsx, or as CSV."
BROKE_OFF = "The Excel file is damaged or too large to be read. Save the sheet alone, as CSV."
TOO_LARGE = "The Excel file is too large once unpacked. Save the sheet alone, as CSV."
COMPOUND_FILE = b"\xd0\xcf\x11\xe0"  # .xls, and the shell of an encrypted .xlsx
ENCRYPTED_PACKAGE = "EncryptedPackage".encode("utf-16-le")
LOCKED = (
    "This Excel file is protected by a password. Open it in Excel, take the password away (File,"
    " Info, Protect Workbook, Encrypt with Password) and save it."
)
OLD_EXCEL = (
    "This is an old Excel file (.xls). Open it in Excel or LibreOffice, choose Save As and the type"
    " “Excel Workbook (.xlsx)”, and import that file."
)
OTHER_FORMATS = {
    "xl/workbook.bin": "This is a binary Excel file (.xlsb). Save it as .xlsx or as CSV.",
    "content.xml": "This is an OpenDocument sheet (.ods). Save it as .xlsx or as CSV.",
}
OTHERS, MAX_NAMED = "Other sheets:", 12
FIRST_ROWS = 200  # of a sheet, that are looked into for numbers
WRITTEN_NUMBER = re.compile(r"[-−+]?[$€£]?[0-9][0-9.,' ]*%?")
NO_RESULT = "#NO_RESULT!"
CONDITIONAL = "#SET_A_PLAIN_NUMBER_FORMAT!"
# In a number's format: quoted and escaped characters, those that only take space, and colors,
# currencies and conditions.
NOT_SHOWN = re.compile(r'"[^"]*"|\\.|[_*].|\[[^\]]*\]')
CONDITION = re.compile(r"\[[<>=]")
TRAILING_COMMAS = re.compile(r"[0#?](,+)(?![0#?,.])")


class WorkbookError(ValueError):
    """The workbook cannot be read; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet: its rows that are not empty, with the numbers Excel shows beside them."""

    name: str
    others: tuple[str, ...]
    rows: list[tuple[int, list[str]]]
    hidden: tuple[str, ...] = ()  # rows and columns that Excel does not show
    with_numbers: tuple[str, ...] = ()  # other sheets, if they were looked for

    def told(self) -> Iterator[str]:
        yield f"The sheet {_shown(self.name)} of the Excel file was read."
        if self.others:
            yield f"{OTHERS} {', '.join(map(_shown, self.others))}."
        if self.hidden:
            yield f"Read although Excel hides them: {', '.join(self.hidden)}."

    def doubts(self) -> Iterator[str]:
        if self.with_numbers:
            yield (
                f"Other sheets have numbers, too: {', '.join(map(_shown, self.with_numbers))}."
                f" Accept to take {_shown(self.name)}, or move the one to read to the front."
            )


def others_in(told: Iterable[str]) -> list[str]:
    """Return what to do about the sheets that were not read, of a workbook that has others."""
    return [f"{each} Move the one to read to the front." for each in told if OTHERS in each]


def why_not_a_workbook(content: bytes) -> str:
    """Return what to do with an Excel file that is not a readable .xlsx; "" for all others."""
    if not content.startswith(COMPOUND_FILE):
        return ""
    return LOCKED if ENCRYPTED_PACKAGE in content else OLD_EXCEL


def read_sheet(
    content: bytes, name: str = "", is_bounded: bool = True, by_numbers: bool = False
) -> Sheet:
    """Return the sheet called `name`, or the first visible one. Raises WorkbookError.

    With `by_numbers` it is the only sheet with numbers where the first, a cover or a list of the
    tables, has none.

    Numbers have the 15 digits that Excel keeps, dates are ISO. A cell is read as Excel shows it:
    0.594 in the format 0.0% is "59.4%", 1234567 in the format 0.0,, is "1.234567", a day in the
    format mmm-yy is "2024-01". An error is its text ("#DIV/0!"), a formula whose result was never
    stored NO_RESULT, a number whose format sets its scale by conditions CONDITIONAL. What is not
    bounded was chosen by an operator, and may take any time and memory.
    """
    _refuse_entries(content, is_bounded)
    try:
        child = subprocess.run(  # noqa: S603 (our own interpreter and file; the content is stdin)
            [
                *(sys.executable, "-I", __file__),
                json.dumps([name[:MAX_NAME_LENGTH], is_bounded, by_numbers]),
            ],
            input=content,
            capture_output=True,
            timeout=MAX_SECONDS if is_bounded else None,
            check=False,
            env=os.environ | {"OPENPYXL_LXML": "False"},  # one parser, also where lxml is installed
        )
    except subprocess.TimeoutExpired as error:
        raise WorkbookError(TOO_LARGE) from error
    if child.returncode:
        raise WorkbookError(BROKE_OFF)
    answer = json.loads(child.stdout)
    if "error" in answer:
        raise WorkbookError(answer["error"])
    rows = [(number, cells) for number, cells in answer["rows"]]
    others, hidden, more = (tuple(answer[key]) for key in ("others", "hidden", "with_numbers"))
    return Sheet(answer["name"], others, rows, hidden, more)


def _refuse_entries(content: bytes, is_bounded: bool) -> None:
    """Refuse archives that declare too large sizes; if those are false, the child has limits."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError) as error:
        raise WorkbookError(DAMAGED) from error
    if any(entry.flag_bits & ENCRYPTED for entry in entries):
        raise WorkbookError("The Excel file is protected by a password. Save it without one.")
    unpacked = sum(entry.file_size for entry in entries)
    if is_bounded and (len(entries) > MAX_ENTRIES or unpacked > MAX_UNPACKED_BYTES):
        raise WorkbookError(TOO_LARGE)
    for part, message in OTHER_FORMATS.items():
        if any(entry.filename == part for entry in entries):
            raise WorkbookError(message)


def _limit_this_process() -> None:
    """Limit the address space, which only Linux enforces; elsewhere a timeout remains."""
    if sys.platform == "linux":
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MAX_MEMORY_BYTES, MAX_MEMORY_BYTES))
        resource.setrlimit(resource.RLIMIT_CPU, (MAX_SECONDS, MAX_SECONDS))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _answer(content: bytes, wanted: str, is_bounded: bool, by_numbers: bool) -> dict[str, Any]:
    """Return the sheet as read_sheet() takes it. Raises WorkbookError."""
    from openpyxl import load_workbook

    try:
        workbook = load_workbook(io.BytesIO(content), read_only=True, data_only=True)
        sheets = {
            sheet.title: sheet for sheet in workbook.worksheets if sheet.sheet_state == "visible"
        }
        if not sheets or (wanted and wanted not in sheets):
            there = ", ".join(map(_shown, sheets))
            raise WorkbookError(f"There is no visible sheet {_shown(wanted)}. Sheets: {there}.")
        name, with_numbers = wanted or next(iter(sheets)), list[str]()
        if by_numbers and not wanted:
            name, with_numbers = _by_numbers(workbook, sheets)
        parser = _parser(workbook, sheets[name])
        rows, first_column = _rows(workbook, parser, is_bounded)
    except (WorkbookError, MemoryError):
        raise  # of memory the process ends, and its parent says so
    except Exception as error:  # a damaged file breaks the library in many ways
        raise WorkbookError(DAMAGED) from error
    others = [each for each in sheets if each != name]
    hidden = _hidden(parser, rows, first_column)
    answer = {"name": name, "others": others, "rows": rows, "hidden": hidden}
    return answer | {"with_numbers": with_numbers}


def _by_numbers(workbook: Any, sheets: dict[str, Any]) -> tuple[str, list[str]]:
    """Return the sheet to read, and the others that have numbers in two rows."""
    first, *others = sheets
    found = []
    for name in others[:MAX_NAMED]:
        with suppress(Exception):  # a damaged one need not be read
            if _numbered_rows(workbook, sheets[name]) > 1:
                found.append(name)
    if len(found) == 1 and not _numbered_rows(workbook, sheets[first]):
        return found[0], []
    return first, found


def _numbered_rows(workbook: Any, sheet: Any) -> int:
    """Count the first rows that have numbers behind their first cell, as lists have not; to two."""
    rows = islice(_parser(workbook, sheet).parse(), FIRST_ROWS)
    texts = (
        [cell["value"] for cell in cells if cell["value"] not in (None, "")] for _, cells in rows
    )
    return len(list(islice((row for row in texts if any(map(_is_number, row[1:]))), 2)))


def _is_number(value: object) -> bool:
    if isinstance(value, str):
        return WRITTEN_NUMBER.fullmatch(value) is not None
    return isinstance(value, int | float) and not isinstance(value, bool)


def _hidden(parser: Any, rows: list[tuple[int, list[str]]], first: int) -> list[str]:
    """Name the hidden rows and columns that have cells; the file has a span of columns as one."""
    from openpyxl.utils import get_column_letter

    lines, spans = (
        [each for each in dimensions.items() if each[1].get("hidden") in ("1", "true")]
        for dimensions in (parser.row_dimensions, parser.column_dimensions)
    )
    numbers = {int(number) for number, _ in lines}
    columns = [range(int(span["min"]), int(span["max"]) + 1) for _, span in spans]
    used = {first + at for _, cells in rows for at, text in enumerate(cells) if text}
    hidden = sorted(at for at in used if any(at in span for span in columns))
    found = [f"row {number}" for number, _ in rows if number in numbers]
    return [*found, *(f"column {get_column_letter(at)}" for at in hidden)][:MAX_NAMED]


def _rows(workbook: Any, parser: Any, is_bounded: bool) -> tuple[list[tuple[int, list[str]]], int]:
    """Return the rows from the first used column on, and its number. Raises WorkbookError."""
    found: list[tuple[int, dict[int, str]]] = []
    length, columns = 0, set[int]()
    format_of = cache(lambda style: _format_of(style, workbook))
    for number, cells in parser.parse():
        texts = {cell["column"]: text for cell in cells if (text := _text(cell, format_of))}
        if not texts:
            continue
        found.append((number, texts))
        columns |= {min(texts), max(texts)}
        length += sum(map(len, texts.values()))
        # Two cells can span a sheet of 17 billion: what counts is the area.
        area = (number - found[0][0] + 1) * (max(columns) - min(columns) + 1)
        if is_bounded and (area > MAX_CELLS or length > MAX_OUTPUT_LENGTH):
            raise WorkbookError(TOO_LARGE)
    first = min(columns, default=1)
    rows = [
        (number, [texts.get(at, "") for at in range(first, max(texts) + 1)])
        for number, texts in found
    ]
    return rows, first


def _parser(workbook: Any, sheet: Any) -> Any:
    """Return what yields the number and the cells of each row that the file has.

    The library's own rows fill every gap with empty ones, and do not tell a formula without a
    stored result from an empty cell.
    """
    from openpyxl.worksheet._reader import FORMULA_TAG, WorkSheetParser

    class Parser(WorkSheetParser):  # type: ignore[misc]
        def parse_cell(self, element: Any) -> dict[str, Any]:
            cell: dict[str, Any] = super().parse_cell(element)
            has_formula = element.find(FORMULA_TAG) is not None
            if cell["value"] is None and has_formula and element.get("t") != "str":
                cell["value"] = NO_RESULT  # with t="str" the stored result is an empty text
            return cell

    return Parser(
        sheet._get_source(),
        sheet._shared_strings,
        data_only=True,
        epoch=workbook.epoch,
        date_formats=workbook._date_formats,
        timedelta_formats=workbook._timedelta_formats,
    )


def _shown(name: str) -> str:
    return f"“{''.join(c if c.isprintable() else '?' for c in name[:40])}”"


def _text(cell: dict[str, Any], format_of: Callable[[int], str]) -> str:
    """Return a cell as CSV text, without a binary tail (0.30000000000000004)."""
    match cell["value"]:
        case None:
            return ""
        case bool(value):
            return str(value).lower()
        case int(value) | float(value):
            return _number_text(value, format_of(cell["style_id"]))
        case datetime() as value:
            return _date_text(value, format_of(cell["style_id"]))
        case value:
            return str(value)  # of a date ISO


def _date_text(value: datetime, format_code: str) -> str:
    """Write a date in the length that its format shows: a day, a month ("Jan-24") or a year.

    Beside hours or seconds, m is for minutes, so those dates stay whole.
    """
    shown = set(NOT_SHOWN.sub("", format_code).split(";")[0].casefold())
    if "y" in shown and not shown & set("dhs"):
        return f"{value:%Y-%m}" if "m" in shown else f"{value:%Y}"
    return value.date().isoformat() if value.time() == time() else value.isoformat()


def _format_of(style: int, workbook: Any) -> str:
    from openpyxl.styles.numbers import BUILTIN_FORMATS, BUILTIN_FORMATS_MAX_SIZE

    number = workbook._cell_styles[style].numFmtId
    if number < BUILTIN_FORMATS_MAX_SIZE:
        return str(BUILTIN_FORMATS.get(number, ""))
    return str(workbook._number_formats[number - BUILTIN_FORMATS_MAX_SIZE])


def _number_text(value: int | float, format_code: str) -> str:
    """Write a number in the scale of its format, with all the digits that are stored."""
    scale = _scale(format_code, (value > 0) - (value < 0))
    if scale is None:
        return CONDITIONAL
    places, sign = scale
    if not places:
        is_whole = isinstance(value, int) or (value.is_integer() and abs(value) < 1e15)
        return str(int(value)) if is_whole else f"{value:.15g}"
    shown = Decimal(f"{value:.15g}").scaleb(places).normalize()
    return f"{shown:f}{sign}"


@cache
def _scale(format_code: str, sign: int) -> tuple[int, str] | None:
    """Return the power of ten by which a format shifts what it shows, and "%" or "".

    None where conditions choose the part of a format, as in [>=1000]0.0,"K";0.
    """
    parts = [_scale_of_part(part) for part in NOT_SHOWN.sub("", format_code).split(";")]
    has_conditions = any(map(CONDITION.match, NOT_SHOWN.findall(format_code)))
    if has_conditions and any(places for places, _ in parts):
        return None
    at = {1: 0, -1: 1, 0: 2}[sign]  # the parts for numbers above, below and at zero
    return parts[at] if at < len(parts) else parts[0]


def _scale_of_part(part: str) -> tuple[int, str]:
    """Each % multiplies by a hundred, each comma behind the last digit divides by a thousand."""
    percents = part.count("%")
    thousands = TRAILING_COMMAS.search(part)
    places = 2 * percents - (3 * len(thousands[1]) if thousands else 0)
    return places, "%" if percents else ""


def main() -> None:
    """Read a workbook from standard input, write its sheet as JSON."""
    content = sys.stdin.buffer.read()
    wanted, is_bounded, by_numbers = json.loads(sys.argv[1])
    if is_bounded:
        _limit_this_process()
    try:
        answer = _answer(content, wanted, is_bounded, by_numbers)
    except WorkbookError as error:
        answer = {"error": str(error)}
    json.dump(answer, sys.stdout)


if __name__ == "__main__":
    main()
