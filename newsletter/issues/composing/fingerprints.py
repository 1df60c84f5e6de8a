"""Whether an issue was edited since its test mail: a hash of all that an editor writes."""

import hashlib
import json

from newsletter.models import Issue

ISSUE = ("number", "slug", "subject", "preheader", "intro")
POINT = (
    "position", "headline", "series_id", "figure", "period", "change", "comment", "term_id",
    "source_publisher", "source_title", "source_url",
)  # fmt: skip


def fingerprint(issue: Issue) -> str:
    """Hash the issue as it is stored: SHA-256 in hexadecimal digits.

    What only the checklist reads (waived links, why a series is overdue) does not count.
    """
    words = [getattr(issue, name) for name in ISSUE]
    points = list(issue.data_points.order_by("position").values_list(*POINT))
    return hashlib.sha256(json.dumps([words, points]).encode()).hexdigest()


def is_tested(issue: Issue) -> bool:
    return issue.tested_at is not None and issue.tested_fingerprint == fingerprint(issue)
