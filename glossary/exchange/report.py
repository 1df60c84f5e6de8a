"""What an import or a dry run does to each term, and the report of it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from glossary.exchange.term_files import TermFile
from glossary.models import Person, Term
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
    is_new: bool
    is_draft: bool
    changes: dict[str, str]
    slug: str
    remarks: tuple[str, ...]


@dataclass(frozen=True)
class ImportReport:
    categories: list[str]  # new ones
    lines: list[ImportLine]

    @property
    def created(self) -> list[ImportLine]:
        return [line for line in self.lines if line.is_new]

    @property
    def updated(self) -> list[ImportLine]:
        return [line for line in self.lines if line.changes and not line.is_new]

    @property
    def unchanged(self) -> list[ImportLine]:
        return [line for line in self.lines if not line.changes and not line.is_new]


@dataclass
class TermUpdate:
    """A file and the term that it is about, while it is imported.

    `stored_review` is the day and the person before it; `has_other_sources` if more of a citation
    changed than its day or place.
    """

    file: TermFile
    term: Term
    is_new: bool
    stored_review: tuple[date | None, Person | None]
    changes: dict[str, list[str]] = field(default_factory=dict)
    is_stale: bool = False
    has_other_sources: bool = False

    @property
    def is_changed(self) -> bool:
        return self.is_new or bool(self.changes)

    @property
    def needs_new_links(self) -> bool:
        return self.is_new or not self.changes.keys().isdisjoint(("explanation", "status"))

    def note(self, name: str, said: str) -> None:
        """Note a change of a term, but not each value of a new one: they would fill the memory."""
        if not self.is_new:
            self.changes.setdefault(name, []).append(said)

    def line(self, related: Iterable[str]) -> ImportLine:
        """Return the result; `related` are the remarks on the term's relations."""
        changes = {name: "; ".join(said) for name, said in self.changes.items()}
        said = self._remarks(related) if self.is_changed or self.is_stale else ()
        term, is_draft = self.term, not self.term.is_published
        return ImportLine(
            self.file.file, term.headword, self.is_new, is_draft, changes, term.slug, tuple(said)
        )

    def _remarks(self, related: Iterable[str]) -> Iterator[str]:
        if self.is_stale:
            yield STALE
        if self.is_new or not self.changes.keys().isdisjoint(("headword", "aliases")):
            names = [item.values.get("name", "") for item in self.file.lists.get("aliases") or ()]
            yield from filter(None, map(text_problems.name_remark, (self.term.headword, *names)))
        yield from related
        start = self.file.lines.get("explanation", 0) - 1
        for each in text_problems.remarks(self.term):
            where = f"line {start + each.line}" if start >= 0 else f"explanation, line {each.line}"
            yield f"{where if each.line else 'definition'}: {each.message}"


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
    return f"{text[:LONGEST_SAID]}…" if len(text) > LONGEST_SAID else text or "nothing"
