"""`{{ … }}` in Markdown: a figure that is printed, or a claim that is only checked.

An inline rule parses them, so they are found in paragraphs, headings, table cells and inside
emphasis, and never in code. An opening {{ without a token becomes a token with a fault, so that
readers never see it raw. `\\{{` writes two braces.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererProtocol
from markdown_it.rules_core import StateCore
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

from glossary.prose.markdown.pipes import LONGEST, as_typed
from glossary.prose.problems import FigureError

OPENING, CLOSING = "{{", "}}"
CLAIM = "assert"  # its first word
# No text needs more, and every figure reads its series.
MOST_TOKENS = 500
BRACES = re.compile(r"\{+")
SLUG = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,119}")
IN_LINK = {"link_open": 1, "link_close": -1, "manual_link_open": 1, "manual_link_close": -1}

UNCLOSED = "{{ is never closed by }}; close it, or write \\{{ for two braces"
TOO_MANY = f"there are more than {MOST_TOKENS} figures in one text; split it"
MISPLACED = "a figure does not work in a link's address or title; put it into the link's text"


@dataclass(frozen=True, slots=True)
class FigureToken:
    """One token of a text. `fault` says why it is not a valid one, or is ""."""

    inside: str
    line: int
    fault: str = ""
    in_link: bool = False

    @property
    def is_claim(self) -> bool:
        return is_claim(self.inside)

    @property
    def slug(self) -> str:
        """The slug of the series that the token names, or "". Backlinks are made from it."""
        try:
            first = split_parts(self.inside)[0] if not self.fault else ""
        except FigureError:
            return ""
        words = first.split()[1 if self.is_claim else 0 :][:1]
        return words[0] if words and SLUG.fullmatch(words[0]) else ""


def is_claim(inside: str) -> bool:
    return inside.split(maxsplit=1)[:1] == [CLAIM]


def split_parts(inside: str) -> list[str]:
    r"""Split a token at its pipes; `\|` counts as one, because tables need it.

    Raises FigureError if it is too long, has braces, or has an empty part.
    """
    if len(inside) > LONGEST:
        raise FigureError(f"there are more than {LONGEST} characters between {{{{ and }}}}")
    if "{" in inside or "}" in inside:
        raise FigureError("a { or } is between {{ and }}; write one series in each pair")
    parts = _parts(inside)
    if not parts[0]:
        raise FigureError("no series is named; write {{ series-slug }}")
    if "" in parts:
        raise FigureError("a | has nothing after it; take it out, or write what is wanted")
    return parts


def token_text(inside: str) -> str:
    """Return the normal form of a token, in which spaces and escaped pipes do not matter."""
    return " | ".join(_parts(inside))


def _parts(inside: str) -> list[str]:
    return [" ".join(part.split()) for part in inside.replace("\\|", "|").split("|")]


# --- the rules of the parser ---


def plugin(parser: MarkdownIt) -> None:
    parser.core.ruler.after("give_pipes_back", "number_figures", _number_figures)
    parser.inline.ruler.before("escape", "figure", _take_token)
    parser.add_render_rule("figure", _print_token)


def _take_token(state: StateInline, silent: bool) -> bool:
    """Inline rule: parse a token, or braces that are not one, at the current place."""
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
    """Add the token, up to the limit; the next one reports too many, the others are dropped."""
    count = state.env["figure_count"] = state.env.get("figure_count", 0) + 1
    if count > MOST_TOKENS + 1:
        return
    token = state.push("figure", "", 0)
    token.content = as_typed(inside, state.env)
    token.meta = {"start": start, "fault": TOO_MANY if count > MOST_TOKENS else fault}


def _number_figures(state: StateCore) -> None:
    """Core rule: number the tokens in the order of the tree, and hide empty paragraphs."""
    found: list[FigureToken] = []
    for block in state.tokens:
        if block.children:
            block.children = list(_numbered_children(block, found))
    state.env["found_figures"] = found
    if any(token.is_claim for token in found):
        _hide_empty_paragraphs(state.tokens)


def _numbered_children(block: Token, found: list[FigureToken]) -> Iterator[Token]:
    """Walk one block's inline tokens; `found` grows by its figures."""
    first, depth = (block.map[0] if block.map else 0) + 1, 0
    for token in block.children or ():
        depth += IN_LINK.get(token.type, 0)
        if token.type == "link_open" and _clear_attributes(token):
            yield _numbered(Token("figure", "", 0), FigureToken("", first, MISPLACED), found)
        elif token.type == "figure":
            line = first + block.content.count("\n", 0, token.meta["start"])
            fault = token.meta["fault"]
            _numbered(token, FigureToken(token.content, line, fault, depth > 0), found)
        yield token


def _numbered(token: Token, place: FigureToken, found: list[FigureToken]) -> Token:
    token.meta = {"index": len(found), "is_claim": place.is_claim}
    found.append(place)
    return token


def _clear_attributes(link: Token) -> bool:
    """Remove a link's title or address if it contains a token; return whether it did."""
    raw = [
        name
        for name, value in link.attrs.items()
        if OPENING in str(value) or quote(OPENING) in str(value)
    ]
    for name in raw:
        del link.attrs[name]
    return bool(raw)


def _hide_empty_paragraphs(tokens: Sequence[Token]) -> None:
    """Hide paragraphs that contain only claims, which would leave a gap on the page."""
    for before, block, after in zip(tokens, tokens[1:], tokens[2:], strict=False):
        children = block.children or []
        if before.type == "paragraph_open" and children and all(map(_prints_nothing, children)):
            before.hidden = after.hidden = True
            block.children = [each for each in children if each.type == "figure"]


def _prints_nothing(token: Token) -> bool:
    if token.type == "figure":
        return bool(token.meta["is_claim"])
    return token.type == "softbreak" or (token.type == "text" and not token.content.strip())


def _print_token(
    self: RendererProtocol, tokens: Sequence[Token], index: int, options: Any, env: Any
) -> str:
    """Print the answer for one token; without answers print nothing, in particular no raw text."""
    shown = env.get("figures", ())
    number = tokens[index].meta["index"]
    return shown[number] if number < len(shown) else ""
