"""A review of an issue is of the issue that was read: an edit afterwards reopens it."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Concatenate

from glossary.terms import reviews
from newsletter.issues.composing.fingerprints import text_fingerprint
from newsletter.models import Issue


@dataclass(frozen=True)
class Reading:
    """A stored issue before an edit: its review, and the fingerprint of its text."""

    review: reviews.Review
    text: str


def read_stored(issue: Issue) -> Reading:
    stored = Issue.objects.get(pk=issue.pk)
    return Reading(stored.review, text_fingerprint(stored))


def settle_review(issue: Issue, before: Reading) -> bool:
    """Reopen the review of an issue if its stored text changed; return whether it was."""
    is_edited = text_fingerprint(issue) != before.text
    is_reopened = reviews.settle(issue, before.review, is_edited)
    if is_reopened:
        issue.save()
    return is_reopened


def reopens_review[**More, Result](
    edit: Callable[Concatenate[Issue, More], Result],
) -> Callable[Concatenate[Issue, More], Result]:
    """Wrap an edit of a draft, made in a transaction, that knows nothing of reviews."""

    @wraps(edit)
    def edited(issue: Issue, /, *args: More.args, **kwargs: More.kwargs) -> Result:
        before = read_stored(issue)
        result = edit(issue, *args, **kwargs)
        stored = Issue.objects.get(pk=issue.pk)
        settle_review(stored, before)
        issue.keep_signed(stored)
        return result

    return edited
