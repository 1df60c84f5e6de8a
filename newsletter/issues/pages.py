"""What pages show of an issue: its data points with their charts."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from django.utils import timezone

from glossary.charts.drawing import Chart, draw
from newsletter.issues.changes_since import ReadingChange
from newsletter.issues.rendering.editions import data_points_of, series_of_point
from newsletter.models import DataPoint, Issue

WEEK = timedelta(days=7)


@dataclass(frozen=True)
class PointOnPage:
    """A data point with its chart as of the issue and, on the issue's page, its change since."""

    point: DataPoint
    chart: Chart | None
    since: ReadingChange | None = None


@dataclass(frozen=True)
class FrontIssue:
    """The newest issue as the front page shows it."""

    issue: Issue
    points: list[PointOnPage]

    @property
    def is_of_this_week(self) -> bool:
        return self.issue.sent_at is not None and timezone.now() - self.issue.sent_at < WEEK


def front_issue() -> FrontIssue | None:
    issue = Issue.objects.shown().select_related("newsletter").first()
    return FrontIssue(issue, points_on_page(issue, data_points_of(issue))) if issue else None


def points_on_page(
    issue: Issue, points: Iterable[DataPoint], since: dict[int, ReadingChange] | None = None
) -> list[PointOnPage]:
    """Draw the data points of an issue; `since` has changes by position."""
    changes = since or {}
    return [
        PointOnPage(point, _chart(issue, point), changes.get(point.position)) for point in points
    ]


def _chart(issue: Issue, point: DataPoint) -> Chart | None:
    loaded = series_of_point(issue, point)
    return draw(loaded.plot()) if loaded else None
