"""What an issue says, gathered once for all that show it outside our own pages.

Mail, feed and twin are made from the same values: texts with absolute addresses, charts as plots
that have not been drawn yet, the terms it speaks of.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date

from django.conf import settings
from django.urls import Resolver404, resolve
from django.utils import timezone
from django.utils.safestring import SafeString

from glossary.charts.description import describe
from glossary.charts.plots import Plot
from glossary.models import Series, Term
from glossary.series.loading import Loaded
from newsletter.issues import freezing
from newsletter.issues.rendering.fragments import linked_paths, made_absolute
from newsletter.issues.rendering.plain_text import as_text
from newsletter.mailing import signed_links
from newsletter.models import DataPoint, Issue

MOST_TERMS = 3
# Drawn small and shown larger: on a phone of 360 pixels its labels are still 11 high.
CHART_WIDTH = 360


@dataclass(frozen=True)
class Chart:
    """A data point's series as it stood: `url` is that of its picture, `says` tells it in words."""

    name: str
    title: str
    says: str
    url: str
    plot: Plot


@dataclass(frozen=True)
class Item:
    """One of the three data points. `why` is HTML, `why_text` the same without markup."""

    position: int
    headline: str
    figure: str
    change: str
    period: str
    why: SafeString
    why_text: str
    source_publisher: str
    source_title: str
    source_url: str
    series_url: str
    chart: Chart | None

    @property
    def source(self) -> str:
        return ", ".join(filter(None, [self.source_publisher, self.source_title]))


@dataclass(frozen=True)
class Explained:
    headword: str
    definition: str
    url: str


@dataclass(frozen=True)
class Edition:
    """An issue, whole. `day` is the day it is sent, by its newsletter's calendar."""

    number: int
    subject: str
    preheader: str
    day: date
    url: str
    intro: SafeString
    intro_text: str
    items: tuple[Item, ...]
    terms: tuple[Explained, ...]

    @property
    def charts(self) -> tuple[Chart, ...]:
        return tuple(item.chart for item in self.items if item.chart)


def edition(issue: Issue) -> Edition:
    """Gather a frozen issue as it was sent, a draft as it would be sent now."""
    points = points_of(issue)
    items = tuple(_item(issue, point) for point in points)
    return Edition(
        number=issue.number,
        subject=issue.subject,
        preheader=issue.preheader or next((item.headline for item in items), ""),
        day=issue.sent_on or _due_on(issue),
        url=signed_links.absolute(issue.get_absolute_url()),
        intro=made_absolute(issue.intro_shown, settings.SITE_URL),
        intro_text=as_text(issue.intro_shown, settings.SITE_URL),
        items=items,
        terms=_explained(issue, points),
    )


def points_of(issue: Issue) -> list[DataPoint]:
    if issue.is_frozen:
        return list(issue.data_points.select_related("series__source", "term"))
    return freezing.draft_as_of_now(issue)


def loaded_of(issue: Issue, point: DataPoint) -> Loaded | None:
    """Read a data point's series as the issue does; None without one, or before its first data."""
    return freezing.load(issue, point.series) if point.series else None


def chart_of(issue: Issue, point: DataPoint) -> Chart | None:
    loaded = loaded_of(issue, point)
    if loaded is None:
        return None
    # Title and source stand beside it as text, which can be read with pictures off.
    plot = replace(loaded.plot(CHART_WIDTH), title="", source="")
    name = f"chart-{point.position}"
    url = signed_links.absolute(f"{issue.get_absolute_url()}{name}.png")
    return Chart(name, loaded.series.title, describe(plot), url, plot)


def _item(issue: Issue, point: DataPoint) -> Item:
    why = point.comment_shown
    return Item(
        position=point.position,
        headline=point.headline,
        figure=point.figure,
        change=point.change,
        period=point.period,
        why=made_absolute(why, settings.SITE_URL),
        why_text=as_text(why, settings.SITE_URL),
        source_publisher=point.source_publisher,
        source_title=point.source_title,
        source_url=point.source_url,
        series_url=_series_url(point.series),
        chart=chart_of(issue, point),
    )


def _series_url(series: Series | None) -> str:
    return signed_links.absolute(series.get_absolute_url()) if series else ""


def _due_on(issue: Issue) -> date:
    newsletter = issue.newsletter
    if issue.slot_on and not issue.send_at:
        return issue.slot_on
    at = issue.send_at or newsletter.next_slot(timezone.now())
    return at.astimezone(newsletter.zone).date()


def _explained(issue: Issue, points: Iterable[DataPoint]) -> tuple[Explained, ...]:
    """Return the first terms the issue is about: its data points' own, then those it links to."""
    points = list(points)
    own = [point.term.slug for point in points if point.term]
    texts = [issue.intro_shown, *(point.comment_shown for point in points)]
    linked = [slug for text in texts for path in linked_paths(text) if (slug := _term_slug(path))]
    slugs = list(dict.fromkeys([*own, *linked]))
    known = {term.slug: term for term in Term.objects.published().filter(slug__in=slugs)}
    return tuple(_explain(known[slug]) for slug in slugs if slug in known)[:MOST_TERMS]


def _term_slug(path: str) -> str:
    try:
        found = resolve(path)
    except Resolver404:
        return ""
    return found.kwargs["slug"] if found.view_name == "glossary:term" else ""


def _explain(term: Term) -> Explained:
    return Explained(term.headword, term.definition, signed_links.absolute(term.get_absolute_url()))
