"""The sitemap: pages with the time of their last change (sitemaps.org 0.9).

Django's framework takes the host from the request or contrib.sites; ours is SITE_URL.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from xml.sax.saxutils import escape

from django.urls import reverse

from config.registry import Registry
from config.site import absolute

MOST = 50_000  # the protocol's limit for one file
SCHEMA = "http://www.sitemaps.org/schemas/sitemap/0.9"


@dataclass(frozen=True, slots=True)
class SitemapPage:
    """A path and the time of its last change; None when unknown."""

    path: str
    changed_at: datetime | None = None


# Functions that yield an app's public pages.
SITEMAP_SOURCES = Registry[Callable[[], Iterable[SitemapPage]]]()


def own_pages() -> Iterator[SitemapPage]:
    yield from (SitemapPage(reverse(name)) for name in ("about", "privacy"))


def all_pages() -> list[SitemapPage]:
    """Return the pages in the order of the sources, at most as many as one file may contain."""
    pages = [page for source in SITEMAP_SOURCES for page in source()]
    return pages[:MOST]


def as_xml(pages: Iterable[SitemapPage]) -> str:
    urls = "\n".join(map(_entry, pages))
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<urlset xmlns="{SCHEMA}">\n{urls}\n</urlset>\n'


def _entry(page: SitemapPage) -> str:
    at = page.changed_at.isoformat(timespec="seconds") if page.changed_at else ""
    changed = f"<lastmod>{at}</lastmod>" if at else ""
    return f"<url><loc>{escape(absolute(page.path))}</loc>{changed}</url>"
