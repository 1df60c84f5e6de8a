"""What pages show of an issue: its data points with their charts, and for sites where its link is
shared a card and structured data.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cache as once
from itertools import starmap

from django.utils import timezone
from django.utils.safestring import SafeString

from config.site import absolute
from glossary.api.cards import Card, CardNumber
from glossary.api.jsonld import CONTEXT, Thing, organization, person
from glossary.api.social import CardLink, card_line
from glossary.charts.axes import with_shared_axes
from glossary.charts.drawing import Chart, draw_in_line, draw_together
from glossary.charts.plots import Plot
from glossary.models import Release, Series
from glossary.models.prepared import prepared
from glossary.series.contents import edition_of
from glossary.series.downloads import CHART_LICENSE
from glossary.series.loading import Loaded, load_release
from glossary.values.numbers import names_unit
from glossary.values.periods import day_label
from newsletter.issues.changes_since import ReadingChange
from newsletter.issues.freezing import release_for
from newsletter.issues.rendering import editions
from newsletter.issues.rendering.fragments import opened_by
from newsletter.models import Correction, DataPoint, Issue

WEEK = timedelta(days=7)


@dataclass(frozen=True)
class PointOnPage:
    """A data point with its series and chart as of the issue and, on its page, its change since."""

    point: DataPoint
    loaded: Loaded | None
    chart: Chart | None
    since: ReadingChange | None = None

    @property
    def change(self) -> str:
        """Return the change without what headline and figure say, as mail has it."""
        return editions.unsaid_change(self.point.change, self.point.headline, self.point.figure)

    @property
    def why(self) -> SafeString:
        comment = self.point.comment_shown
        return opened_by(editions.WHY, comment) if comment else comment


@dataclass(frozen=True)
class ListedPoint:
    """A data point with its chart as of the issue; `drawing` identifies the chart, "" without one.

    By it templates keep the markup, so that `chart` is drawn once. `headline` is "" where it is the
    issue's subject, and then `figure` too if the subject has it.
    """

    point: DataPoint
    headline: str
    figure: str
    drawing: str
    charts: Callable[[], dict[int, Chart]]

    @property
    def chart(self) -> Chart:
        return self.charts()[self.point.position]


@dataclass(frozen=True)
class Story:
    """An issue as the front page and its newsletter's page show it: the first chart in full, the
    others compact.
    """

    issue: Issue
    points: list[ListedPoint]

    @property
    def is_of_this_week(self) -> bool:
        """Whether it was sent less than WEEK ago, counted in days: within a day a page must not
        change (config/page_cache.py).
        """
        sent_at = self.issue.sent_at
        return sent_at is not None and timezone.localdate() - timezone.localdate(sent_at) < WEEK


def front_issue() -> Story | None:
    """Return the default newsletter's newest issue."""
    return next(map(story_of, _newest_issue()), None)


_newest_issue = prepared(lambda: Issue.objects.shown().of("")[:1])


def story_of(issue: Issue) -> Story:
    points = editions.data_points_of(issue)
    drawn = {
        point.position: (point.series, release, point.headline)
        for point in points
        if point.series and (release := release_for(issue, point.series))
    }
    shown = (f"{release.pk}/{edition_of(series)}" for series, release, _ in drawn.values())
    key = f"{issue.pk}:{''.join(shown)}"

    @once
    def charts() -> dict[int, Chart]:
        return dict(zip(drawn, draw_together(list(starmap(_plot, drawn.values()))), strict=True))

    listed = []
    for point in points:
        headline, figure = point.headline, point.figure
        if headline == issue.subject:
            headline, figure = "", editions.unsaid(figure, issue.subject)
        drawing = key if point.position in drawn else ""
        listed.append(ListedPoint(point, headline, figure, drawing, charts))
    return Story(issue, listed)


def _plot(series: Series, release: Release, headline: str) -> Plot:
    """Return a release for a chart that does not repeat a unit which the headline names."""
    plot = load_release(series, release).noted_plot()
    return replace(plot, is_captioned=names_unit(headline, plot.unit))


def points_on_page(
    issue: Issue, points: Iterable[DataPoint], since: dict[int, ReadingChange]
) -> list[PointOnPage]:
    """Draw the data points of an issue, with their changes since, which are by position."""
    found = [(point, editions.series_of_point(issue, point)) for point in points]
    plots = [loaded.captioned_plot() for _, loaded in found if loaded]
    charts = iter(draw_in_line(with_shared_axes(plots)))
    return [
        PointOnPage(point, loaded, next(charts) if loaded else None, since.get(point.position))
        for point, loaded in found
    ]


def issue_card(issue: Issue, points: Sequence[tuple[DataPoint, Loaded | None]]) -> Card:
    """Return a card with the subject of an issue and its first point; each has its series."""
    first, loaded = points[0] if points else (None, None)
    name = "Newsletter" if issue.newsletter.is_default else issue.newsletter.name
    sent = f" · {day_label(issue.sent_on)}" if issue.sent_on else ""
    return Card(
        kicker=f"{name} · {issue.label}{sent}",
        title=issue.subject,
        fallback=issue.label,
        number=CardNumber(first.figure, labels=(first.headline, first.period)) if first else None,
        spark=card_line(loaded) if loaded else None,
    )


def issue_article(issue: Issue, card: CardLink, corrections: Sequence[Correction]) -> Thing:
    """Return the schema.org description of a sent issue, which only corrections change."""
    page = absolute(issue.get_absolute_url())
    sent = issue.sent_at.isoformat(timespec="seconds") if issue.sent_at else ""
    last = corrections[-1].found_at.isoformat(timespec="seconds") if corrections else sent
    told = {"correction": [each.text for each in corrections]} if corrections else {}
    return CONTEXT | {
        "@type": "NewsArticle",
        "@id": page,
        "url": page,
        "mainEntityOfPage": page,
        "headline": issue.subject,
        "description": issue.preheader or issue.subject,
        "datePublished": sent,
        "dateModified": last,
        "inLanguage": "en",
        "isAccessibleForFree": True,
        "license": CHART_LICENSE["url"],
        "image": [card.address],
        "author": person(issue.responsible) if issue.responsible else organization(),
        "publisher": organization(),
        "isPartOf": {
            "@type": "Periodical",
            "name": issue.newsletter.name,
            "url": absolute(issue.newsletter.get_absolute_url()),
        },
        "position": issue.number,
        **told,
    }
