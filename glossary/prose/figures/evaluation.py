"""Figures in prose: from `{{ series-slug | change 1y | words }}` to "up 66%".

`syntax` parses, `measurement` takes the value from the series, `wording` writes it. This module
combines them and turns every error into a FigureProblem that says what to write instead.
"""

from collections.abc import Collection, Mapping

from glossary.prose.figures.measurement import Measurement, measure_figure
from glossary.prose.figures.readings import Reading
from glossary.prose.figures.series_view import SeriesView
from glossary.prose.figures.syntax import Figure, did_you_mean, parse_figure
from glossary.prose.figures.wording import wording
from glossary.prose.problems import FigureError, FigureProblem
from glossary.values.numbers import UnprintableNumber


def evaluate_figure(figure: Figure, view: SeriesView) -> Reading | FigureProblem:
    """Read one figure from its series."""
    try:
        measured = measure_figure(figure, view)
        return reading_of(measured, figure.token, wording(measured, figure.formats, view), view)
    except (FigureError, UnprintableNumber) as error:
        return FigureProblem.of(view.slug, error)


def read_figure(
    inside: str, series: Mapping[str, SeriesView], known: Collection[str] = ()
) -> Reading | FigureProblem:
    """Parse and evaluate. `known` are further slugs to suggest from, without their data."""
    figure = parse_figure(inside)
    if isinstance(figure, FigureProblem):
        return FigureProblem.of(inside.strip()[:60], figure.message)
    if view := series.get(figure.slug):
        return evaluate_figure(figure, view)
    return unknown_series(figure.slug, {*series, *known})


def unknown_series(slug: str, known: Collection[str]) -> FigureProblem:
    """Return a problem that suggests the most similar slug."""
    return FigureProblem(f"There is no series “{slug}”{did_you_mean(slug, known) or '.'}")


def reading_of(measured: Measurement, token: str, shown: str, view: SeriesView) -> Reading:
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
