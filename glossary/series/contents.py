"""The contents of the data pages: the overview by topic, and one series."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import date
from itertools import groupby
from typing import Any

from django.core.cache import cache
from django.db.models import Exists, F, FilteredRelation, OuterRef, Q

from glossary.charts.drawing import Chart, draw_together
from glossary.charts.sparklines import Sparkline, sparkline
from glossary.models import (
    Category,
    FigureUse,
    Release,
    Series,
    Term,
    TermSeries,
)
from glossary.prose.figures.series_view import SeriesView
from glossary.prose.figures.tokens import tokens_in
from glossary.prose.markdown.figures import FigureToken
from glossary.series.freshness import Freshness, freshness, shown_series
from glossary.series.latest import Latest, latest
from glossary.series.loading import Loaded, load, load_versions, revised_from, views
from glossary.series.movement import Movement, last_movement
from glossary.series.revision_history import history_text
from glossary.values.periods import day_label
from glossary.values.repetition import is_said

# Beside so many words of a term stands one chart.
WORDS_A_CHART, MOST_CHARTS = 110, 3
# The words that readers see; the stored ones have the British spelling of the field.
KINDS = {"modelled": "Modeled"}
RELEASE_KINDS = {
    Release.Kind.FIRST: "First release",
    Release.Kind.APPEND: "New values",
    Release.Kind.REVISION: "Revision",
}


@dataclass(frozen=True)
class Entry:
    """A series in a list or on a card: its newest value and, if wanted, a drawing.

    `finding` and `subtitle` are those of its chart.
    """

    series: Series
    latest: Latest | None
    freshness: Freshness
    finding: str
    subtitle: str
    spark: Sparkline | None = None
    chart: Chart | None = None
    movement: Movement | None = None

    @property
    def change(self) -> str:
        """Return the change of the newest value in words; "" where the finding says it."""
        words = self.latest.change.words if self.latest and self.latest.change else ""
        amount_and_time = words.partition(" ")[2]  # "66% in a year"
        return "" if amount_and_time and is_said(amount_and_time, self.finding) else words


@dataclass(frozen=True)
class Glance:
    """What lists show of a series and depends only on its release."""

    latest: Latest | None
    finding: str
    subtitle: str
    spark: Sparkline
    movement: Movement | None
    released_on: date


# --- the overview ---


def topics() -> list[tuple[Category, list[Entry]]]:
    """Return every published series by topic, in two queries."""
    found = list(shown_series().order_by("category__position", "category__name", "title"))
    seen = glances(found)
    entries = [listed(each, seen[each.slug]) for each in found]
    return [
        (category, list(group))
        for category, group in groupby(entries, lambda entry: entry.series.category)
    ]


def tally(topics: Iterable[tuple[Category, list[Entry]]]) -> dict[str, int]:
    """Count the listed series, those with a release of this week, and those out of date."""
    found = [entry.freshness for _, entries in topics for entry in entries]
    return {
        "series": len(found),
        "new": sum(each.is_new for each in found),
        "stale": sum(each.is_stale for each in found),
    }


def listed(series: Series, seen: Glance) -> Entry:
    """Return a series from `shown_series()` as lists show it."""
    return Entry(
        series,
        seen.latest,
        freshness(series),
        seen.finding,
        seen.subtitle,
        seen.spark,
        movement=seen.movement,
    )


def glances(found: Iterable[Series]) -> dict[str, Glance]:
    """Return what lists show of each series, cached for each release.

    Reading the points of a hundred series takes most of a second.
    """
    series = {_glance_key(each): each for each in found}
    kept: dict[str, Glance] = cache.get_many(series)
    missing = [each for key, each in series.items() if key not in kept]
    new = {_glance_key(each.series): _glance(each) for each in load(missing).values()}
    cache.set_many(new, timeout=None)
    kept |= new
    return {each.slug: kept[key] for key, each in series.items()}


def _glance_key(series: Series) -> str:
    return f"glance-{series.current_release_id}-{series.updated_at.isoformat()}"


def _glance(loaded: Loaded) -> Glance:
    view, plot = loaded.view, loaded.plot()
    return Glance(
        latest(view),
        plot.title,
        plot.subtitle,
        sparkline(plot),
        last_movement(view, revised_from(loaded)),
        loaded.release.released_on,
    )


# --- on a term ---


@dataclass(frozen=True)
class TermData:
    """What a term shows and what its explanation reads, loaded together."""

    entries: tuple[Entry, ...]
    views: dict[str, SeriesView]

    def beside(self, text: str) -> dict[str, tuple[Entry, ...]]:
        """Return the template's series: charts as a text has room for beside it, the rest named."""
        room = min(max(len(text.split()) // WORDS_A_CHART, 1), MOST_CHARTS)
        return {"live_data": self.entries[:room], "more_data": self.entries[room:]}


def for_term(term: Term) -> TermData:
    """Return the term's series in order; without any, those that its text reads.

    Two queries: the series, then their points.
    """
    tokens = tokens_in(term.explanation)
    shown = FilteredRelation("shown_by", condition=Q(shown_by__term=term))
    candidates: list[Any] = list(
        shown_series()
        .annotate(place=shown)
        .annotate(position=F("place__position"), place_pk=F("place__pk"))
        .filter(Q(place_pk__isnull=False) | Q(slug__in={token.slug for token in tokens}))
        .order_by("position", "place_pk", "title")
    )
    listed = [series for series in candidates if series.place_pk is not None]
    return term_data(candidates, listed, tokens)


def term_data(
    candidates: Iterable[Any], listed: list[Any], tokens: Collection[FigureToken]
) -> TermData:
    """Return charts of the listed series, else of those that the text shows, and what it reads.

    The series are from `shown_series()`.
    """
    found = {series.slug: series for series in candidates}
    shown = dict.fromkeys(token.slug for token in tokens if not token.is_claim)
    on_page = listed or [found[slug] for slug in shown if slug in found]
    loaded = load(found.values())
    entries = _charted([loaded[series.slug] for series in on_page], is_captioned=True)
    named = {token.slug for token in tokens}
    return TermData(entries, views({slug: loaded[slug] for slug in loaded if slug in named}))


def _charted(found: list[Loaded], *, is_captioned: bool = False) -> tuple[Entry, ...]:
    plots = [replace(each.plot(), is_captioned=is_captioned) for each in found]
    charts = draw_together(plots)
    return tuple(
        Entry(
            series=each.series,
            latest=latest(each.view),
            freshness=freshness(each.series),
            finding=chart.title,
            subtitle=chart.subtitle,
            spark=sparkline(plot),
            chart=chart,
        )
        for each, plot, chart in zip(found, plots, charts, strict=True)
    )


def at_a_glance(term: Term) -> Entry | None:
    """Return the first series that the term lists, if it has a value."""
    series = _first_of(term)
    entry = listed(series, glances([series])[series.slug]) if series else None
    return entry if entry and entry.latest else None


def first_chart(term: Term) -> Entry | None:
    """Return the first series that the term lists, drawn."""
    series = _first_of(term)
    return _charted([load([series])[series.slug]])[0] if series else None


def _first_of(term: Term) -> Series | None:
    shown: Series | None = (
        shown_series()
        .filter(shown_by__term=term)
        .order_by("shown_by__position", "shown_by__pk")
        .first()
    )
    return shown


# --- one series ---


def facts(series: Series, release: Release, newest: Latest | None) -> list[str]:
    """Return texts about the number: kind and status, unit, price basis, day of release."""
    kind = KINDS.get(series.kind, series.get_kind_display())
    said = "Updated" if release.pk == series.current_release_id else "Released"
    basis = series.price_basis if series.price_basis != series.unit else ""
    unit = "" if newest is None or newest.unit else series.unit
    return [
        ", ".join(filter(None, [kind.capitalize(), newest.note if newest else ""])),
        *(text[:1].upper() + text[1:] for text in (unit, basis) if text),
        f"{said} {day_label(release.released_on)}",
    ]


def revisions(series: Series) -> list[tuple[Release, str]]:
    """Return every release, newest first, with its kind in words."""
    return [
        (release, RELEASE_KINDS[Release.Kind(release.kind)])
        for release in series.releases.newest_first()
    ]


def usual_revision(loaded: Loaded) -> str:
    """Return how much first values were revised and how far apart releases came, by all of them."""
    series = loaded.series
    newest, expectation = series.current_release_id or 0, series.expectation
    rhythm = expectation.rhythm.days if expectation else None

    def told() -> str:
        return history_text(load_versions([series])[series.pk], newest, rhythm, loaded.view)

    key = f"revisions-{newest}-{series.updated_at.isoformat()}"
    kept: str = cache.get_or_set(key, told, timeout=None) or ""
    return kept


def terms_that_use(series: Series) -> list[Term]:
    """Return the published terms that show the series or read it in their explanation."""
    shows = TermSeries.objects.filter(series=series, term=OuterRef("pk"))
    reads = FigureUse.objects.filter(series=series, term=OuterRef("pk"), is_claim=False)
    return list(
        Term.objects.published()
        .filter(Exists(shows) | Exists(reads))
        .only("headword", "slug", "headword_key")
    )
