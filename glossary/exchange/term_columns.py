"""Reads terms from rows of a sheet and from JSON objects, which have the same keys."""

from collections.abc import Callable, Iterable
from typing import Any

from glossary.exchange.term_files import ListEntry, TermFile, TermProblem, TermsRefused, refusal
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
from glossary.ingest.cells import SHEET_ERROR, why_not_a_number

# Columns that only /glossary.csv and /glossary.json have, not our exports.
PUBLIC = {"explanation_text", "address", "updated_at"}
IS_PUBLIC = (
    "This is the file for visitors, without hidden aliases and relations to drafts: importing it "
    "would delete them. Take an export instead: Terms, Export."
)


def refuse_public(names: Iterable[str], file: str) -> None:
    """Raise TermsRefused for the public files: importing one would delete what it leaves out."""
    if PUBLIC.issubset(names):
        raise refusal(file, IS_PUBLIC)


def columns_read(names: tuple[str, ...], file: str) -> tuple[list[str], list[TermProblem]]:
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


def from_cells(values: dict[str, str], label: str) -> TermFile:
    """Make a term file from the cells of one row, with the problems of all of them."""
    found = TermFile(label, first_line=0)
    for name, cell in values.items():
        if cell.strip() or name in MAY_BE_EMPTY:
            _take(found, name, cell, _in_cell)
    return found


def from_record(values: dict[str, Any], label: str) -> TermFile:
    """Make a term file from a JSON object, like from_cells; its lists contain objects."""
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
