"""Follow every link of our own pages and feeds that leads to our own site."""

import urllib.error
import urllib.request
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import urljoin

from lxml import html


class NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *args, **kwargs) -> None:
        return None


def broken(site: str, files: Iterable[tuple[str, Path]]) -> list[str]:
    """Return a line for each linked address that does not answer 200; `files` by their address."""
    linking = defaultdict(set)
    for address, file in files:
        for link in links(file.read_bytes(), address):
            if link.startswith(f"{site}/"):
                linking[link].add(address)
    opener = urllib.request.build_opener(NoRedirect)
    answers = {link: status(opener, link) for link in sorted(linking)}
    return [
        f"{link} answers {answer}, linked from {min(linking[link])}"
        for link, answer in answers.items()
        if answer != 200
    ]


def links(content: bytes | str, address: str) -> set[str]:
    """Return what a page or a feed links to and loads, without fragments, with texts in a feed."""
    tree = html.fromstring(content)
    found = {
        urljoin(address, link).partition("#")[0]
        for link in tree.xpath("//@href | //@src")
        if not link.startswith("#")
    }
    inside = [text for text in tree.xpath("//content/text() | //summary/text()") if "<" in text]
    return found.union(*(links(text, address) for text in inside))


def status(opener: urllib.request.OpenerDirector, link: str) -> int:
    try:
        with opener.open(link) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code
