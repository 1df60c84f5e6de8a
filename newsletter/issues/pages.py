"""What pages show of an issue: its data points with their charts."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cache as once
from functools import partial

from django.utils import timezone

from glossary.charts.axes import with_shared_axes
from glossary.charts.drawing import Chart, draw, draw_together
from glossary.charts.plots import Plot
from glossary.models.prepared import prepared
from glossary.series.contents import edition_of
from glossary.series.loading import Loaded, load_release
from newsletter.issues.changes_since import ReadingChange
from newsletter.issues.freezing import release_for
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
class ListedPoint:
    """A data point with its chart as of the issue; `drawing` identifies the chart, "" without one.

    By it templates keep the markup, so that `chart` is drawn once.
    """

    point: DataPoint
    drawing: str = ""
    chart: Callable[[], Chart] | None = None


@dataclass(frozen=True)
class FrontIssue:
    """The newest issue as the front page and the newsletter's page show it."""

    issue: Issue
    points: list[ListedPoint]

    @property
    def is_of_this_week(self) -> bool:
        """By the day, because a page must not change within one (config/page_cache.py)."""
        sent_at = self.issue.sent_at
        return sent_at is not None and timezone.localdate() - timezone.localdate(sent_at) < WEEK


def front_issue() -> FrontIssue | None:
    """Return the default newsletter's newest issue, its first chart in full and the others
    compact.
    """
    for issue in _newest_issue():
        return FrontIssue(issue, _listed(issue, data_points_of(issue), draw_together))
    return None


_newest_issue = prepared(lambda: Issue.objects.shown().of("")[:1])


def issue_in_brief(issue: Issue) -> FrontIssue:
    """Return an issue with one compact chart, that of its first data point."""
    points = data_points_of(issue)
    others = [ListedPoint(point) for point in points[1:]]
    return FrontIssue(issue, _listed(issue, points[:1], _compact) + others)


def _compact(plots: Iterable[Plot]) -> list[Chart]:
    return [draw(replace(plot, is_compact=True)) for plot in plots]


def _listed(
    issue: Issue, points: list[DataPoint], drawing: Callable[[list[Plot]], list[Chart]]
) -> list[ListedPoint]:
    releases = {
        point.position: (point.series, release)
        for point in points
        if point.series and (release := release_for(issue, point.series))
    }

    @once
    def charts() -> dict[int, Chart]:
        plots = [load_release(*each).plot() for each in releases.values()]
        return dict(zip(releases, drawing(plots), strict=True))

    def chart(position: int) -> Chart:
        return charts()[position]

    shown = (f"{release.pk}/{edition_of(series)}" for series, release in releases.values())
    key = f"{drawing.__name__}{''.join(shown)}"
    return [
        ListedPoint(point, key, partial(chart, point.position))
        if point.position in releases
        else ListedPoint(point)
        for point in points
    ]


def points_on_page(
    issue: Issue, points: Iterable[DataPoint], since: dict[int, ReadingChange]
) -> list[PointOnPage]:
    """Draw the data points of an issue, with their changes since, which are by position."""
    found = [(point, series_of_point(issue, point)) for point in points]
    plots = [loaded.captioned_plot() for _, loaded in found if loaded]
    charts = map(draw, with_shared_axes(plots))
    return [
        PointOnPage(point, loaded, next(charts) if loaded else None, since.get(point.position))
        for point, loaded in found
    ]
