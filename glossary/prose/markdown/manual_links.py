"""`[[Term]]`, `[[Term|shown]]` and `[[!word]]` in Markdown: links that an editor sets or forbids.

An inline rule parses them, like figures, so they are found wherever text is and never in code.
The shown text is parsed too, because it may contain a figure. `\\[[` writes two brackets, and
`[[text]](address)` stays a Markdown link. The tokens `manual_link_open` and
`manual_link_close` print nothing; linking/blocks puts links in their place.
"""

import re

from markdown_it import MarkdownIt
from markdown_it.rules_inline import StateInline, link

from glossary.prose.markdown.pipes import as_typed

OPENING = "[["
# Bounded, so that a text full of brackets costs no more than its length.
MANUAL_LINK = re.compile(r"\[\[(!?)([^\[\]{}|]{1,160})(?:\|([^\[\]]{1,300}))?\]\]")
LONGEST = 480
# No text needs more; further ones stay as they were typed.
MOST = 500


def plugin(parser: MarkdownIt) -> None:
    parser.inline.ruler.before("link", "manual_link", _take)
    parser.add_render_rule("manual_link_open", lambda *_: "")
    parser.add_render_rule("manual_link_close", lambda *_: "")


def _take(state: StateInline, silent: bool) -> bool:
    """Inline rule: parse one at the current place."""
    start = state.pos
    if not state.src.startswith(OPENING, start) or state.env.get("manual_link_count", 0) >= MOST:
        return False
    here = state.src[start : min(state.posMax, start + LONGEST)]
    found = MANUAL_LINK.match(as_typed(here, state.env))
    if not found or not found[2].strip() or _is_markdown_link(state, start + found.end()):
        return False
    if not silent:
        _push(state, found, start)
    state.pos = start + found.end()
    return True


def _is_markdown_link(state: StateInline, end: int) -> bool:
    """Return whether the brackets are the text of a link: [[1]](https://example.org)."""
    if state.src[end : end + 1] not in ("(", "["):
        return False
    start = state.pos
    is_link = link(state, True)
    state.pos = start
    return is_link


def _push(state: StateInline, found: re.Match[str], start: int) -> None:
    """Add an opening token, the shown text, and a closing token, as Markdown does for links."""
    state.env["manual_link_count"] = state.env.get("manual_link_count", 0) + 1
    opening = state.push("manual_link_open", "", 1)
    opening.meta = {"name": found[2].strip(), "forbids": bool(found[1]), "start": start}
    maximum, shown = state.posMax, found.span(3 if found[3] else 2)
    state.pos, state.posMax = start + shown[0], start + shown[1]
    state.md.inline.tokenize(state)
    state.posMax = maximum
    state.push("manual_link_close", "", -1)
