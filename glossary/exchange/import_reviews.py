"""Reviews in an import: the people whom files name, and what an edited text does to its review."""

from datetime import date
from functools import cache

from glossary.exchange.report import from_to
from glossary.exchange.term_files import TermFile, TermProblem
from glossary.exchange.term_keys import PEOPLE
from glossary.models import Person, Term
from glossary.models.people import OFFICE
from glossary.terms import reviews

REVIEW = ("reviewed_on", "reviewed_by")
HALF = "A review has a day and a person: give both reviewed_on and reviewed_by, or neither."

type Changes = dict[str, list[str]]


def find_people(files: list[TermFile]) -> None:
    """Replace the names of people by their rows; an unknown name becomes a problem of its file."""
    known = cache(Person.objects.named)
    for file in files:
        for key in filter(file.values.__contains__, PEOPLE):
            name = file.values.pop(key)
            if not name or known(name):
                file.values[key] = known(name) if name else None
            else:
                said = f"“{name}” is not among the people of this site. Add them in admin under"
                said = f"{key}: {said} People, or write “{OFFICE}” for the office."
                file.problems.append(file.problem(said, key))


class TermReviews:
    """The reviews of the terms of one run as they were stored, by file name."""

    def __init__(self) -> None:
        self.stored: dict[str, tuple[date | None, Person | None]] = {}
        self.stale: set[str] = set()
        self.sources_edited: set[str] = set()  # not only their day or place

    def remember(self, file: TermFile, term: Term) -> None:
        self.stored[file.file] = term.reviewed_on, term.reviewed_by

    def take(self, file: TermFile, term: Term, changes: Changes) -> list[TermProblem]:
        """Complete the review that the file gives its term; return what is wrong with it."""
        for one, other in (REVIEW, REVIEW[::-1]):
            if other not in file.lines and one in file.values and file.values[one] is None:
                setattr(term, other, None)
        self._leave_out_stale(file, term)
        self._note(file, term, changes)
        is_half = (term.reviewed_on is None) != (term.reviewed_by is None)
        is_said = set(REVIEW) & (file.lines.keys() - file.values.keys())
        return [file.problem(HALF, "reviewed_on")] if is_half and not is_said else []

    def settle(self, file: TermFile, term: Term, changes: Changes) -> bool:
        """Reopen the review if the file edits the text without another; return whether it was."""
        is_edited = file.file in self.sources_edited or bool(changes.keys() & set(reviews.TEXTS))
        day, person = self.stored[file.file]
        stored = day, person.pk if person else None
        is_reopened = reviews.settle(term, stored, is_edited)
        if is_reopened:
            self._note(file, term, changes)
        return is_reopened

    def _leave_out_stale(self, file: TermFile, term: Term) -> None:
        """Drop the review of the file if the text changed after it: an export may be older."""
        day, edited_on = term.reviewed_on, term.reopened_on
        if day and edited_on and day <= edited_on:
            term.reviewed_on = term.reviewed_by = None
            self.stale.add(file.file)

    def _note(self, file: TermFile, term: Term, changes: Changes) -> None:
        for name, before in zip(REVIEW, self.stored[file.file], strict=True):
            changes.pop(name, None)
            if term.pk and before != getattr(term, name):
                changes[name] = [from_to(before, getattr(term, name))]
