"""Hides pipes inside {{ … }} and [[…]], which the table rule would take for the end of a cell.

While a text is parsed, a private character replaces them.
"""

import re
from itertools import chain
from typing import Any
from urllib.parse import quote

from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore

LONGEST = 200  # characters between the braces or brackets
PIPED = re.compile(rf"\{{\{{[^{{}}\n]{{1,{LONGEST}}}\}}\}}|\[\[[^\[\]\n]{{1,{LONGEST}}}\]\]")
# Private characters; the first one that the text does not contain is used.
STAND_INS = tuple(chr(code) for code in range(0xE000, 0xE010))


def plugin(parser: MarkdownIt) -> None:
    parser.core.ruler.before("block", "hide_pipes", _hide)
    parser.core.ruler.after("inline", "give_pipes_back", _give_back)


def as_typed(text: str, env: Any) -> str:
    """Return a part of the text being parsed, with its pipes restored."""
    return text.replace(env.get("pipe", "|"), "|")


def _hide(state: StateCore) -> None:
    if "|" not in state.src or not ("{{" in state.src or "[[" in state.src):
        return
    stand_in = next((char for char in STAND_INS if char not in state.src), None)
    if stand_in:
        state.env["pipe"] = stand_in
        state.src = PIPED.sub(lambda found: found[0].replace("|", stand_in), state.src)


def _give_back(state: StateCore) -> None:
    """Restore the pipes in code, text and attributes that were neither a figure nor a link."""
    pipe = state.env.get("pipe")
    if pipe is None:
        return
    for token in chain(state.tokens, *(block.children or () for block in state.tokens)):
        token.content = token.content.replace(pipe, "|")
        token.info = token.info.replace(pipe, "|")
        for name, value in token.attrs.items():
            if isinstance(value, str):
                token.attrs[name] = value.replace(pipe, "|").replace(quote(pipe), quote("|"))
