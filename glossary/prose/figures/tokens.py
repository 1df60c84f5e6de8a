"""The figures of a text: which there are, what a resolver answers for each, and its HTML."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto
from functools import lru_cache
from html import escape
from typing import Any

from glossary.prose.markdown.figures import OPENING, FoundToken
from glossary.prose.markdown.parser import parse_markdown
from glossary.prose.problems import LocatedProblem, Problem


@dataclass(frozen=True, slots=True)
class Rendered:
    """What a figure prints: its text, its value for programs, the page it leads to, its note."""

    text: str = ""
    value: str = ""
    path: str = ""
    note: str = ""


NOTHING = Rendered()
Resolver = Callable[[str], Rendered | Problem]


class Audience(Enum):
    """Readers see a dash where there is no value; editors see why."""

    READERS = auto()
    EDITORS = auto()


@lru_cache(maxsize=256)
def tokens_in(text: str) -> tuple[FoundToken, ...]:
    """List the figure and assert tokens of a Markdown text, in order, with their lines."""
    if OPENING not in text:
        return ()
    env: dict[str, Any] = {}
    parse_markdown(text, env)
    return tuple(env["found_figures"])


def shown_in(
    text: str, resolve: Resolver, audience: Audience = Audience.READERS
) -> tuple[str, ...]:
    """Return the HTML of every token of the text, in order."""
    return tuple(_html(token, _answer(token, resolve), audience) for token in tokens_in(text))


def problems_in(text: str, resolve: Resolver) -> tuple[LocatedProblem, ...]:
    """List what an editor has to correct before the text can be published."""
    answers = ((token, _answer(token, resolve)) for token in tokens_in(text))
    return tuple(
        LocatedProblem(token.line, token.inside.strip(), answer.message)
        for token, answer in answers
        if isinstance(answer, Problem)
    )


def _answer(token: FoundToken, resolve: Resolver) -> Rendered | Problem:
    return Problem(token.fault) if token.fault else resolve(token.inside)


def _html(token: FoundToken, answer: Rendered | Problem, audience: Audience) -> str:
    if isinstance(answer, Problem):
        return _missing_html(token, answer, audience)
    if not answer.text:
        return ""
    note, value, text = escape(answer.note), escape(answer.value), escape(answer.text)
    if token.in_link or not answer.path:
        return f'<data class="figure" value="{value}" title="{note}">{text}</data>'
    data = f'<data class="figure" value="{value}">{text}</data>'
    return f'<a href="{escape(answer.path)}" title="{note}">{data}</a>'


def _missing_html(token: FoundToken, problem: Problem, audience: Audience) -> str:
    """A claim prints nothing for readers, broken or not."""
    if audience is Audience.EDITORS:
        return f'<data class="figure-problem" value="">[{escape(problem.message)}]</data>'
    return "" if token.is_claim else '<data class="figure" value="" title="no value">—</data>'
