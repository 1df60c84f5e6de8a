"""Find `{{ … }}` in Markdown and put figures in their place, on the parsed tree.

An inline rule takes the tokens, so they are found in paragraphs, headings, table cells and inside
emphasis, and never in code. Two things make it hold in real texts: the pipes of a token are hidden
from the table rule, which would end the cell at them, and an opening {{ that makes no token becomes
a token with a problem, so that no reader ever sees one raw. `\\{{` writes two braces.

`tokens_in` lists what is there, `shown_in` asks a resolver for each, and the parser that `install`
was called on prints the answers from `env["figures"]`, in the same order.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from functools import lru_cache
from html import escape
from typing import Any
from urllib.parse import quote

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererProtocol
from markdown_it.rules_core import StateCore
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

from glossary.prose.figures.claims import is_claim
from glossary.prose.figures.series_view import FigureError, Problem
from glossary.prose.figures.syntax import LONGEST, SLUG, split_parts
from glossary.prose.linking import manual_links

OPENING, CLOSING = "{{", "}}"
# No text needs more, and every figure costs a look at its series.
MOST_TOKENS = 500
BRACES = re.compile(r"\{+")
# Links by hand, [[Term|shown]], have pipes of the same kind.
PIPED = re.compile(rf"\{{\{{[^{{}}\n]{{1,{LONGEST}}}\}}\}}|\[\[[^\[\]\n]{{1,{LONGEST}}}\]\]")
# Private characters, of which one that the text does not use stands in for a pipe.
STAND_INS = tuple(chr(code) for code in range(0xE000, 0xE010))

UNCLOSED = "{{ is never closed by }}; close it, or write \\{{ for two braces"
TOO_MANY = f"there are more than {MOST_TOKENS} figures in one text; split it"
IN_LINK = {"link_open": 1, "link_close": -1, "forced_open": 1, "forced_close": -1}
MISPLACED = "a figure does not work in a link's address or title; put it into the link's text"


@dataclass(frozen=True, slots=True)
class FoundToken:
    """One token of a text. `fault` says why it cannot be one at all."""

    inside: str
    line: int
    fault: str = ""
    in_link: bool = False

    @property
    def is_claim(self) -> bool:
        return is_claim(self.inside)

    @property
    def slug(self) -> str:
        """The series it names, as far as it can be told: what backlinks are stored from."""
        try:
            first = split_parts(self.inside)[0] if not self.fault else ""
        except FigureError:
            return ""
        words = first.split()[1 if self.is_claim else 0 :][:1]
        return words[0] if words and SLUG.fullmatch(words[0]) else ""


@dataclass(frozen=True, slots=True)
class Rendered:
    """What stands in the text: shown, for programs, the page it leads to, the note on hover."""

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


@dataclass(frozen=True, slots=True)
class LocatedProblem:
    line: int
    inside: str
    message: str


def install(parser: MarkdownIt) -> MarkdownIt:
    """Teach a parser the tokens. Its `env["figures"]` is then the tuple that shown_in returns."""
    parser.core.ruler.before("block", "hide_figure_pipes", _hide_pipes)
    parser.core.ruler.after("inline", "settle_figures", _settle)
    parser.inline.ruler.before("escape", "figure", _take_token)
    parser.add_render_rule("figure", _print_token)
    return parser


@lru_cache(maxsize=1)
def plain_parser() -> MarkdownIt:
    """The parser for those who look at a text and do not print it: prose.py's rules of Markdown."""
    parser = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])
    return manual_links.install(install(parser.disable("image")))


@lru_cache(maxsize=256)
def tokens_in(text: str) -> tuple[FoundToken, ...]:
    """List the figure and assert tokens of a Markdown text, in order, with their lines."""
    if OPENING not in text:
        return ()
    env: dict[str, Any] = {}
    plain_parser().parse(text, env)
    return tuple(env.get("found_figures", ()))


def shown_in(
    text: str, resolve: Resolver, audience: Audience = Audience.READERS
) -> tuple[str, ...]:
    """Return the HTML of every token of the text, in order."""
    return tuple(_html(token, _answer(token, resolve), audience) for token in tokens_in(text))


def problems_in(text: str, resolve: Resolver) -> tuple[LocatedProblem, ...]:
    """List what an editor has to mend before the text can be published."""
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


def _hide_pipes(state: StateCore) -> None:
    """Let a token in a table cell hold pipes: the table rule would split the row at them."""
    if "|" not in state.src or not (OPENING in state.src or manual_links.OPENING in state.src):
        return
    stand_in = next((char for char in STAND_INS if char not in state.src), None)
    if stand_in:
        state.env["figure_pipe"] = stand_in
        state.src = PIPED.sub(lambda found: found[0].replace("|", stand_in), state.src)


def _take_token(state: StateInline, silent: bool) -> bool:
    """Inline rule: take a token, or the braces that do not make one, at the current place."""
    if not state.src.startswith(OPENING, state.pos):
        return False
    start, inside, fault = state.pos, "", UNCLOSED
    end = state.src.find(CLOSING, start, min(state.posMax, start + LONGEST + 4))
    if end > 0 and OPENING not in state.src[start + 1 : end]:
        inside, fault = state.src[start + 2 : end], ""
        state.pos = end + len(CLOSING)
    else:
        found = BRACES.match(state.src, start, state.posMax)
        state.pos = found.end() if found else start + len(OPENING)
    if not silent:
        _push(state, inside, fault, start)
    return True


def _push(state: StateInline, inside: str, fault: str, start: int) -> None:
    """Add the token, up to the cap: the next one says that there are too many, the rest vanish."""
    count = state.env["figure_count"] = state.env.get("figure_count", 0) + 1
    if count > MOST_TOKENS + 1:
        return
    token = state.push("figure", "", 0)
    token.content = inside.replace(state.env.get("figure_pipe", "|"), "|")
    token.meta = {"start": start, "fault": TOO_MANY if count > MOST_TOKENS else fault}


def _settle(state: StateCore) -> None:
    """Number the tokens in the order of the tree, give pipes back, drop what prints nothing."""
    if pipe := state.env.get("figure_pipe"):
        _give_pipes_back(state.tokens, pipe)
    found: list[FoundToken] = []
    for block in state.tokens:
        if block.children:
            block.children = list(_settled(block, found))
    state.env["found_figures"] = found
    if any(token.is_claim for token in found):
        _hide_empty_paragraphs(state.tokens)


def _settled(block: Token, found: list[FoundToken]) -> Iterator[Token]:
    """Walk one block's inline tokens; `found` grows by its figures."""
    first, depth = (block.map[0] if block.map else 0) + 1, 0
    for token in block.children or ():
        depth += IN_LINK.get(token.type, 0)
        if token.type == "link_open" and _clear_attributes(token):
            yield _numbered(Token("figure", "", 0), FoundToken("", first, MISPLACED), found)
        elif token.type == "figure":
            line = first + block.content.count("\n", 0, token.meta["start"])
            fault = token.meta["fault"]
            _numbered(token, FoundToken(token.content, line, fault, depth > 0), found)
        yield token


def _numbered(token: Token, place: FoundToken, found: list[FoundToken]) -> Token:
    token.meta = {"index": len(found), "is_claim": place.is_claim}
    found.append(place)
    return token


def _clear_attributes(link: Token) -> bool:
    """Take a raw token out of a link's title and address; say whether there was one."""
    raw = [
        name
        for name, value in link.attrs.items()
        if OPENING in str(value) or quote(OPENING) in str(value)
    ]
    for name in raw:
        del link.attrs[name]
    return bool(raw)


def _give_pipes_back(tokens: Sequence[Token], pipe: str) -> None:
    """Undo _hide_pipes in code, text and attributes: what was no token reads as it was typed."""
    for token in tokens:
        token.content = token.content.replace(pipe, "|")
        token.info = token.info.replace(pipe, "|")
        for name, value in token.attrs.items():
            if isinstance(value, str):
                token.attrs[name] = value.replace(pipe, "|").replace(quote(pipe), quote("|"))
        _give_pipes_back(token.children or (), pipe)


def _hide_empty_paragraphs(tokens: Sequence[Token]) -> None:
    """A paragraph of claims alone would leave an empty gap on the page."""
    for index, block in enumerate(tokens):
        if block.type == "inline" and block.children and all(map(_prints_nothing, block.children)):
            around = (tokens[index - 1], tokens[index + 1])
            if around[0].type == "paragraph_open":
                around[0].hidden = around[1].hidden = True
                block.children = [each for each in block.children if each.type == "figure"]


def _prints_nothing(token: Token) -> bool:
    if token.type == "figure":
        return bool(token.meta["is_claim"])
    return token.type == "softbreak" or (token.type == "text" and not token.content.strip())


def _print_token(
    self: RendererProtocol, tokens: Sequence[Token], index: int, options: Any, env: Any
) -> str:
    """Print the answer for one token. Without answers nothing is printed, least of all raw text."""
    shown = env.get("figures", ())
    number = tokens[index].meta["index"]
    return shown[number] if number < len(shown) else ""
