"""The figures of a text, and what each prints: from the newest release, or as an issue was sent.

A resolver answers each token; the answer becomes HTML.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from enum import Enum, auto
from functools import lru_cache
from html import escape
from typing import Any

from django.utils.text import capfirst

from glossary.prose.figures.claims import check_claim, parse_claim
from glossary.prose.figures.readings import Reading, read_figure, unknown_series
from glossary.prose.figures.series_view import SeriesView
from glossary.prose.markdown.figures import OPENING, FigureToken, is_claim, token_text
from glossary.prose.markdown.parser import parse_markdown
from glossary.prose.problems import FigureProblem, TextProblem
from glossary.values.periods import day_label
from glossary.values.points import Status


@dataclass(frozen=True, slots=True)
class FigureAnswer:
    """What a figure prints: its text, its value for programs, the page it leads to, its note."""

    text: str = ""
    value: str = ""
    path: str = ""
    note: str = ""


NO_ANSWER = FigureAnswer()
# In characters: the text column of the narrowest phone holds about 32.
LONGEST_ON_ONE_LINE = 30
Resolver = Callable[[str], FigureAnswer | FigureProblem]


class Viewer(Enum):
    """Readers see a dash for a missing value; editors see the reason."""

    READERS = auto()
    EDITORS = auto()


@lru_cache(maxsize=256)
def tokens_in(text: str) -> tuple[FigureToken, ...]:
    """List the figure and assert tokens of a Markdown text, in order, with their lines."""
    if OPENING not in text:
        return ()
    env: dict[str, Any] = {}
    parse_markdown(text, env)
    return tuple(env["found_figures"])


def figure_html(text: str, resolve: Resolver, audience: Viewer = Viewer.READERS) -> tuple[str, ...]:
    return tuple(_html(token, _answer(token, resolve), audience) for token in tokens_in(text))


def token_problems(text: str, resolve: Resolver) -> tuple[TextProblem, ...]:
    """List what an editor has to correct in figures before the text can be published."""
    answers = ((token, _answer(token, resolve)) for token in tokens_in(text))
    return tuple(
        TextProblem(token.line, token.inside.strip(), answer.message)
        for token, answer in answers
        if isinstance(answer, FigureProblem)
    )


def _answer(token: FigureToken, resolve: Resolver) -> FigureAnswer | FigureProblem:
    return FigureProblem(token.fault) if token.fault else resolve(token.inside)


def _html(token: FigureToken, answer: FigureAnswer | FigureProblem, audience: Viewer) -> str:
    if isinstance(answer, FigureProblem):
        if audience is Viewer.EDITORS:
            return f'<data class="figure-problem" value="">[{escape(answer.message)}]</data>'
        return "" if token.is_claim else '<data class="figure" value="" title="no value">—</data>'
    if not answer.text:
        return ""
    note, value, text = escape(answer.note), escape(answer.value), escape(answer.text)
    kind = "figure" if len(answer.text) <= LONGEST_ON_ONE_LINE else "figure long"
    if token.in_link or not answer.path:
        return f'<data class="{kind}" value="{value}" title="{note}">{text}</data>'
    data = f'<data class="{kind}" value="{value}">{text}</data>'
    return f'<a href="{escape(answer.path)}" title="{note}">{data}</a>'


# --- resolvers ---


def live_resolver(series: Mapping[str, SeriesView], known: Collection[str] = ()) -> Resolver:
    """Return a resolver that reads current data.

    `series` are those that the text names, `known` all slugs. A claim that parses prints nothing,
    true or not: broken claims are listed for editors.
    """

    def resolve(inside: str) -> FigureAnswer | FigureProblem:
        if is_claim(inside):
            claim = parse_claim(inside)
            if isinstance(claim, FigureProblem):
                return claim
            slug = claim.figure.slug
            if slug not in series:
                return unknown_series(slug, {*series, *known})
            verdict = check_claim(claim, series[slug])
            return verdict if isinstance(verdict, FigureProblem) else NO_ANSWER
        reading = read_figure(inside, series, known)
        if isinstance(reading, FigureProblem):
            return reading
        view = series[reading.slug]
        unit = f", {view.unit}" if view.unit else ""
        source = f"{view.publisher}. " if view.publisher else ""
        # "Revenue, US dollars. Q1 2026. NVIDIA. Released May 20, 2026."
        note = f"{view.title}{unit}. {_period(reading)}. {source}{_release(reading)}."
        return FigureAnswer(reading.shown, reading.machine, view.path, note)

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


def _period(reading: Reading) -> str:
    status = "" if reading.status is Status.FINAL else f", {reading.status.value}"
    return capfirst(f"{reading.span_label}{status}")


def _release(reading: Reading) -> str:
    return f"Released {day_label(reading.released_on)}"
