"""What a finished mail holds that has to be looked at before it goes out: links and pictures."""

from collections.abc import Callable
from html.parser import HTMLParser

from django.conf import settings

from newsletter.issues.rendering import Picture, Rendered
from newsletter.mailing import signed_links
from newsletter.mailing.placeholders import READER_LINK
from newsletter.models import Issue

# Stands where a reader's own link would: our pages answer that it is no link of theirs.
NOBODYS_LINK = "this-is-only-a-test"


def links_in(html: str) -> list[str]:
    """Return the web addresses a mail leads to, each once; not the reader's own."""
    found = _read(html).links
    return list(dict.fromkeys(link for link in found if READER_LINK not in link))


def pictures_without_words(html: str) -> list[str]:
    """Return the addresses of pictures that say nothing to those who do not see them."""
    return _read(html).silent


def path_on_this_site(address: str) -> str | None:
    """Return the path of an address of ours; None for anybody else's."""
    if address == settings.SITE_URL:
        return "/"
    if not address.startswith(f"{settings.SITE_URL}/"):
        return None
    return address.removeprefix(settings.SITE_URL).partition("#")[0].partition("?")[0]


def without_reader(part: str) -> str:
    """Return a part of the mail in which the links to leave act on nobody's subscription."""
    return part.replace(READER_LINK, NOBODYS_LINK)


def with_pictures(mail: Rendered, issue: Issue, address_of: Callable[[Picture], str]) -> str:
    """Return the HTML part with its pictures taken from elsewhere.

    A draft's pictures are shown to editors alone, and neither their mail program nor a frame
    without an origin is logged in.
    """
    html = mail.html
    page = signed_links.absolute(issue.get_absolute_url())
    for picture in mail.pictures:
        html = html.replace(f"{page}{picture.name}.png", address_of(picture))
    return html


class _Mail(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.links: list[str] = []
        self.silent: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = dict(attrs)
        if tag == "a" and _is_web(address := attributes.get("href") or ""):
            self.links.append(address)
        elif tag == "img" and not (attributes.get("alt") or "").strip():
            self.silent.append(attributes.get("src") or "a picture")


def _is_web(address: str) -> bool:
    return address.lower().startswith(("http:", "https:"))


def _read(html: str) -> _Mail:
    reader = _Mail()
    reader.feed(html)
    reader.close()
    return reader
