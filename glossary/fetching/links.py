"""Finds the newest file in a list of files: a web page, a directory listing, or JSON.

For publishers who give each release a new file name. What a name says is in a pattern, such as
AI_Diffusion_Q{quarter}{year}*.csv, which the end of an address must fit, from a slash on.
"""

import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any
from urllib.parse import quote, urldefrag, urljoin

from glossary.fetching.connecting import KEPT
from glossary.fetching.errors import NoLink

# Placeholders, the larger first: of two files the one with the greater numbers is newer.
NUMBERS = {
    "year": "[0-9]{4}",
    "quarter": "[1-4]",
    "month": "[0-9]{2}",
    "day": "[0-9]{2}",
    "number": "[0-9]{1,9}",
}
PART = re.compile(r"\{([^{}]*)\}|(\*)")
MOST_STARS = 1  # with more a long address can be tried in too many ways


class BadPattern(ValueError):
    """The pattern cannot be read; the message says what to write."""


def read_pattern(pattern: str) -> re.Pattern[str]:
    """Return the pattern as a regular expression for the end of an address. Raises BadPattern."""
    known = ", ".join(f"{{{name}}}" for name in NUMBERS)
    parts, at, named = [], 0, set[str]()
    for found in PART.finditer(pattern):
        name = found[1]
        if name is not None and name not in NUMBERS:
            raise BadPattern(f"{{{name}}} is not known. Known: {known}, and * for other letters.")
        parts.append(_quoted(pattern[at : found.start()]))
        at = found.end()
        if name is None:
            parts.append("[^/]*?")  # the shortest: all digits belong to the number behind it
        else:
            parts.append(f"(?P={name})" if name in named else f"(?P<{name}>{NUMBERS[name]})")
            named.add(name)
    if not named or pattern.count("*") > MOST_STARS:
        raise BadPattern(f"write the end of the address with one of {known}; * once.")
    return re.compile("".join(parts) + _quoted(pattern[at:]))


def _quoted(text: str) -> str:
    return re.escape(quote(text, safe=KEPT))


def newest_link(content: bytes, base: str, pattern: str) -> str:
    """Return the newest fitting address of the list at `base`.

    Raises NoLink when none fits, or two that are as new.
    """
    expression, depth = read_pattern(pattern), pattern.count("/") + 1
    found: dict[tuple[int, ...], set[str]] = {}
    for address in _addresses(content.decode("utf-8", "replace"), base):
        if match := expression.fullmatch("/".join(address.split("/")[-depth:])):
            numbers = match.groupdict()
            key = tuple(int(numbers.get(name) or 0) for name in NUMBERS)
            found.setdefault(key, set()).add(address)
    if not found:
        raise NoLink(f"No address in the list at {base} ends like {pattern}. Look at the list.")
    newest = sorted(found[max(found)])
    if len(newest) > 1:
        raise NoLink(
            f"{len(newest)} addresses in the list at {base} fit {pattern} and are as new, such as"
            f" {newest[0]} and {newest[1]}. Write more of the address that is meant."
        )
    return newest[0]


def _addresses(text: str, base: str) -> Iterator[str]:
    """Yield what a list links to, whole and without a fragment."""
    page = _Page()  # whose links may start from another address
    if text.lstrip("\ufeff \t\r\n")[:1] in ("[", "{"):
        try:
            page.links = list(_strings(json.loads(text.lstrip("\ufeff"))))
        except (ValueError, RecursionError) as error:
            raise NoLink("The list is not JSON that can be read.") from error
    else:
        try:
            page.feed(text)
        except AssertionError as error:  # of a marked section that the parser does not know
            raise NoLink("The list is not HTML that can be read.") from error
    for link in page.links:
        try:
            address = urljoin(urljoin(base, page.base), link.strip())
            yield quote(urldefrag(address)[0], safe=KEPT)
        except ValueError:
            continue


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list | dict):
        for each in value.values() if isinstance(value, dict) else value:
            yield from _strings(each)


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.base = ""
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        address = dict(attrs).get("href")
        if tag == "base":
            self.base = self.base or address or ""
        elif tag == "a" and address:
            self.links.append(address)
