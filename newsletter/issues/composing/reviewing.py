"""A review of an issue is of the issue that was read: an edit afterwards reopens it."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate

from glossary.terms import reviews
from newsletter.issues.composing.fingerprints import text_fingerprint
from newsletter.models import Issue

# A stored issue before an edit: its review, and the fingerprint of its text.
type Stored = tuple[reviews.Review, str]


def read_stored(issue: Issue) -> Stored:
    stored = Issue.objects.get(pk=issue.pk)
    return stored.review, text_fingerprint(stored)


def settle_review(issue: Issue, before: Stored) -> bool:
    """Reopen the review of an issue if its stored text changed; return whether it was."""
    review, text = before
    is_reopened = reviews.settle(issue, review, text_fingerprint(issue) != text)
    if is_reopened:
        issue.save()
    return is_reopened


def reopens_review[**More, Result](
    edit: Callable[Concatenate[Issue, More], Result],
) -> Callable[Concatenate[Issue, More], Result]:
    """Wrap a function that edits a draft, so that it also settles the review, in a transaction."""

    @wraps(edit)
    def edited(issue: Issue, /, *args: More.args, **kwargs: More.kwargs) -> Result:
        before = read_stored(issue)
        result = edit(issue, *args, **kwargs)
        stored = Issue.objects.get(pk=issue.pk)
        settle_review(stored, before)
        issue.keep_signed(stored)
        return result

    return edited
