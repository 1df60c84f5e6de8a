"""Whether the links in an issue work, so that no reader is the first to notice a dead one."""

from collections.abc import Iterable, Iterator
from functools import partial
from html.parser import HTMLParser

from django.db import transaction
from django.db.models import prefetch_related_objects

from glossary.fetching import link_health
from glossary.models import CheckedAddress
from glossary.tasks import check_links
from glossary.terms import own_pages
from glossary.terms.own_pages import path_on_this_site
from newsletter.issues.figure_texts import texts_of
from newsletter.mailing.signed_links import READER_LINK
from newsletter.models import Issue, Newsletter

NO_PAGE = "there is no such page on this site"


class MailReader(HTMLParser):
    """Reads in a mail the web addresses that it links to, each once, without the reader's own.

    `without_alt` are the pictures that show something and have no alternative text.
    """

    def __init__(self, html: str) -> None:
        super().__init__()
        self.links: dict[str, None] = {}
        self.without_alt: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {"href": "", "role": "", "alt": "", "src": "a picture"}
        given |= {name: value for name, value in attrs if value}
        link = given["href"]
        if tag == "a" and link.lower().startswith(("http:", "https:")) and READER_LINK not in link:
            self.links[link] = None
        elif tag == "img" and given["role"] != "presentation" and not given["alt"].strip():
            self.without_alt.append(given["src"])


def dead_links(addresses: Iterable[str], issue: Issue) -> dict[str, str]:
    """Return {address: why} of the links that do not work.

    `issue` is the one that contains the links; its own page does not exist before it is sent. Links
    to other sites are those that failed their last check: nothing is fetched, because an editor is
    waiting, and `queue_link_checks` has the worker fetch them.
    """
    ours = {each: path for each in addresses if (path := path_on_this_site(each)) is not None}
    own = issue.get_absolute_url()
    gone = {
        each: NO_PAGE
        for each, path in ours.items()
        if not (path.startswith(own) or own_pages.page_exists(path))
    }
    others = [each for each in addresses if each not in ours]
    failing = CheckedAddress.objects.failing().filter(url__in=others)
    return gone | {each.url: f"it did not answer ({each.said})" for each in failing}


def unchecked_links(addresses: Iterable[str]) -> list[str]:
    """Return the links to other sites that were never checked."""
    others = [each for each in addresses if path_on_this_site(each) is None]
    known = CheckedAddress.objects.exclude(state=CheckedAddress.State.NEW).filter(url__in=others)
    looked_at = set(known.values_list("url", flat=True))
    return [each for each in others if each not in looked_at]


def queue_link_checks(issue: Issue, *, again: bool = False) -> None:
    """Let the worker check the new links of an issue; `again`: all that no check has reached."""
    prefetch_related_objects([issue], "data_points")
    addresses = _addresses_of(issue)
    ids = link_health.take_up(addresses)
    if again:
        waiting = CheckedAddress.objects.filter(url__in=addresses, state=CheckedAddress.State.NEW)
        ids = list(waiting.values_list("pk", flat=True))
    if ids:
        transaction.on_commit(partial(check_links.enqueue, ids))


def links_of_open_issues() -> Iterator[str]:
    """Yield the links in issues that are not sent yet, for the daily link check."""
    for issue in Issue.objects.open().prefetch_related("data_points"):
        yield from _addresses_of(issue)


def _addresses_of(issue: Issue) -> set[str]:
    sources = {point.source_url for point in issue.data_points.all() if point.source_url}
    return sources.union(*map(link_health.addresses_in, texts_of(issue).values()))


def issue_exists(number: int, newsletter: str = "", **parts: str) -> bool:
    sent = Issue.objects.in_archive().filter(number=number)
    return (sent.of(newsletter) if newsletter else sent).exists()


def newsletter_exists(newsletter: str = "") -> bool:
    return not newsletter or Newsletter.objects.filter(slug=newsletter).exists()
