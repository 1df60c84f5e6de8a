"""What pages show of an issue: its data points with their charts."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import timedelta

from django.utils import timezone

from glossary.charts.axes import with_shared_axes
from glossary.charts.drawing import Chart, draw, draw_together
from glossary.series.loading import Loaded
from newsletter.issues.changes_since import ReadingChange
from newsletter.issues.rendering.editions import data_points_of, series_of_point
from newsletter.models import DataPoint, Issue

WEEK = timedelta(days=7)


@dataclass(frozen=True)
class PointOnPage:
    """A data point with its series and chart as of the issue and, on its page, its change since."""

    point: DataPoint
    loaded: Loaded | None
    chart: Chart | None
    since: ReadingChange | None = None


@dataclass(frozen=True)
class FrontIssue:
    """The newest issue as the front page and the newsletter's page show it."""

    issue: Issue
    points: list[PointOnPage]

    @property
    def is_of_this_week(self) -> bool:
        """By the day, because a page must not change within one (config/page_cache.py)."""
        sent_at = self.issue.sent_at
        return sent_at is not None and timezone.localdate() - timezone.localdate(sent_at) < WEEK


def front_issue() -> FrontIssue | None:
    """Return the default newsletter's newest issue, its first chart in full and the others
    compact.
    """
    issue = Issue.objects.shown().of("").first()
    return FrontIssue(issue, _drawn(issue, data_points_of(issue), _in_short)) if issue else None


def issue_in_brief(issue: Issue) -> FrontIssue:
    """Return an issue with one compact chart, that of its first data point."""
    points = data_points_of(issue)
    others = [PointOnPage(point, None, None) for point in points[1:]]
    return FrontIssue(issue, _drawn(issue, points[:1], _compact) + others)


def points_on_page(
    issue: Issue, points: Iterable[DataPoint], since: dict[int, ReadingChange]
) -> list[PointOnPage]:
    """Draw the data points of an issue, with their changes since, which are by position."""
    return [
        replace(each, since=since.get(each.point.position))
        for each in _drawn(issue, points, _in_full)
    ]


def _in_full(found: list[Loaded]) -> Iterable[Chart]:
    return map(draw, with_shared_axes([loaded.captioned_plot() for loaded in found]))


def _in_short(found: list[Loaded]) -> Iterable[Chart]:
    return draw_together([loaded.plot() for loaded in found])


def _compact(found: list[Loaded]) -> Iterable[Chart]:
    return (draw(replace(loaded.plot(), is_compact=True)) for loaded in found)


def _drawn(
    issue: Issue,
    points: Iterable[DataPoint],
    drawing: Callable[[list[Loaded]], Iterable[Chart]],
) -> list[PointOnPage]:
    found = [(point, series_of_point(issue, point)) for point in points]
    charts = iter(drawing([loaded for _, loaded in found if loaded]))
    return [PointOnPage(point, loaded, next(charts) if loaded else None) for point, loaded in found]
