"""Markdown to HTML: parsed by markdown-it-py with raw HTML off, then sanitised by nh3.

Two fences, because each has had holes of its own: the parser escapes what an editor types as
HTML, the sanitiser drops whatever is not on the closed list below.
"""

from functools import lru_cache

import nh3
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt

MAX_LENGTH = 100_000

TAGS = {
    "a", "blockquote", "br", "code", "del", "div", "em", "h2", "h3", "h4", "hr", "li", "ol",
    "p", "pre", "strong", "sub", "sup", "table", "tbody", "td", "th", "thead", "tr", "ul",
}  # fmt: skip
ATTRIBUTES = {
    "a": {"href", "title"},
    "div": {"class", "tabindex", "role", "aria-label"},
    "ol": {"start"},
    "td": {"class"},
    "th": {"class", "scope"},
}
SCHEMES = {"http", "https", "mailto"}

SCROLL_OPEN = '<div class="table-scroll" tabindex="0" role="region" aria-label="Table"><table>\n'
SCROLL_CLOSE = "</table></div>\n"


def _make_parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])
    parser.disable("image")
    # A wide table scrolls in a region of its own, which the keyboard can reach.
    parser.add_render_rule("table_open", lambda *_: SCROLL_OPEN)
    parser.add_render_rule("table_close", lambda *_: SCROLL_CLOSE)
    return parser


_parser = _make_parser()


def render(text: str) -> SafeString:
    """Render Markdown to HTML that is safe to print. Headings start at h2: the page has the h1.

    Raises ValueError beyond 100,000 characters; forms refuse such a text before.
    """
    if len(text) > MAX_LENGTH:
        raise ValueError(f"The text has {len(text)} characters; {MAX_LENGTH} is the most.")
    return mark_safe(_render(text))  # noqa: S308 (sanitised by nh3)


@lru_cache(maxsize=256)
def _render(text: str) -> str:
    tokens = _parser.parse(text)
    for token in tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = {"h1": "h2", "h2": "h2", "h3": "h3"}.get(token.tag, "h4")
        elif token.type in ("th_open", "td_open"):
            _align_by_class(token.attrs)
            if token.tag == "th":
                token.attrSet("scope", "col")
    html = _parser.renderer.render(tokens, _parser.options, {})
    return nh3.clean(
        html, tags=TAGS, attributes=ATTRIBUTES, url_schemes=SCHEMES, link_rel="noopener"
    )


def _align_by_class(attributes: dict[str, str | int | float]) -> None:
    """Say a column's alignment by class: the strict CSP drops style attributes."""
    if attributes.pop("style", "") == "text-align:right":
        attributes["class"] = "number"
