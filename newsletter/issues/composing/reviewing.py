"""Whether an issue was edited since its review or its test mail: by hashes of what editors write.

A review is of the issue that was read, so an edit afterwards reopens it.
"""

import hashlib
import json

from glossary.terms import reviews
from newsletter.models import Issue

# A stored issue before an edit: its review, and the fingerprint of the texts that a review covers.
type Stored = tuple[reviews.Review, str]
TEXT = ("number", "slug", "subject", "preheader", "intro")
# Who answers for an issue signs its mail.
ISSUE = (*TEXT, "responsible_id")
POINT = (
    "position", "headline", "series_id", "figure", "period", "change", "comment", "term_id",
    "source_publisher", "source_title", "source_url",
)  # fmt: skip


def read_stored(stored: Issue) -> Stored:
    return stored.review, _fingerprint(stored, TEXT)


def settle_review(issue: Issue, before: Stored) -> bool:
    """Reopen the review of an issue if its stored text changed; return whether it was."""
    review, text = before
    is_reopened = reviews.settle(issue, review, _fingerprint(issue, TEXT) != text)
    if is_reopened:
        issue.save()
    return is_reopened


def issue_fingerprint(issue: Issue) -> str:
    """Return the SHA-256 of the stored issue, in hexadecimal digits.

    Fields that only the checklist reads (waived links, overdue reason) do not count.
    """
    return _fingerprint(issue, ISSUE)


def _fingerprint(issue: Issue, names: tuple[str, ...]) -> str:
    fields = [getattr(issue, name) for name in names]
    points = list(issue.data_points.order_by("position").values_list(*POINT))
    return hashlib.sha256(json.dumps([fields, points]).encode()).hexdigest()


def is_tested(issue: Issue) -> bool:
    return issue.tested_at is not None and issue.tested_fingerprint == issue_fingerprint(issue)
