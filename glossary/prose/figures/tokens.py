"""The figures of a text, a resolver's answer to each, and the HTML of the answer."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto
from functools import lru_cache
from html import escape
from typing import Any

from glossary.prose.markdown.figures import OPENING, FigureToken
from glossary.prose.markdown.parser import parse_markdown
from glossary.prose.problems import FigureProblem, TextProblem


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
    """Return the HTML of every token of the text, in order."""
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
        return _missing_html(token, answer, audience)
    if not answer.text:
        return ""
    note, value, text = escape(answer.note), escape(answer.value), escape(answer.text)
    kind = "figure" if len(answer.text) <= LONGEST_ON_ONE_LINE else "figure long"
    if token.in_link or not answer.path:
        return f'<data class="{kind}" value="{value}" title="{note}">{text}</data>'
    data = f'<data class="{kind}" value="{value}">{text}</data>'
    return f'<a href="{escape(answer.path)}" title="{note}">{data}</a>'


def _missing_html(token: FigureToken, problem: FigureProblem, audience: Viewer) -> str:
    """Return the error for editors; for readers a dash, or "" for a claim."""
    if audience is Viewer.EDITORS:
        return f'<data class="figure-problem" value="">[{escape(problem.message)}]</data>'
    return "" if token.is_claim else '<data class="figure" value="" title="no value">—</data>'
