"""Reads files of terms for the import: CSV, Excel, JSON, a Markdown file or a ZIP of them.

The content decides the format. Every problem names its file and its row or line.
"""

import io
import json
import re
import zipfile
import zlib
from collections.abc import Callable, Iterable
from itertools import chain
from pathlib import Path, PurePosixPath
from typing import Any

from glossary.exchange.term_files import (
    LONE_SURROGATE,
    ListEntry,
    TermFile,
    TermProblem,
    TermsRefused,
    parse_term_file,
    refusal,
)
from glossary.exchange.term_keys import (
    COLUMNS,
    ITEM_KEYS,
    LISTS,
    MAY_BE_EMPTY,
    NUMBERS,
    meant_key,
    not_known,
    read_value,
    split_entries,
)
from glossary.ingest import tables
from glossary.ingest.cells import SHEET_ERROR, why_not_a_number
from glossary.ingest.encodings import decode
from glossary.ingest.problems import DataRefused
from glossary.models.terms import EXPLANATION_LENGTH

MAX_BYTES = 5_000_000  # on the page; commands take any size
MAX_TERMS = 10_000
MAX_UNPACKED_BYTES = 50_000_000
# The longest explanation of a Markdown file, and its front matter.
MAX_FILE_BYTES = 500_000
ENCRYPTED = 0x1
WORKBOOK = "[Content_Types].xml"  # what makes a ZIP an Office file (ECMA-376, part 2)
# Exceptions of the library for damaged or forged archives.
DAMAGED = (zipfile.BadZipFile, zlib.error, NotImplementedError, EOFError, OSError, ValueError)
# Files that operating systems add.
BESIDE = ("__MACOSX", ".DS_Store", "Thumbs.db", "desktop.ini")
# Control characters except tabs and line breaks; those after 0x7f too.
NOT_TEXT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]|\r(?!\n)")
# JSON and YAML escapes can write any character, which a check of the raw text misses. Half a
# surrogate pair cannot be stored.
NOT_ONE_LINE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
NOT_LINES = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
OF_LINES = ("definition", "explanation")
# Columns that only /glossary.csv and /glossary.json have, not our exports.
PUBLIC = {"explanation_text", "address", "updated_at"}
IS_PUBLIC = (
    "This is the file for visitors, without hidden aliases and relations to drafts: importing it "
    "would delete them. Take an export instead: Terms, Export."
)


def read_terms(content: bytes, name: str, encoding: str = "") -> list[TermFile]:
    """Read a file of terms, each with its problems. Raises TermsRefused for any other file.

    `encoding` is the declared one, or "".
    """
    if len(content) > MAX_BYTES:
        raise refusal(name, f"The file has {len(content):,} bytes; the limit is {MAX_BYTES:,}.")
    files = _read(content, name, encoding)
    if len(files) > MAX_TERMS:
        raise refusal(name, f"There are {len(files):,} terms; the limit is {MAX_TERMS:,}.")
    return files


def _read(content: bytes, name: str, encoding: str, is_bounded: bool = True) -> list[TermFile]:
    """Read a file of terms of any size, unless it is bounded."""
    if content.startswith(b"PK\x03\x04"):
        return _read_archive(content, name, encoding, is_bounded)
    if content.lstrip(b"\xef\xbb\xbf \r\n")[:3] == b"---":
        return [_read_markdown(content, name, encoding)]
    if content.lstrip()[:1] in (b"{", b"["):
        return _read_json(content, name, encoding)
    return _read_sheet(content, name, encoding, is_bounded)


def read_path(path: Path, encoding: str = "") -> list[TermFile]:
    """Read a file of any format, or every .md file of a folder, like read_terms.

    Raises OSError too.
    """
    if not path.is_dir() and path.suffix != ".md":
        return _read(path.read_bytes(), path.name, encoding, is_bounded=False)
    paths = sorted(path.rglob("*.md")) if path.is_dir() else [path]
    paths = [each for each in paths if each.name.lower() != "readme.md" or each == path]
    if not paths or not paths[0].exists():
        raise refusal(str(path), "There is no Markdown file (.md) here.", line=1)
    return _each(paths, lambda each: _read_markdown(each.read_bytes(), str(each), encoding))


def _each[Part](parts: Iterable[Part], read_one: Callable[[Part], TermFile]) -> list[TermFile]:
    """Read all parts; of one that cannot be read only its problems are kept."""
    found: list[TermFile] = []
    for part in parts:
        try:
            found.append(read_one(part))
        except TermsRefused as refused:
            found.append(TermFile(refused.problems[0].file, problems=refused.problems))
    return found


def _read_sheet(content: bytes, name: str, encoding: str, is_bounded: bool) -> list[TermFile]:
    try:
        table = tables.read_table(
            content, name, encoding, longest_cell=EXPLANATION_LENGTH, is_bounded=is_bounded
        )
    except DataRefused as refused:
        raise TermsRefused(
            [TermProblem(name, 0, str(each)) for each in refused.problems]
        ) from refused
    _refuse_public(table.columns, name)
    columns, problems = _columns_read(table.columns, name)
    files = []
    for row in table.rows:
        files.append(found := TermFile(f"{name}, row {row.number}", first_line=0))
        for key, cell in dict(zip(columns, row.cells, strict=False)).items():
            if cell.strip() or key in MAY_BE_EMPTY:
                _take(found, key, cell, _in_cell)
    files[0].problems += problems
    return files


def _read_json(content: bytes, name: str, encoding: str) -> list[TermFile]:
    try:
        parsed = json.loads(checked_text(content, name, encoding), object_pairs_hook=_object)
    except (ValueError, RecursionError) as error:
        raise refusal(name, f"The JSON cannot be read: {error}.") from error
    records = parsed.get("terms") if isinstance(parsed, dict) else parsed
    if not isinstance(records, list) or not all(isinstance(each, dict) for each in records):
        raise refusal(name, "The JSON must be a list of objects, or an object with one as “terms”.")

    for record in records[:1]:
        _refuse_public(record, name)
    return [_from_record(each, f"{name}, term {number}") for number, each in enumerate(records, 1)]


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return the object; refuse double keys, which the library would drop silently.

    An escape can write half a surrogate pair, which no message can show.
    """
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key occurs twice in one object")
    if any(LONE_SURROGATE.search(part) for part in chain(*pairs) if isinstance(part, str)):
        raise ValueError("half of a surrogate pair")
    return found


def _read_archive(content: bytes, name: str, encoding: str, is_bounded: bool) -> list[TermFile]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entries = [entry for entry in archive.infolist() if not _is_beside(entry)]
            if any(entry.filename == WORKBOOK for entry in entries):
                return _read_sheet(content, name, encoding, is_bounded)
            _refuse_entries(entries, name, is_bounded)
            return _each(entries, lambda entry: _read_entry(archive, entry, encoding))
    except DAMAGED as error:
        raise refusal(name, "The ZIP file is damaged. Pack the folder again.") from error


def _is_beside(entry: zipfile.ZipInfo) -> bool:
    path = PurePosixPath(entry.filename)
    is_readme = path.name.lower() == "readme.md"
    return entry.is_dir() or is_readme or any(part in BESIDE for part in path.parts)


def _refuse_entries(entries: list[zipfile.ZipInfo], name: str, is_bounded: bool) -> None:
    """Check the sizes that the archive declares; reading has limits too, if they are false."""
    if any(entry.flag_bits & ENCRYPTED for entry in entries):
        raise refusal(name, "The ZIP file is protected by a password. Pack it without one.")
    if not entries or (is_bounded and len(entries) > MAX_TERMS):
        raise refusal(name, f"The ZIP file must hold 1 to {MAX_TERMS:,} Markdown files (.md).")
    unpacked = sum(entry.file_size for entry in entries)
    if is_bounded and unpacked > MAX_UNPACKED_BYTES:
        raise refusal(name, f"The ZIP file is over {MAX_UNPACKED_BYTES:,} bytes once unpacked.")
    strange = [entry.filename for entry in entries if not entry.filename.lower().endswith(".md")]
    if strange:
        raise TermsRefused(
            [TermProblem(each[:200], 0, "This is not a Markdown file (.md).") for each in strange]
        )


def _read_entry(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, encoding: str) -> TermFile:
    with archive.open(entry) as file:
        # One byte more than declared, so that a larger entry is noticed and refused.
        raw = file.read(min(entry.file_size, MAX_FILE_BYTES) + 1)
    return _read_markdown(raw, entry.filename, encoding)


def _read_markdown(content: bytes, name: str, encoding: str) -> TermFile:
    if len(content) > MAX_FILE_BYTES:
        raise refusal(name, f"The file is over {MAX_FILE_BYTES:,} bytes.")
    return parse_term_file(checked_text(content, name, encoding), name)


# --- rows of a sheet and objects of JSON, which have the same keys ---


def _refuse_public(names: Iterable[str], file: str) -> None:
    """Raise TermsRefused for the public files: importing one would delete what it leaves out."""
    if PUBLIC.issubset(names):
        raise refusal(file, IS_PUBLIC)


def _columns_read(names: tuple[str, ...], file: str) -> tuple[list[str], list[TermProblem]]:
    """Return the key as which each column is read, and the problems of the columns.

    An unknown column is read as the one it resembles, to find the mistakes in its cells. Raises
    TermsRefused if no column says which term a row is about.
    """
    said = [not_known(name, COLUMNS) for name in names if name and name not in COLUMNS]
    said += [f"“{name}” occurs twice." for name in dict.fromkeys(names) if names.count(name) > 1]
    meant = [name if name in COLUMNS else meant_key(name) for name in names]
    read = [
        key if key == name or key not in names else ""
        for key, name in zip(meant, names, strict=True)
    ]
    if not {"slug", "headword"} & set(read):
        said.append("A column “slug” or “headword” is needed, to know which term a row is about.")
    problems = [TermProblem(file, 0, each) for each in said]
    if not {"slug", "headword"} & set(read):
        raise TermsRefused(problems)
    return read, problems


def _from_record(values: dict[str, Any], label: str) -> TermFile:
    """Make a term file from a JSON object, with all its problems; its lists contain objects."""
    found = TermFile(label, first_line=0, unknown={key: 0 for key in values if key not in COLUMNS})
    for name, value in values.items():
        key = name if name in COLUMNS else meant_key(name)
        is_double = key != name and key in values
        if key in COLUMNS and not is_double and (value not in (None, "") or key in MAY_BE_EMPTY):
            _take(found, key, value, _in_json)
    return found


def _take(found: TermFile, name: str, value: Any, read: Callable[[str, Any], Any]) -> None:
    found.lines[name] = 0
    try:
        said = read(name, value)
        if name in LISTS:
            found.lists[name] = [ListEntry(each, 0) for each in said]
        else:
            found.values[name] = read_value(name, said.replace("\r\n", "\n").strip())
    except ValueError as error:
        found.refuse(f"{name}: {error}")


def _in_cell(name: str, cell: str) -> Any:
    if SHEET_ERROR.fullmatch(cell):
        raise ValueError(why_not_a_number(cell))
    return split_entries(cell, ITEM_KEYS[name]) if name in LISTS else cell


def _in_json(name: str, value: Any) -> Any:
    if name not in LISTS:
        return str(value) if name in NUMBERS and type(value) is int else _text(value)
    known = ITEM_KEYS[name]
    if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
        raise ValueError(f"this must be a list of objects with {', '.join(known)}.")
    for each in value:
        if strange := set(each) - set(known):
            raise ValueError(f"“{strange.pop()}” is not known. Known: {', '.join(known)}.")
    return [{key: text for key, part in each.items() if (text := _text(part))} for each in value]


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None or isinstance(value, str):
        return value or ""
    raise ValueError(f"{repr(value)[:40]} must be a text, in quotation marks.")


# --- texts: UTF-8 without control characters, within their lengths ---


def checked_text(raw: bytes, name: str, encoding: str = "") -> str:
    """Decode bytes as text. Raises TermsRefused with the lines of the problems."""
    try:
        text, _ = decode(raw, encoding)
    except DataRefused as refused:
        (problem,) = refused.problems
        raise refusal(name, problem.message, problem.row) from refused
    if NOT_TEXT.search(text):
        lines = enumerate(text.replace("\r\n", "\n").split("\n"), 1)
        wrong = [number for number, line in lines if NOT_TEXT.search(line)]
        said = "The line holds a control character."
        raise TermsRefused([TermProblem(name, number, said) for number in wrong])
    return text


def drop_bad_text(file: TermFile) -> None:
    """Turn values that no form would accept into problems of the file, in any format."""
    for name, value in list(file.values.items()):
        if said := _bad_text(name, value):
            file.refuse(f"{name}: {said}", name)
            del file.values[name]
    for name, entries in file.lists.items():
        kept = []
        for entry in entries:
            bad = [said for pair in entry.values.items() if (said := _bad_text(*pair))]
            for said in bad:
                file.refuse(f"{name}: {said}", line=entry.line)
            if not bad:
                kept.append(entry)
        file.lists[name] = kept


def _bad_text(name: str, value: object) -> str:
    """Return what is wrong with a value, or ""."""
    text = value if isinstance(value, str) else ""
    if name == "explanation" and len(text) > EXPLANATION_LENGTH:
        return f"This has {len(text):,} characters; the limit is {EXPLANATION_LENGTH:,}."
    if name in OF_LINES:
        return "This holds a control character." if NOT_LINES.search(text) else ""
    return "This must be one line without control characters." if NOT_ONE_LINE.search(text) else ""
