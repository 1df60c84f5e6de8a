"""What a text contains that readers do not get as it was meant: pictures, addresses that lead
nowhere, Markdown where it is printed as typed.

Such a text can be published; its editor is told.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from glossary.prose.markdown.parser import parse_markdown
from glossary.prose.problems import TextProblem
from glossary.prose.rendering import SCHEMES

PICTURE = "a picture is not shown, and its description becomes a link; leave it out"
PLAIN = "Markdown is printed as it is typed here; write plain text"
NO_ADDRESS = "the link has no address"
NO_RECEIVER = "the link has no mail address; write mailto:name@example.org"
RELATIVE = "the address leads elsewhere from each page; begin it with https:// or /"
NO_HEADING = "no part of the page has this name; headings have none"
# A text without one of these has no link and no other mark.
LINK_MARKS = re.compile(r"\]\s?[(\[:]|<\w")
MARKS = re.compile(r"[*_`~\[<{#>|]|^\s*[-+=\d]")
PLAIN_BLOCKS = {"paragraph_open", "inline", "paragraph_close"}
PLAIN_PARTS = {"text", "softbreak"}


@dataclass(frozen=True, slots=True)
class WrittenLink:
    """A Markdown link and the line it is in."""

    line: int
    address: str
    is_picture: bool = False


def written_links(text: str) -> Iterator[WrittenLink]:
    """Yield the links of a Markdown text, also of its pictures, which are shown as links."""
    for block in parse_markdown(text) if LINK_MARKS.search(text) else ():
        line, before = (block.map[0] if block.map else 0) + 1, ""
        for token in block.children or ():
            if token.type == "link_open" and "href" in token.attrs:
                yield WrittenLink(line, str(token.attrs["href"]), before.endswith("!"))
            line += token.type in ("softbreak", "hardbreak")
            before = token.content


def fault_of(link: WrittenLink, anchors: frozenset[str] = frozenset()) -> str:
    """Return why a link does not work, or "". `anchors` are the names of parts of its page.

    Whether its page exists is not asked here.
    """
    address = link.address
    if link.is_picture or not address:
        return PICTURE if link.is_picture else NO_ADDRESS
    if address.startswith("#"):
        return "" if address[1:] in anchors else NO_HEADING
    try:
        parts = urlsplit(address)
    except ValueError:
        return f"{address} is not a whole address"
    if not parts.scheme:
        return "" if address.startswith("/") else RELATIVE
    if parts.scheme not in SCHEMES:
        return f"{parts.scheme}: is no address of the web, so the link is shown without one"
    if parts.scheme == "mailto":
        return "" if "@" in parts.path else NO_RECEIVER
    return "" if parts.hostname else f"{address} is not a whole address"


def link_faults(text: str) -> tuple[TextProblem, ...]:
    """List the links and pictures of a text that cannot work on any page."""
    found = ((link, fault_of(link)) for link in written_links(text))
    return tuple(fault(link, why) for link, why in found if why)


def fault(link: WrittenLink, why: str) -> TextProblem:
    return TextProblem(link.line, link.address, f"{link.address or '[…]()'}: {why}.")


def has_marks(text: str) -> bool:
    """Return whether a text that is printed as typed has Markdown."""
    return MARKS.search(text) is not None and any(
        block.type not in PLAIN_BLOCKS
        or any(part.type not in PLAIN_PARTS for part in block.children or ())
        for block in parse_markdown(text)
    )
