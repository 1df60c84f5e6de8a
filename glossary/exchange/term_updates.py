"""What an import does to a term and its review."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date

from glossary.exchange.report import STALE, ImportLine, from_to
from glossary.exchange.term_files import TermFile
from glossary.models import Person, Term
from glossary.terms import reviews, text_problems

REVIEW = ("reviewed_on", "reviewed_by")
HALF = "A review has a day and a person: give both reviewed_on and reviewed_by, or neither."


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

    def take_review(self) -> str:
        """Complete the review that the file gives its term; return what is wrong with it, or ""."""
        file, term = self.file, self.term
        for one, other in (REVIEW, REVIEW[::-1]):
            if other not in file.lines and one in file.values and file.values[one] is None:
                setattr(term, other, None)
        day, edited_on = term.reviewed_on, term.reopened_on
        if day and edited_on and day <= edited_on:  # an export may be older than the text
            term.reviewed_on = term.reviewed_by = None
            self.is_stale = True
        self._note_review()
        is_half = (term.reviewed_on is None) != (term.reviewed_by is None)
        is_said = set(REVIEW) & (file.lines.keys() - file.values.keys())
        return HALF if is_half and not is_said else ""

    def settle_review(self) -> bool:
        """Reopen the review if the file edits the text without another; return whether it was."""
        is_edited = self.has_other_sources or not self.changes.keys().isdisjoint(reviews.TEXTS)
        day, person = self.stored_review
        is_reopened = reviews.settle(self.term, (day, person.pk if person else None), is_edited)
        if is_reopened:
            self._note_review()
        return is_reopened

    def _note_review(self) -> None:
        for name, before in zip(REVIEW, self.stored_review, strict=True):
            self.changes.pop(name, None)
            if self.term.pk and before != getattr(self.term, name):
                self.changes[name] = [from_to(before, getattr(self.term, name))]

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
