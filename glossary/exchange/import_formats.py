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

from glossary.exchange.term_columns import columns_read, from_cells, from_record, refuse_public
from glossary.exchange.term_files import (
    LONE_SURROGATE,
    TermFile,
    TermProblem,
    TermsRefused,
    parse_term_file,
    refusal,
)
from glossary.ingest import tables
from glossary.ingest.encodings import EncodingError, decode
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
    except tables.DataRefused as refused:
        raise TermsRefused(
            [TermProblem(name, 0, str(each)) for each in refused.problems]
        ) from refused
    refuse_public(table.columns, name)
    columns, problems = columns_read(table.columns, name)
    files = [
        from_cells(dict(zip(columns, row.cells, strict=False)), f"{name}, row {row.number}")
        for row in table.rows
    ]
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
        refuse_public(record, name)
    return [from_record(each, f"{name}, term {number}") for number, each in enumerate(records, 1)]


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


# --- texts: UTF-8 without control characters, within their lengths ---


def checked_text(raw: bytes, name: str, encoding: str = "") -> str:
    """Decode bytes as text. Raises TermsRefused with the lines of the problems."""
    try:
        text, _ = decode(raw, encoding)
    except EncodingError as error:
        raise refusal(name, str(error), error.row) from error
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
        found = [(entry, _bad_text(*pair)) for entry in entries for pair in entry.values.items()]
        bad = [(entry, said) for entry, said in found if said]
        for entry, said in bad:
            file.refuse(f"{name}: {said}", line=entry.line)
        file.lists[name] = [each for each in entries if all(each is not entry for entry, _ in bad)]


def _bad_text(name: str, value: object) -> str:
    """Return what is wrong with a value, or ""."""
    text = value if isinstance(value, str) else ""
    if name == "explanation" and len(text) > EXPLANATION_LENGTH:
        return f"This has {len(text):,} characters; the limit is {EXPLANATION_LENGTH:,}."
    if name in OF_LINES:
        return "This holds a control character." if NOT_LINES.search(text) else ""
    return "This must be one line without control characters." if NOT_ONE_LINE.search(text) else ""
