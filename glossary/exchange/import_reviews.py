"""Reviews in an import: the people whom files name, and what an edited text does to its review."""

from functools import cache

from glossary.exchange.report import TermUpdate, from_to
from glossary.exchange.term_files import TermFile
from glossary.exchange.term_keys import PEOPLE
from glossary.models import Person
from glossary.models.people import OFFICE
from glossary.terms import reviews

REVIEW = ("reviewed_on", "reviewed_by")
HALF = "A review has a day and a person: give both reviewed_on and reviewed_by, or neither."


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
                file.refuse(f"{key}: {said} People, or write “{OFFICE}” for the office.", key)


def take_review(update: TermUpdate) -> str:
    """Complete the review that the file gives its term; return what is wrong with it, or ""."""
    file, term = update.file, update.term
    for one, other in (REVIEW, REVIEW[::-1]):
        if other not in file.lines and one in file.values and file.values[one] is None:
            setattr(term, other, None)
    day, edited_on = term.reviewed_on, term.reopened_on
    if day and edited_on and day <= edited_on:  # an export may be older than the text
        term.reviewed_on = term.reviewed_by = None
        update.is_stale = True
    _note(update)
    is_half = (term.reviewed_on is None) != (term.reviewed_by is None)
    is_said = set(REVIEW) & (file.lines.keys() - file.values.keys())
    return HALF if is_half and not is_said else ""


def settle_review(update: TermUpdate) -> bool:
    """Reopen the review if the file edits the text without another; return whether it was."""
    is_edited = update.has_other_sources or not update.changes.keys().isdisjoint(reviews.TEXTS)
    day, person = update.stored_review
    is_reopened = reviews.settle(update.term, (day, person.pk if person else None), is_edited)
    if is_reopened:
        _note(update)
    return is_reopened


def _note(update: TermUpdate) -> None:
    for name, before in zip(REVIEW, update.stored_review, strict=True):
        update.changes.pop(name, None)
        if update.term.pk and before != getattr(update.term, name):
            update.changes[name] = [from_to(before, getattr(update.term, name))]
