"""The contents of the data pages: the overview by topic, and one series."""

import re
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, replace
from datetime import date
from functools import cache as once
from functools import partial
from itertools import groupby
from typing import Any

from django.core.cache import cache
from django.db.models import F, FilteredRelation, Q
from django.utils.text import capfirst

from glossary.charts.drawing import Chart, draw_together
from glossary.charts.sparklines import Sparkline, sparkline
from glossary.models import Category, FigureUse, Release, Series, Term, TermSeries
from glossary.models.prepared import prepared
from glossary.prose.figures.series_view import SeriesView
from glossary.prose.figures.tokens import tokens_in
from glossary.prose.markdown.figures import FigureToken
from glossary.series.freshness import Freshness, freshness, looked_since, shown_series
from glossary.series.latest import Latest, latest
from glossary.series.loading import Loaded, load, load_versions, revised_from
from glossary.series.movement import Movement, last_movement
from glossary.series.revision_history import history_text
from glossary.values.periods import day_label

RATE = re.compile(r"(?:fold|times|%) a year")
# One chart is beside each of this many words of a term.
WORDS_A_CHART, MOST_CHARTS = 110, 3
# The words that readers see; the stored ones have the British spelling of the field.
KINDS = {"modelled": "Modeled"}
RELEASE_KINDS = {
    Release.Kind.FIRST: "First release",
    Release.Kind.APPEND: "New values",
    Release.Kind.REVISION: "Revision",
}

Loading = Callable[[Iterable[Series]], dict[str, Loaded]]


@dataclass(frozen=True, kw_only=True)
class Glance:
    """What lists show of a series and depends only on its release.

    `finding` is that of its chart.
    """

    latest: Latest | None
    finding: str
    spark: Sparkline
    movement: Movement | None
    released_on: date


@dataclass(frozen=True, kw_only=True)
class Entry(Glance):
    """A series in a list or on a card: its newest value and, if wanted, a drawing.

    `edition` identifies all but `freshness` and the source: templates keep their markup by it.
    """

    series: Series
    freshness: Freshness
    edition: str
    chart: Callable[[], Chart] | None = None

    @property
    def change(self) -> str:
        """Return the change of the newest value in words; "" if the finding says it, or a rate a
        year.
        """
        change = self.latest.change if self.latest else None
        if change is None or change.is_said_in(self.finding) or RATE.search(self.finding):
            return ""
        return change.words

    @property
    def news(self) -> str:
        """Return what lists say beside the change: a last step that is unusual, or a revision."""
        moved, change = self.movement, self.latest and self.latest.change
        if not moved or not (moved.is_unusual or moved.is_revision):
            return ""
        is_told = change and moved.change.startswith(change.text)
        step = "" if is_told else moved.change
        return ", ".join(filter(None, [step, moved.how if moved.is_unusual else ""]))


# --- the overview ---


def topics() -> list[tuple[Category, list[Entry]]]:
    """Return every published series by topic, in two queries."""
    found = _by_topic(looked_since())
    seen = glances(found)
    entries = [entry_of(each, seen[each.slug]) for each in found]
    return [
        (category, list(group))
        for category, group in groupby(entries, lambda entry: entry.series.category)
    ]


_by_topic = prepared(
    lambda since: shown_series(since).order_by("category__position", "category__name", "title")
)


def newest_first(
    topics: Iterable[tuple[Category, list[Entry]]],
) -> list[tuple[None, list[Entry]]]:
    """Return the listed series as one group, the last updated first."""
    found = [entry for _, entries in topics for entry in entries]
    return [(None, sorted(found, key=lambda entry: entry.freshness.updated_on, reverse=True))]


def tally(topics: Iterable[tuple[Category, list[Entry]]]) -> dict[str, int]:
    """Return counts: "series" that are listed, "new" with a release of this week, "late" ones."""
    found = [entry.freshness for _, entries in topics for entry in entries]
    return {
        "series": len(found),
        "new": sum(each.is_new for each in found),
        "late": sum(each.state.is_late for each in found),
    }


def entry_of(series: Series, seen: Glance) -> Entry:
    """Return what a list shows of a series: its glance, and its freshness today."""
    return Entry(
        **vars(seen), series=series, freshness=freshness(series), edition=edition_of(series)
    )


def glances(found: Iterable[Series], load: Loading = load) -> dict[str, Glance]:
    """Return what lists show of each series, by slug, cached for each release.

    Reading the points of a hundred series takes most of a second.
    """
    series = {f"glance-{edition_of(each)}": each for each in found}
    kept: dict[str, Glance] = cache.get_many(series)
    missing = [each for key, each in series.items() if key not in kept]
    loaded = load(missing) if missing else {}
    new = {f"glance-{edition_of(each)}": _glance(loaded[each.slug]) for each in missing}
    cache.set_many(new, timeout=None)
    kept |= new
    return {each.slug: kept[key] for key, each in series.items()}


def edition_of(series: Series) -> str:
    """Return a text that changes with the values of a series and with any of its fields."""
    return f"{series.current_release_id}-{series.updated_at.isoformat()}"


def _glance(loaded: Loaded) -> Glance:
    view, plot = loaded.view, loaded.plot()
    return Glance(
        latest=latest(view),
        finding=plot.title,
        spark=sparkline(plot),
        movement=last_movement(view, revised_from(loaded)),
        released_on=loaded.release.released_on,
    )


# --- on a term ---


@dataclass(frozen=True)
class TermData:
    """What a term shows, the series that its explanation reads, and the ids of all its series.

    Their points are read together, if a chart or a figure is not kept from an earlier page.
    """

    entries: tuple[Entry, ...]
    reading: tuple[Series, ...]
    ids: tuple[int, ...]
    load: Callable[[], dict[str, Loaded]]

    @property
    def views(self) -> dict[str, SeriesView]:
        loaded = self.load()
        return {each.slug: loaded[each.slug].view for each in self.reading}

    @property
    def edition(self) -> str:
        """Return what identifies the data of all figures in the explanation."""
        return "".join(f"{edition_of(each)}{each.source.publisher}" for each in self.reading)

    def beside(self, text: str) -> dict[str, Any]:
        """Return what the template shows: "live_data", the series with charts, as many as a text
        has room for beside it; "more_data", the others; "has_room", whether there is room for more.
        """
        room = min(max(len(text.split()) // WORDS_A_CHART, 1), MOST_CHARTS)
        return {
            "live_data": self.entries[:room],
            "more_data": self.entries[room:],
            "has_room": len(self.entries) < room,
        }


def for_term(term: Term) -> TermData:
    """Return the term's series in order; without any, those that its text reads.

    Two queries: the series, then their points if they are needed.
    """
    tokens = tokens_in(term.explanation)
    slugs = dict.fromkeys(token.slug for token in tokens)
    candidates: list[Any] = _shown_or_named(looked_since(), term.pk, *slugs)
    listed = [series for series in candidates if series.place_pk is not None]
    return term_data(candidates, listed, tokens)


_shown_or_named = prepared(
    lambda since, term, *slugs: (
        shown_series(since)
        .select_related(None)
        .select_related("source", "current_release")  # not the category, which no term shows
        .annotate(place=FilteredRelation("shown_by", condition=Q(shown_by__term=term)))
        .annotate(position=F("place__position"), place_pk=F("place__pk"))
        .filter(Q(place_pk__isnull=False) | Q(slug__in=slugs))
        .order_by("position", "place_pk", "title")
    )
)


def term_data(
    candidates: Iterable[Any], listed: list[Any], tokens: Collection[FigureToken]
) -> TermData:
    """Return charts of the listed series, else of those that the text shows, and what it reads.

    The series are from `shown_series()`.
    """
    found = {series.slug: series for series in candidates}
    shown = dict.fromkeys(token.slug for token in tokens if not token.is_claim)
    on_page = listed or [found[slug] for slug in shown if slug in found]
    named = {token.slug for token in tokens}
    points = once(lambda: load(found.values()))
    return TermData(
        _charted(on_page, points),
        tuple(series for slug, series in found.items() if slug in named),
        tuple(series.pk for series in found.values()),
        points,
    )


def _charted(found: list[Series], points: Callable[[], dict[str, Loaded]]) -> tuple[Entry, ...]:
    """Return series with charts on shared axes, drawn once a release of any of them."""

    @once
    def charts() -> list[Chart]:
        plots = (points()[each.slug].plot() for each in found)
        return draw_together([replace(plot, is_captioned=True) for plot in plots])

    def chart(at: int) -> Chart:
        return charts()[at]

    seen = glances(found, lambda _: points())
    edition = "".join(map(edition_of, found))
    return tuple(
        replace(entry_of(series, seen[series.slug]), chart=partial(chart, at), edition=edition)
        for at, series in enumerate(found)
    )


def at_a_glance(term: Term) -> Entry | None:
    """Return the first series that the term lists, if it has a value."""
    series = _first_of(term)
    entry = entry_of(series, glances([series])[series.slug]) if series else None
    return entry if entry and entry.latest else None


def first_chart(term: Term) -> Entry | None:
    """Return the first series that the term lists, drawn."""
    series = _first_of(term)
    return _charted([series], once(lambda: load([series])))[0] if series else None


def _first_of(term: Term) -> Series | None:
    shown = shown_series().filter(shown_by__term=term)
    return shown.order_by("shown_by__position", "shown_by__pk").first()


# --- one series ---


def facts(series: Series, release: Release, newest: Latest | None) -> list[str]:
    """Return texts about the number: kind and status, unit, price basis, day of release."""
    kind = KINDS.get(series.kind, series.get_kind_display())
    said = "Updated" if release.pk == series.current_release_id else "Released"
    basis = series.price_basis if series.price_basis != series.unit else ""
    unit = "" if newest is None or newest.unit else series.unit
    return [
        ", ".join(filter(None, [kind.capitalize(), newest.note if newest else ""])),
        *(capfirst(text) for text in (unit, basis) if text),
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
    # Two conditions on each term would read all terms.
    shows = TermSeries.objects.filter(series=series).order_by().values("term")
    reads = FigureUse.objects.filter(series=series, is_claim=False).order_by().values("term")
    found = Term.objects.published().filter(pk__in=shows.union(reads))
    return list(found.only("headword", "slug", "headword_key"))
