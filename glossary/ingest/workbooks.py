"""Reads Excel workbooks (.xlsx) as rows of texts, by calamine in a separate process.

The library does not stop hostile workbooks: two cells a million rows apart make it ask for 400 GB
and abort, and a shared text of a million cells is copied a million times. So a child process with
little memory and time opens the file, and its failure is a refusal. The child runs this module by
path, which imports no module of ours and so starts fast.
"""

import io
import json
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from datetime import date, datetime, time
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


class WorkbookError(ValueError):
    """The workbook cannot be read; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet. `first_row` is the number that Excel shows at the first of `rows`."""

    name: str
    others: tuple[str, ...]
    first_row: int
    rows: list[list[str]]


def read_sheet(content: bytes, name: str = "") -> Sheet:
    """Read the sheet called `name`, or the first visible one. Raises WorkbookError.

    Numbers have the 15 digits that Excel keeps, dates are ISO. Excel stores "59.4%" as 0.594, which
    is what is read.
    """
    _refuse_bombs(content)
    try:
        child = subprocess.run(  # noqa: S603 (our own interpreter and file; the content is stdin)
            [sys.executable, "-I", __file__, json.dumps(name[:MAX_NAME_LENGTH])],
            input=content,
            capture_output=True,
            timeout=MAX_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise WorkbookError(TOO_LARGE) from error
    if child.returncode:
        raise WorkbookError(BROKE_OFF)
    answer = json.loads(child.stdout)
    if "error" in answer:
        raise WorkbookError(answer["error"])
    return Sheet(answer["name"], tuple(answer["others"]), answer["first_row"], answer["rows"])


def _refuse_bombs(content: bytes) -> None:
    """Refuse archives that declare too large sizes; if those are false, the child has limits."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError) as error:
        raise WorkbookError(DAMAGED) from error
    if any(entry.flag_bits & ENCRYPTED for entry in entries):
        raise WorkbookError("The Excel file is protected by a password. Save it without one.")
    unpacked = sum(entry.file_size for entry in entries)
    if len(entries) > MAX_ENTRIES or unpacked > MAX_UNPACKED_BYTES:
        raise WorkbookError(TOO_LARGE)


def _limit_this_process() -> None:
    """Limit the address space, which only Linux enforces; elsewhere a timeout remains."""
    if sys.platform == "linux":
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MAX_MEMORY_BYTES, MAX_MEMORY_BYTES))
        resource.setrlimit(resource.RLIMIT_CPU, (MAX_SECONDS, MAX_SECONDS))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _answer(content: bytes, wanted: str) -> dict[str, Any]:
    from python_calamine import CalamineError, SheetVisibleEnum, load_workbook

    try:
        workbook = load_workbook(io.BytesIO(content))
        visible = [
            sheet.name
            for sheet in workbook.sheets_metadata
            if sheet.visible == SheetVisibleEnum.Visible
        ]
        if not visible or (wanted and wanted not in visible):
            there = ", ".join(_shown(each) for each in visible)
            return {"error": f"There is no visible sheet {_shown(wanted)}. Sheets: {there}."}
        name = wanted or visible[0]
        sheet = workbook.get_sheet_by_name(name)
        if sheet.height * sheet.width > MAX_CELLS:
            return {"error": TOO_LARGE}
        first_row = sheet.start[0] + 1 if sheet.start else 1
        rows, length = [], 0
        for row in sheet.to_python():
            rows.append([_text(cell) for cell in row])
            length += sum(map(len, rows[-1]))
            if length > MAX_OUTPUT_LENGTH:
                return {"error": TOO_LARGE}
    except CalamineError:
        return {"error": DAMAGED}
    others = [each for each in visible if each != name]
    return {"name": name, "others": others, "first_row": first_row, "rows": rows}


def _shown(name: str) -> str:
    return f"“{''.join(c if c.isprintable() else '?' for c in name[:40])}”"


def _text(cell: object) -> str:
    """Return a cell as CSV text, without a binary tail (0.30000000000000004)."""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else f"{cell:.15g}"
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == time() else cell.isoformat()
    return cell.isoformat() if isinstance(cell, date) else str(cell)


def main() -> None:
    """Read a workbook from standard input, write its sheet as JSON."""
    content = sys.stdin.buffer.read()
    _limit_this_process()
    sys.stdout.write(json.dumps(_answer(content, json.loads(sys.argv[1]))))


if __name__ == "__main__":
    main()
