"""Drafts for tests, among them one that is ready to be approved, and their series."""

from django.utils import timezone

from newsletter.issues.composing.reviewing import issue_fingerprint
from newsletter.models import Issue
from tests.builders import (
    make_category,
    make_data_point,
    make_issue,
    make_newsletter,
    make_series,
    release,
)

TOPICS = {"compute": "Compute & Chips", "power": "Data Centers & Energy", "jobs": "Work & Adoption"}


TYPED = (
    "position", "headline", "change", "comment", "figure", "period", "source_publisher",
    "source_title", "source_url", "overdue_reason",
)  # fmt: skip
EMPTY = dict.fromkeys(TYPED, "") | {"series": "", "term": ""}


def make_three_series(day="2026-11-20"):
    """Make three series on three topics, each with two yearly values."""
    made = []
    for slug, topic in TOPICS.items():
        series = make_series(slug, category=make_category(topic, slug=slug))
        series.source.url = "https://example.org/data"
        series.source.save()
        release(series, "2024,10 2025,12", day=day)
        made.append(series)
    return made


def make_draft(number=3, subject="Chips for rent", **fields):
    newsletter = make_newsletter(
        postal_address="1 Main Street, New York", time_zone="America/New_York"
    )
    return make_issue(number, subject, status="draft", newsletter=newsletter, **fields)


def make_ready_draft(**fields):
    """Make a complete draft for Friday, November 27, 2026."""
    issue = make_draft(**({"slot_on": "2026-11-27"} | fields))
    for place, series in enumerate(make_three_series(), 1):
        make_data_point(
            issue, place, series=series, figure="", period="", source_url="https://example.org/data"
        )
    return as_tested(issue)


def as_tested(issue):
    """Mark the issue as tested in its present form."""
    stored = Issue.objects.get(pk=issue.pk)
    stored.tested_at, stored.tested_fingerprint = timezone.now(), issue_fingerprint(stored)
    stored.save()
    return stored


def page(issue, step="change"):
    return f"/admin/newsletter/issue/{issue.pk}/{step}/"


def form_of(issue, *changes, **fields):
    """Return the form data that a browser sends, with `changes` by data point."""
    points = list(issue.data_points.order_by("position"))
    data = {
        name: getattr(issue, name) for name in ("number", "subject", "slug", "preheader", "intro")
    }
    data |= {"waived_links": issue.waived_links, "data_points-INITIAL_FORMS": len(points)}
    data |= {"data_points-TOTAL_FORMS": 3} | fields
    for row in range(3):
        point = points[row] if row < len(points) else None
        values = {name: getattr(point, name) for name in TYPED} if point else dict(EMPTY)
        if point:
            values |= {"id": point.pk, "series": point.series_id or "", "term": point.term_id or ""}
        else:
            taken = {each.position for each in points}
            values["position"] = sorted({1, 2, 3} - taken)[row - len(points)]
        values |= changes[row] if row < len(changes) else {}
        data |= {f"data_points-{row}-{name}": value for name, value in values.items()}
        data[f"data_points-{row}-issue"] = issue.pk
    return data
