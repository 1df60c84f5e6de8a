"""The columns of a sheet of terms, which are also the keys of JSON.

They are the keys of a term file's front matter, and its two texts.
"""

from collections.abc import Iterable
from datetime import date
from typing import Any

from glossary.exchange.list_cells import split_entries
from glossary.exchange.term_files import (
    FLAGS,
    ITEM_KEYS,
    LISTS,
    ListEntry,
    TermFile,
    TermProblem,
    TermsRefused,
)
from glossary.values.names import name_slug

TEXTS = ("headword", "slug", "category", "status", "definition", "explanation")
COLUMNS = (*TEXTS, "reviewed_on", *FLAGS, *LISTS)
# An empty cell empties these. The other columns are never empty, so it changes nothing there.
MAY_BE_EMPTY = ("explanation", "reviewed_on", *LISTS)
YES, NO = ("true", "yes", "1"), ("false", "no", "0")
# Columns that only /glossary.csv and /glossary.json have, not our exports.
PUBLIC = {"explanation_text", "address", "updated_at"}
IS_PUBLIC = (
    "This is the file for visitors, without hidden aliases and relations to drafts: importing it "
    "would delete them. Take an export instead: Terms, Export."
)


def refuse_public(names: Iterable[str], file: str) -> None:
    """Raise TermsRefused for the public files: importing one would delete what it leaves out."""
    if PUBLIC.issubset(names):
        raise TermsRefused([TermProblem(file, 0, IS_PUBLIC)])


def refuse_unknown(names: Iterable[str], file: str) -> None:
    """Raise TermsRefused for an unknown column, whose cells would be lost silently."""
    names = [name for name in names if name]
    unknown = [name for name in names if name not in COLUMNS]
    twice = {name for name in names if names.count(name) > 1}
    if unknown or twice:
        wrong = [*(f"“{name}” is not known" for name in unknown)]
        wrong += [f"“{name}” occurs twice" for name in sorted(twice)]
        known = ", ".join(COLUMNS)
        raise TermsRefused([TermProblem(file, 0, f"{'; '.join(wrong)}. Columns may be: {known}.")])


def from_cells(values: dict[str, str], label: str) -> TermFile:
    """Make a term file from the cells of one row. Raises TermsRefused with all problems."""
    found = TermFile(label, first_line=0)
    problems: list[str] = []
    for name, cell in values.items():
        if cell.strip() or name in MAY_BE_EMPTY:
            try:
                _take(found, name, cell)
            except ValueError as error:
                problems.append(f"{name}: {error}")
    return _checked(found, problems)


def from_record(values: dict[str, Any], label: str) -> TermFile:
    """Make a term file from a JSON object, like from_cells; its lists contain objects."""
    found = TermFile(label, first_line=0)
    problems: list[str] = []
    for name, value in values.items():
        try:
            if name in LISTS:
                found.lists[name] = _items(name, value)
            elif value not in (None, "") or name in MAY_BE_EMPTY:
                _take(found, name, _text(value))
        except ValueError as error:
            problems.append(f"{name}: {error}")
    return _checked(found, problems)


def _take(found: TermFile, name: str, cell: str) -> None:
    if name in LISTS:
        found.lists[name] = [
            ListEntry(dict(each), 0) for each in split_entries(cell, ITEM_KEYS[name])
        ]
    elif name == "reviewed_on":
        found.values[name] = _day(cell.strip())
    elif name in FLAGS:
        found.values[name] = _flag(cell.strip().lower())
    elif name == "explanation":
        found.values[name] = cell.replace("\r\n", "\n").strip()
    else:
        found.values[name] = cell.strip()


def _items(name: str, value: Any) -> list[ListEntry]:
    known = ITEM_KEYS[name]
    if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
        raise ValueError(f"this must be a list of objects with {', '.join(known)}.")
    for each in value:
        if strange := set(each) - set(known):
            raise ValueError(f"“{strange.pop()}” is not known. Known: {', '.join(known)}.")
    items = [{key: _text(part) for key, part in each.items()} for each in value]
    return [ListEntry({key: part for key, part in item.items() if part}, 0) for item in items]


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None or isinstance(value, str):
        return value or ""
    raise ValueError(f"{repr(value)[:40]} must be a text, in quotation marks.")


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise ValueError(f"“{text[:40]}” is not a day such as 2026-11-23.") from None


def _flag(text: str) -> bool:
    if text not in (*YES, *NO):
        raise ValueError(f"“{text[:40]}” is neither true nor false.")
    return text in YES


def _checked(found: TermFile, problems: list[str]) -> TermFile:
    if not (found.values.get("slug") or name_slug(found.values.get("headword", ""))):
        problems.append("a slug or a headword is needed, to know which term this is.")
    if problems:
        raise TermsRefused([found.problem(each) for each in problems])
    return found
