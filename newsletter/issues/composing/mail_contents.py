"""The links and pictures in a finished mail, which are checked before it is sent."""

from collections.abc import Callable
from html.parser import HTMLParser

from config.site import absolute
from newsletter.issues.rendering import MailPicture, RenderedMail
from newsletter.mailing.signed_links import READER_LINK
from newsletter.models import Issue

# Takes the place of a reader's own link; our pages answer that the link is invalid.
NOBODYS_LINK = "this-is-only-a-test"


def mail_links(html: str) -> list[str]:
    """Return the web addresses that a mail links to, each once, without the reader's own links."""
    found = _read(html).links
    return list(dict.fromkeys(link for link in found if READER_LINK not in link))


def pictures_without_alt(html: str) -> list[str]:
    """Return the addresses of the pictures that show something and have no alternative text."""
    return _read(html).without_alt


def without_reader_links(part: str) -> str:
    """Replace the reader's links in a part of the mail by links that do nothing."""
    return part.replace(READER_LINK, NOBODYS_LINK)


def with_pictures(
    mail: RenderedMail, issue: Issue, address_of: Callable[[MailPicture], str]
) -> str:
    """Return the HTML part with other addresses for its pictures.

    Only editors see a draft's pictures on the site, and neither their mail program nor a frame
    without an origin is logged in.
    """
    html = mail.html
    page = absolute(issue.get_absolute_url())
    for picture in mail.pictures:
        html = html.replace(f"{page}{picture.name}.png", address_of(picture))
    return html


class _Mail(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.links: list[str] = []
        self.without_alt: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {"href": "", "role": "", "alt": "", "src": "a picture"}
        given |= {name: value for name, value in attrs if value}
        if tag == "a" and given["href"].lower().startswith(("http:", "https:")):
            self.links.append(given["href"])
        elif tag == "img" and given["role"] != "presentation" and not given["alt"].strip():
            self.without_alt.append(given["src"])


def _read(html: str) -> _Mail:
    reader = _Mail()
    reader.feed(html)
    reader.close()
    return reader
