"""Loads series from rows into values for figures and charts, now or as of a day."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from functools import partial

from django.conf import settings
from django.db.models import Q

from glossary.charts.plots import DatedNote, Plot, subtitle
from glossary.models import Observation, Release, Series
from glossary.models.prepared import prepared
from glossary.prose.figures.readings import Reading, read_figure
from glossary.prose.figures.series_view import SeriesView
from glossary.prose.figures.tokens import tokens_in
from glossary.prose.problems import FigureProblem
from glossary.series.findings import Sentence, finding
from glossary.series.latest import short_figure
from glossary.series.revision_history import Version
from glossary.values.charts import ChartForm, ChartScale
from glossary.values.numbers import own_scale, unit_without
from glossary.values.periods import Denotes, Frequency
from glossary.values.points import Point, Status


@dataclass(frozen=True)
class Loaded:
    """A series with the points of one release."""

    series: Series
    release: Release
    points: tuple[Point, ...]

    @property
    def view(self) -> SeriesView:
        series = self.series
        # The power of ten that values are multiplied by: 3 also for "thousand claims".
        scale = series.scale or own_scale(series.unit)
        return SeriesView(
            slug=series.slug,
            title=series.title,
            unit=unit_without(scale, series.unit),
            short_unit=series.short_unit,
            scale=scale,
            decimals=series.decimals,
            frequency=Frequency(series.frequency),
            denotes=Denotes(series.denotes),
            points=self.points,
            released_on=self.release.released_on,
            path=series.get_absolute_url(),
            publisher=series.source.publisher,
        )

    def plot(self, width: int = 0) -> Plot:
        """Return the series for a chart; with a width, for a picture with title and source.

        An editor's title is about the newest release, so older ones have the computed one.
        """
        plot = self._untitled(width)
        is_newest = self.release.pk == self.series.current_release_id
        typed = self._typed_title() if is_newest else ""
        title = Sentence(typed) if typed else self._finding(plot)
        return replace(
            plot,
            title=title.text,
            subtitle=subtitle(self.series.title, plot),
            compared=title.compared,
        )

    def _typed_title(self) -> str:
        """Return the editor's title with this series' figures read, or "" if one cannot be."""
        title = self.series.chart_title
        for token in tokens_in(title):
            reading = read_figure(token.inside, {self.series.slug: self.view})
            if isinstance(reading, FigureProblem):
                return ""
            title = title.replace(f"{{{{{token.inside}}}}}", reading.shown)
        return title

    @property
    def finding(self) -> str:
        """Return the title that is computed from the values."""
        return self._finding(self._untitled()).text

    def _finding(self, plot: Plot) -> Sentence:
        view = self.view
        if self.series.kind == Series.Kind.PROJECTED:
            ahead = (replace(point, status=Status.PROJECTED) for point in view.points)
            view = replace(view, points=tuple(ahead))
        found = finding(view, self.series.chart_subject, is_log=plot.is_log)
        return found if found.text else Sentence(self.series.title)

    def _untitled(self, width: int = 0) -> Plot:
        series, view = self.series, self.view
        return Plot(
            title="",
            points=view.points,
            form=ChartForm(series.chart_form),
            scale=ChartScale(series.chart_scale),
            frequency=view.frequency,
            denotes=view.denotes,
            unit=view.unit,
            short_unit=view.short_unit,
            magnitude=view.scale,
            interval=series.interval or "range",
            written=partial(short_figure, view=view),
            source=f"Source: {series.source.credit} · {settings.SITE_NAME}",
            width=width,
        )

    def noted_plot(self, width: int = 0) -> Plot:
        """Return the series for a chart with its dated notes: one query."""
        notes = (DatedNote(note.day, note.text) for note in self.series.chart_notes.all())
        return replace(self.plot(width), notes=tuple(notes))

    def captioned_plot(self) -> Plot:
        """Return the series for a chart under its title and subtitle, with its notes: one query."""
        return replace(self.noted_plot(), is_captioned=True)


def title_problem(title: str, slug: str) -> str:
    """Return why a title cannot be typed for the series of this slug, or ""."""
    if any(token.is_claim or token.slug != slug for token in tokens_in(title)):
        return "The title has figures of its own series alone, and no claims."
    return ""


def load(series: Iterable[Series]) -> dict[str, Loaded]:
    """Return several series by slug, in their order, with their current points; one query.

    The series need source and current_release (`with_page()`). Those without data are left out.
    """
    known = [(each, release) for each in series if (release := each.current_release)]
    points: dict[int, list[Point]] = {each.pk: [] for each, _ in known}
    rows = Observation.objects.current().filter(series__in=points).order_by("series", "period")
    for row in rows:
        points[row.series_id].append(row.point)
    return {each.slug: Loaded(each, release, tuple(points[each.pk])) for each, release in known}


def load_as_of(
    series: Series, day: date | None = None, known_at: datetime | None = None
) -> Loaded | None:
    """Return a series as of `day` (default: now); None before its first release.

    `known_at` leaves out releases imported after that moment.
    """
    release = release_as_of(series, day, known_at)
    return load_release(series, release) if release else None


def release_as_of(
    series: Series, day: date | None = None, known_at: datetime | None = None
) -> Release | None:
    """Return the release whose values `load_as_of` reads."""
    if day is None:
        return series.current_release
    known = (known_at,) if known_at else ()
    return next(iter(_releases_as_of(series.pk, day, *known)), None)


_releases_as_of = prepared(
    lambda series, day, *known_at: (
        Release.objects.as_of(day)
        .filter(Q(imported_at__lte=known_at[0]) if known_at else Q(), series=series)
        .newest_first()[:1]
    )
)


def load_release(series: Series, release: Release) -> Loaded:
    rows = Observation.objects.held_in(release).order_by("period")
    return Loaded(series, release, tuple(row.point for row in rows))


def revised_from(loaded: Loaded) -> Decimal | None:
    """Return the newest value before its release, if that revised it instead of adding a period."""
    if loaded.release.kind != Release.Kind.REVISION:
        return None
    known = loaded.view.valued()
    rows = Observation.objects.filter(series=loaded.series, superseded_in=loaded.release)
    before = rows.filter(period=known[-1].period).first() if known else None
    return before.value if before and before.value != known[-1].value else None


def load_versions(series: Iterable[Series]) -> dict[int, list[Version]]:
    """Return every value that several series ever had, by id of the series; one query."""
    versions: dict[int, list[Version]] = {each.pk: [] for each in series}
    rows = Observation.objects.filter(series__in=versions).select_related("first_in")
    for row in rows:
        released_on = row.first_in.released_on
        versions[row.series_id].append(Version(row.point, row.first_in_id, released_on))
    return versions


def revised_on(readings: Collection[Reading]) -> dict[Reading, date]:
    """Return the days of the releases that revised these readings last, in one query.

    Readings that no release after their own revised are left out.
    """
    ends = {
        each: [(each.slug, end) for end in (each.period, each.since) if end] for each in readings
    }
    slugs, periods = {each.slug for each in ends}, {end for key in ends.values() for _, end in key}
    rows = Observation.objects.filter(series__slug__in=slugs, period__in=periods)
    held: dict[tuple[str, date], tuple[Decimal | None, ...]] = {}
    days: dict[tuple[str, date], date] = {}
    # A row may differ from the one before it in status alone.
    columns = ("series__slug", "period", "first_in__released_on", "value", "low", "high")
    for slug, period, day, *values in rows.order_by("first_in_id").values_list(*columns):
        if held.get((slug, period)) != tuple(values):
            days[slug, period] = day
        held[slug, period] = tuple(values)
    last = {each: max(days.get(key, date.min) for key in keys) for each, keys in ends.items()}
    return {each: day for each, day in last.items() if day > each.released_on}


def views_for(texts: Iterable[str]) -> dict[str, SeriesView]:
    """Return by slug the series that texts name in figures and claims; at most two queries."""
    return views_of({token.slug for text in texts for token in tokens_in(text)} - {""})


def views_of(slugs: Collection[str]) -> dict[str, SeriesView]:
    """Return the public series with these slugs, by slug; two queries, none without slugs."""
    if not slugs:
        return {}
    loaded = load(Series.objects.published().with_page().filter(slug__in=slugs))
    return {slug: each.view for slug, each in loaded.items()}
