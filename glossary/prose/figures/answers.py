"""What each token of a text prints: from the newest release, or as an issue was sent."""

from collections.abc import Callable, Collection, Mapping

from glossary.prose.figures.claims import Claim, check_claim, parse_claim
from glossary.prose.figures.evaluation import read_figure, unknown_series
from glossary.prose.figures.readings import Reading
from glossary.prose.figures.series_view import SeriesView
from glossary.prose.figures.tokens import NO_ANSWER, FigureAnswer, Resolver
from glossary.prose.markdown.figures import is_claim, token_text
from glossary.prose.problems import FigureProblem
from glossary.values.periods import day_label
from glossary.values.points import Status


def live_resolver(series: Mapping[str, SeriesView], known: Collection[str] = ()) -> Resolver:
    """Return a resolver that reads current data.

    `series` are those that the text names, `known` all slugs. A claim that parses prints nothing,
    true or not: broken claims are listed for editors.
    """

    def resolve(inside: str) -> FigureAnswer | FigureProblem:
        if is_claim(inside):
            claim = parse_claim(inside)
            return claim if isinstance(claim, FigureProblem) else _silent(claim, series, known)
        reading = read_figure(inside, series, known)
        if isinstance(reading, FigureProblem):
            return reading
        view = series[reading.slug]
        return FigureAnswer(reading.shown, reading.machine, view.path, live_note(reading, view))

    return resolve


def frozen_resolver(readings: Mapping[str, Reading], path: Callable[[str], str]) -> Resolver:
    """Return a resolver that repeats the figures of a sent issue.

    `readings` are keyed by token_text; `path` returns the address of a slug's page.
    """

    def resolve(inside: str) -> FigureAnswer | FigureProblem:
        if is_claim(inside):
            return NO_ANSWER
        reading = readings.get(token_text(inside))
        if reading is None:
            return FigureProblem("nothing was kept for this figure when the issue was sent")
        note = f"{_period(reading)}. {_release(reading)}. As sent."
        return FigureAnswer(reading.shown, reading.machine, path(reading.slug), note)

    return resolve


def live_note(reading: Reading, view: SeriesView) -> str:
    """Return title and unit, period, source, release: "Revenue, US dollars. Q1 2026. NVIDIA. …"."""
    unit = f", {view.unit}" if view.unit else ""
    source = f"{view.publisher}. " if view.publisher else ""
    return f"{view.title}{unit}. {_period(reading)}. {source}{_release(reading)}."


def _period(reading: Reading) -> str:
    text = reading.span_label + (
        "" if reading.status is Status.FINAL else f", {reading.status.value}"
    )
    return text[:1].upper() + text[1:]


def _release(reading: Reading) -> str:
    return f"Released {day_label(reading.released_on)}"


def _silent(
    claim: Claim, series: Mapping[str, SeriesView], known: Collection[str]
) -> FigureAnswer | FigureProblem:
    slug = claim.figure.slug
    if slug not in series:
        return unknown_series(slug, {*series, *known})
    verdict = check_claim(claim, series[slug])
    return verdict if isinstance(verdict, FigureProblem) else NO_ANSWER
