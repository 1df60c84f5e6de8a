"""Freezing an issue: every number in it is read once and then stays the same."""

from collections.abc import Callable
from datetime import date
from functools import partial

from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from glossary.models import Release, Series
from glossary.prose import rendering
from glossary.prose.figures.readings import Reading, read_figure
from glossary.prose.figures.series_view import SeriesView
from glossary.prose.figures.tokens import Viewer, frozen_resolver, live_resolver, tokens_in
from glossary.prose.markdown.figures import is_claim, token_text
from glossary.prose.problems import FigureProblem
from glossary.series.latest import brief_formats
from glossary.series.loading import Loaded, load_as_of, release_as_of
from glossary.terms.text_problems import problems
from glossary.values.numbers import NO_BREAK
from newsletter.issues import mentions
from newsletter.issues.figure_texts import faults_in_texts, texts_of
from newsletter.models import DataPoint, Issue


class UnreadableFigure(Exception):
    """A figure in the issue is broken; the text says where and why."""


@transaction.atomic
def freeze(issue: Issue) -> None:
    """Store the issue's figures as of the day it is sent, and its texts with these figures.

    Links to terms are stored too; their addresses redirect if they change. Each series is read as
    of that day, in the site's time zone, so that an old issue imported into the archive has its
    old numbers. Raises UnreadableFigure without storing anything.
    """
    points = list(issue.data_points.select_related("series__source"))
    views = _views(issue, points)
    for point in points:
        _take_number(point, views)
    readings = _readings(issue, views)
    mentions.record_mentions(issue)
    issue.readings = {token: reading.as_json() for token, reading in readings.items()}
    resolve = frozen_resolver(readings, lambda slug: reverse("glossary:series", args=[slug]))
    _fill_html(issue, points, partial(rendering.render, resolve=resolve))
    issue.save(update_fields=["readings", "intro_html", "updated_at"])
    for point in points:
        point.save()


def preview_points(issue: Issue) -> list[DataPoint]:
    """Fill in a draft in memory as it would be sent now; return its data points.

    Broken figures are replaced by their error messages, because only editors see this.
    """
    points = list(issue.data_points.select_related("series__source", "term"))
    views = _views(issue, points)
    resolve = live_resolver(views, Series.objects.values_list("slug", flat=True))
    editors = Viewer.EDITORS
    _fill_html(issue, points, partial(rendering.render, resolve=resolve, audience=editors))
    for point in points:
        try:
            _take_number(point, views)
        except UnreadableFigure as problem:
            point.period = str(problem)
    return points


def _fill_html(issue: Issue, points: list[DataPoint], render: Callable[..., str]) -> None:
    links = mentions.stored_term_links(issue)
    issue.intro_html = str(render(issue.intro, links=links[mentions.INTRO]))
    for point in points:
        point.comment_html = str(render(point.comment, links=links[point.position]))


def frozen_readings(issue: Issue) -> dict[str, Reading]:
    """Return the frozen readings of the issue's texts, by token_text."""
    return {token: Reading.from_json(kept) for token, kept in issue.readings.items()}


def _views(issue: Issue, points: list[DataPoint]) -> dict[str, SeriesView]:
    slugs = {token.slug for text in texts_of(issue).values() for token in tokens_in(text)}
    slugs |= {point.series.slug for point in points if point.series}
    known = Series.objects.published().with_page().filter(slug__in=slugs)
    loaded = [load_series_for(issue, series) for series in known]
    return {each.series.slug: each.view for each in loaded if each}


def load_series_for(issue: Issue, series: Series) -> Loaded | None:
    """Load a series as of the issue, always the same once it is frozen; None without data."""
    return load_as_of(series, _day_of(issue), issue.frozen_at)


def release_for(issue: Issue, series: Series) -> Release | None:
    """Return the release whose values `load_series_for` reads."""
    return release_as_of(series, _day_of(issue), issue.frozen_at)


def _day_of(issue: Issue) -> date | None:
    """Return the day whose releases an issue reads; None (the newest) for a draft."""
    if issue.sent_at is None:
        return None
    # In the site's time zone, which also dates imports, not in the newsletter's.
    return timezone.localtime(issue.sent_at).date()


def _take_number(point: DataPoint, views: dict[str, SeriesView]) -> None:
    """Read the data point's series, and fill in the fields that are empty."""
    if point.series is None:
        return
    reading, where = _latest(point.series, views), f"Data point {point.position}"
    if isinstance(reading, FigureProblem):
        raise UnreadableFigure(f"{where}: {reading.message}")
    point.reading = reading.as_json()
    point.period = point.period or reading.span_label
    longest = DataPoint._meta.get_field("figure").max_length or 0
    if not point.figure and len(reading.shown) > longest:
        said = f"“{reading.shown}” is longer than {longest} characters; type it."
        raise UnreadableFigure(f"{where}: {said}")
    # With plain spaces: large on a phone it may need two lines.
    point.figure = point.figure or reading.shown.replace(NO_BREAK, " ")


def _latest(series: Series, views: dict[str, SeriesView]) -> Reading | FigureProblem:
    """Read the newest value as pages write it: "1.20 billion people"."""
    reading = read_figure(series.slug, views)
    if isinstance(reading, FigureProblem) or reading.value is None:
        return reading
    words = brief_formats(reading.value, views[series.slug]).words
    return read_figure(" | ".join([series.slug, *words]), views)


def _readings(issue: Issue, views: dict[str, SeriesView]) -> dict[str, Reading]:
    resolve = live_resolver(views, Series.objects.values_list("slug", flat=True))
    for said in faults_in_texts(issue, partial(problems, resolve=resolve)):
        raise UnreadableFigure(said)
    insides = [token.inside for text in texts_of(issue).values() for token in tokens_in(text)]
    found = {
        token_text(inside): read_figure(inside, views) for inside in insides if not is_claim(inside)
    }
    return {token: each for token, each in found.items() if isinstance(each, Reading)}
