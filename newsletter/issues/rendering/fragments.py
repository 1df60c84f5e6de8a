"""Frozen HTML of our own, made fit to be read elsewhere: in a mail, in a feed reader."""

from urllib.parse import urljoin, urlsplit

import nh3
from django.utils.safestring import SafeString, mark_safe

from glossary.prose import rendering

# Mail programs know none of these: what stands in them stays.
UNKNOWN_TO_MAIL = {"data", "div"}
TAGS = rendering.TAGS - UNKNOWN_TO_MAIL
ATTRIBUTES = {"a": {"href"}, "ol": {"start"}, "td": {"class"}, "th": {"class", "scope"}}


def made_absolute(html: str, base: str) -> SafeString:
    """Return HTML whose links begin with `base` where they began with our root."""
    cleaned = nh3.clean(
        html,
        tags=TAGS,
        attributes=ATTRIBUTES,
        url_schemes=rendering.SCHEMES,
        url_relative=lambda url: urljoin(base, url),
        link_rel=None,
    )
    return mark_safe(cleaned)  # noqa: S308 (by nh3)


def linked_paths(html: str) -> list[str]:
    """Return the paths on our own site that a fragment links to, in order, each once."""
    found: dict[str, None] = {}

    def note(url: str) -> None:
        if not urlsplit(url).netloc:
            found[urlsplit(url).path] = None

    nh3.clean(html, tags={"a"}, attributes={"a": {"href"}}, url_relative=note)
    return list(found)
