"""Whether an issue was edited since its test mail: a hash of everything an editor writes."""

import hashlib
import json

from newsletter.models import Issue

TEXT = ("number", "slug", "subject", "preheader", "intro")
# Who answers for an issue signs its mail.
ISSUE = (*TEXT, "responsible_id")
POINT = (
    "position", "headline", "series_id", "figure", "period", "change", "comment", "term_id",
    "source_publisher", "source_title", "source_url",
)  # fmt: skip


def issue_fingerprint(issue: Issue) -> str:
    """Return the SHA-256 of the stored issue, in hexadecimal digits.

    Fields that only the checklist reads (waived links, overdue reason) do not count.
    """
    return _fingerprint(issue, ISSUE)


def text_fingerprint(issue: Issue) -> str:
    """Return the SHA-256 of the texts that a review covers, in hexadecimal digits."""
    return _fingerprint(issue, TEXT)


def _fingerprint(issue: Issue, names: tuple[str, ...]) -> str:
    fields = [getattr(issue, name) for name in names]
    points = list(issue.data_points.order_by("position").values_list(*POINT))
    return hashlib.sha256(json.dumps([fields, points]).encode()).hexdigest()


def is_tested(issue: Issue) -> bool:
    return issue.tested_at is not None and issue.tested_fingerprint == issue_fingerprint(issue)
