"""Prepares our own frozen HTML for mail programs and feed readers."""

from urllib.parse import urljoin, urlsplit

import nh3
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from glossary.prose import rendering

# Mail programs do not support these tags; their content is kept.
UNKNOWN_TO_MAIL = {"data", "div"}
TAGS = rendering.TAGS - UNKNOWN_TO_MAIL
ATTRIBUTES = {"a": {"href"}, "ol": {"start"}, "td": {"class"}, "th": {"class", "scope"}}


def with_absolute_links(html: str, base: str) -> SafeString:
    """Return the HTML with relative links completed by `base`."""
    cleaned = nh3.clean(
        html,
        tags=TAGS,
        attributes=ATTRIBUTES,
        url_schemes=rendering.SCHEMES,
        url_relative=lambda url: urljoin(base, url),
        link_rel=None,
    )
    return mark_safe(cleaned)  # noqa: S308 (by nh3)


def opened_by(words: str, html: str) -> SafeString:
    """Put bold words before the HTML: into its first paragraph if it begins with one."""
    start = f"<p><strong>{escape(words)}</strong>"
    rest = html.removeprefix("<p>")
    whole = f"{start} {rest}" if rest != html else f"{start}</p>\n{html}"
    return mark_safe(whole)  # noqa: S308 (sanitized HTML after escaped words)


def linked_paths(html: str) -> list[str]:
    """Return the paths on this site that a fragment links to, in order, each once."""
    found: dict[str, None] = {}

    def note(url: str) -> None:
        if not urlsplit(url).netloc:
            found[urlsplit(url).path] = None

    nh3.clean(html, tags={"a"}, attributes={"a": {"href"}}, url_relative=note)
    return list(found)
