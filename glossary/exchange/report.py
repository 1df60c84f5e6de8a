"""What an import or a dry run does to each term, and the report of it."""

from dataclasses import dataclass
from typing import Any

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
