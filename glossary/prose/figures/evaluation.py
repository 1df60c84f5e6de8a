"""Figures in prose: from `{{ series-slug | change 1y | words }}` to "up 66%".

figure_syntax parses, measuring takes the value from the series, figure_wording writes it. Here
the three come together, and every error becomes a Problem that says what to write instead.
"""

from collections.abc import Collection, Mapping

from glossary.prose.figures.measurement import Measured, measure
from glossary.prose.figures.readings import Reading
from glossary.prose.figures.series_view import SeriesView
from glossary.prose.figures.syntax import Figure, nearest, parse
from glossary.prose.figures.wording import wording
from glossary.prose.problems import FigureError, Problem
from glossary.values.numbers import UnprintableNumber

__all__ = ["Figure", "Problem", "Reading", "SeriesView", "evaluate", "parse", "read"]


def evaluate(figure: Figure, view: SeriesView) -> Reading | Problem:
    """Read one figure off its series."""
    try:
        measured = measure(figure, view)
        return reading_of(measured, figure.token, wording(measured, figure.formats, view), view)
    except (FigureError, UnprintableNumber) as error:
        return Problem(f"{view.slug}: {error}.")


def read(
    inside: str, series: Mapping[str, SeriesView], known: Collection[str] = ()
) -> Reading | Problem:
    """Parse and evaluate. `known` are further slugs to suggest from, without their data."""
    figure = parse(inside)
    if isinstance(figure, Problem):
        return Problem(f"{inside.strip()[:60]}: {figure.message}.")
    if view := series.get(figure.slug):
        return evaluate(figure, view)
    return unknown_series(figure.slug, {*series, *known})


def unknown_series(slug: str, known: Collection[str]) -> Problem:
    """Name the series that may have been meant."""
    return Problem(f"There is no series “{slug}”{nearest(slug, known) or '.'}")


def reading_of(measured: Measured, token: str, shown: str, view: SeriesView) -> Reading:
    period, since = measured.point.period, measured.since
    return Reading(
        token=token,
        shown=shown,
        value=measured.value if measured.upper is None else None,
        unit=measured.unit,
        period=period,
        period_label=view.label(period),
        slug=view.slug,
        released_on=view.released_on,
        status=measured.point.status,
        machine=measured.machine,
        since=since,
        since_label="" if since is None else view.label(since),
    )
