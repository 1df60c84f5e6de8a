"""Markdown to HTML: parsed by markdown-it-py with raw HTML off, then sanitized by nh3.

A resolver answers the figures (`{{ series }}`): from live data, or with what an issue said when it
was sent. Links to terms are put where they were found when the text was saved (glossary/mentions).

There are two barriers, because each has had holes: the parser escapes HTML that an editor types,
the sanitizer drops everything that is not on the list of allowed tags and attributes below.
"""

from functools import lru_cache

import nh3
from django.utils.safestring import SafeString, mark_safe

from glossary.prose.figures.tokens import Resolver, Viewer, figure_html, live_resolver
from glossary.prose.linking.blocks import TermLink, place_links
from glossary.prose.markdown import parser

MAX_LENGTH = 100_000

TAGS = {
    "a", "blockquote", "br", "code", "data", "del", "div", "em", "h2", "h3", "h4", "hr", "li", "ol",
    "p", "pre", "strong", "sub", "sup", "table", "tbody", "td", "th", "thead", "tr", "ul",
}  # fmt: skip
ATTRIBUTES = {
    "a": {"class", "href", "title"},
    "data": {"class", "value", "title"},
    "div": {"class", "tabindex", "role", "aria-label"},
    "ol": {"start"},
    "td": {"class"},
    "th": {"class", "scope"},
}
SCHEMES = {"http", "https", "mailto"}

NO_SERIES = live_resolver({})


def render(
    text: str,
    resolve: Resolver = NO_SERIES,
    audience: Viewer = Viewer.READERS,
    links: tuple[TermLink, ...] = (),
) -> SafeString:
    """Render Markdown to HTML that is safe to print. Headings start at h2: the page has the h1.

    `links` that no longer fit the text are left out. Raises ValueError beyond 100,000 characters;
    forms refuse such a text before.
    """
    if len(text) > MAX_LENGTH:
        raise ValueError(f"The text has {len(text)} characters; the limit is {MAX_LENGTH}.")
    return mark_safe(_render(text, figure_html(text, resolve, audience), links))  # noqa: S308 (by nh3)


@lru_cache(maxsize=256)
def _render(text: str, figures: tuple[str, ...], links: tuple[TermLink, ...]) -> str:
    """Render with the HTML of the figures, so that the cache follows the data."""
    env = {"figures": figures}
    tokens = parser.parse_markdown(text, env)
    place_links(tokens, links)
    for token in tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = {"h1": "h2", "h2": "h2", "h3": "h3"}.get(token.tag, "h4")
        elif token.type in ("th_open", "td_open"):
            # A class, because the Content-Security-Policy forbids style attributes.
            if token.attrs.pop("style", "") == "text-align:right":
                token.attrs["class"] = "number"
            if token.tag == "th":
                token.attrSet("scope", "col")
    html = parser.print_tokens(tokens, env)
    return nh3.clean(
        html, tags=TAGS, attributes=ATTRIBUTES, url_schemes=SCHEMES, link_rel="noopener"
    )
