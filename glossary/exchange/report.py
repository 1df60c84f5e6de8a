"""The report of an import or a dry run: a line for each file or row."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from glossary.exchange.term_files import TermFile
from glossary.models import Term
from glossary.terms import text_problems

# Characters shown before a change, and of each side.
BEFORE_CHANGE, LONGEST_SAID = 20, 80
STALE = "its text changed after the review in this file, which is left out: review it on its page."


@dataclass(frozen=True)
class ImportLine:
    """The result for one file or row.

    `changes` has old and new values by field, `remarks` what an editor may want to correct.
    """

    label: str
    headword: str
    is_new: bool = False
    is_draft: bool = False
    changes: dict[str, str] = field(default_factory=dict)
    slug: str = ""
    remarks: tuple[str, ...] = ()


@dataclass
class ImportReport:
    """The report of an import or a dry run."""

    categories: list[str] = field(default_factory=list)
    lines: list[ImportLine] = field(default_factory=list)

    @property
    def created(self) -> list[ImportLine]:
        return [line for line in self.lines if line.is_new]

    @property
    def updated(self) -> list[ImportLine]:
        return [line for line in self.lines if line.changes and not line.is_new]

    @property
    def unchanged(self) -> list[ImportLine]:
        return [line for line in self.lines if not line.changes and not line.is_new]


def from_to(before: Any, after: Any) -> str:
    """Describe a change, beginning where the texts differ, so that it shows in long texts."""
    old, new = _said(before), _said(after)
    parted = (n for n, pair in enumerate(zip(old, new, strict=False)) if pair[0] != pair[1])
    start = max(0, next(parted, min(len(old), len(new))) - BEFORE_CHANGE)
    lead = "…" if start else ""
    return f"{lead}{_cut(old[start:])} → {lead}{_cut(new[start:])}"


def _said(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return " ".join(str(value).split()) if value else ""


def _cut(text: str) -> str:
    text = text if len(text) <= LONGEST_SAID else f"{text[:LONGEST_SAID]}…"
    return text or "nothing"


def remarks(
    file: TermFile, term: Term, is_named: bool, is_stale: bool, related: Iterable[str]
) -> Iterator[str]:
    """Yield the remarks on an imported term; it is imported all the same.

    `is_named` if the file gives names, `is_stale` if its review is too old, `related` are the
    remarks on the term's relations.
    """
    if is_stale:
        yield STALE
    names = [item.values.get("name", "") for item in file.lists.get("aliases") or ()]
    if is_named:
        yield from filter(None, map(text_problems.name_remark, (term.headword, *names)))
    yield from related
    start = file.lines.get("explanation", 0) - 1
    for each in text_problems.remarks(term):
        where = f"line {start + each.line}" if start >= 0 else f"explanation, line {each.line}"
        yield f"{where if each.line else 'definition'}: {each.message}"
