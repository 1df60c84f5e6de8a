"""Prepares our own frozen HTML for mail programs and feed readers, as HTML and as plain text.

The text knows the tags that glossary.prose produces. Links get numbers, and their addresses follow
on lines of their own, because mail programs cut off an address that is broken over two lines.
"""

import re
import textwrap
from collections.abc import Iterator
from functools import partial
from html.parser import HTMLParser
from itertools import count, repeat
from urllib.parse import urljoin, urlsplit

import nh3
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from glossary.prose import rendering

# Mail programs do not support these tags; their content is kept.
UNKNOWN_TO_MAIL = {"data", "div"}
TAGS = rendering.TAGS - UNKNOWN_TO_MAIL
ATTRIBUTES = {"a": {"href"}, "ol": {"start"}, "td": {"class"}, "th": {"class", "scope"}}
WIDTH = 72
SPACES = re.compile(r"[ \t\r\n]+")  # not the no-break space
LINE_BREAK = "\v"
BLOCKS = {"p", "h2", "h3", "h4", "blockquote", "ul", "ol", "li", "pre", "table", "tr", "hr"}
# No empty line between two of these.
TIGHT = {"li", "tr"}
RULE = "* * *"


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


def as_plain_text(html: str, base: str) -> str:
    """Return a fragment's text wrapped at 72 columns; `base` completes relative links."""
    reader = _Reader(base)
    reader.feed(html)
    reader.close()
    return reader.text


class _Reader(HTMLParser):
    def __init__(self, base: str) -> None:
        super().__init__()
        self._base = base
        self._out = self._href = self._marker = ""
        self._inline: list[str] = []
        self._links: dict[str, int] = {}
        self._markers: list[Iterator[str]] = []  # of the items of each open list
        self._quotes = 0
        self._is_tight = self._is_pre = False

    @property
    def text(self) -> str:
        self._flush()
        addresses = "\n".join(f"[{n}] {link}" for link, n in self._links.items())
        return "\n\n".join(filter(None, [self._out, addresses]))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag in BLOCKS:
            self._flush()
            self._is_pre = tag == "pre"
        match tag:
            case "ol":
                self._markers.append(f"{n}. " for n in count(int(given.get("start") or 1)))
            case "ul":
                self._markers.append(repeat("- "))
            case "li":
                self._marker = next(self._markers[-1])
                self._is_tight = self._is_tight or len(self._markers) > 1
            case "blockquote":
                self._quotes += 1
            case "hr":
                self._inline.append(RULE)
            case "a":
                self._href = urljoin(self._base, given.get("href") or "")
            case "data":
                self._href = ""  # figures link to their series; in text that is too many links
            case "sup":
                self._inline.append("^")
            case "br":
                self._inline.append(LINE_BREAK)
            case "td" | "th" if self._inline:
                self._inline.append(" | ")

    def handle_endtag(self, tag: str) -> None:
        if tag in BLOCKS:
            self._flush()
            self._is_tight, self._is_pre = tag in TIGHT, False
        if tag in ("ol", "ul"):
            self._markers.pop()
        elif tag == "blockquote":
            self._quotes -= 1
        elif tag == "a" and self._href:
            number = self._links.setdefault(self._href, len(self._links) + 1)
            self._inline.append(f" [{number}]")
            self._href = ""

    def handle_data(self, data: str) -> None:
        # White space between two blocks has no meaning.
        if self._inline or data.strip():
            self._inline.append(data)

    def _flush(self) -> None:
        """Append the block that was read to the output."""
        read, self._inline = "".join(self._inline), []
        if not read.strip():
            return
        indent = "> " * self._quotes + "   " * len(self._markers)
        first = indent[: len(indent) - 3] + self._marker.rjust(3) if self._marker else indent
        if self._is_pre:
            block = textwrap.indent(read.strip("\n"), indent)
        else:
            # Addresses stay whole.
            fill = partial(textwrap.fill, break_long_words=False, break_on_hyphens=False)
            lines = [SPACES.sub(" ", line).strip() for line in read.split(LINE_BREAK)]
            starts = [first, *[indent] * (len(lines) - 1)]
            block = "\n".join(
                fill(line, WIDTH, initial_indent=start, subsequent_indent=indent)
                for line, start in zip(lines, starts, strict=True)
            )
        gap = ("\n" if self._is_tight else "\n\n") if self._out else ""
        self._out += gap + block
        self._marker, self._is_tight = "", False
