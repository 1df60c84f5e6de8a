"""Atom feeds. Every address in them begins with SITE_URL, whatever host was asked."""

import re
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.syndication.views import Feed
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.feedgenerator import Atom1Feed
from django.utils.html import escape

from glossary.data_pages import RELEASE_KINDS
from glossary.downloads import absolute, address
from glossary.models import Release

NEWEST = 50
# What XML 1.0 cannot hold (its production 2), and lone surrogates, which UTF-8 cannot.
UNPRINTABLE = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def without_controls(text: str) -> str:
    return UNPRINTABLE.sub("", text)


class AtomFeed(Atom1Feed):
    """Django's, but an empty feed does not say that it changes with every look at it."""

    def latest_post_date(self) -> datetime:
        if not self.items:
            return datetime(2026, 1, 1, tzinfo=UTC)
        return super().latest_post_date()


class ReleasesFeed(Feed[Release, Any]):
    feed_type = AtomFeed
    title = "AI Economy Pulse: data"
    subtitle = "Every release of every series: what is new and what was revised."
    author_name = "AI Economy Pulse"

    def link(self) -> str:
        return absolute(reverse("glossary:data"))

    def feed_url(self) -> str:
        return absolute(reverse("glossary:data_feed"))

    def items(self) -> QuerySet[Release]:
        releases = Release.objects.select_related("series__source", "series__category")
        # A release day may lie long back: what came in last is what is new to a feed's readers.
        return releases.order_by("-imported_at", "-pk")[:NEWEST]

    def item_title(self, item: Release) -> str:
        kind = RELEASE_KINDS[Release.Kind(item.kind)]
        return without_controls(f"{item.series.title}: {kind.lower()}")

    def item_description(self, item: Release) -> str:
        """Return text with its markup escaped: a feed's summary is read as HTML."""
        return escape(without_controls(" ".join(filter(None, [item.summary, item.note]))))

    def item_link(self, item: Release) -> str:
        return address(item.series, "", item)

    def item_guid(self, item: Release) -> str:
        """Two releases of one day share an address; a tag URI (RFC 4151) tells them apart."""
        host = urlsplit(settings.SITE_URL).hostname
        return f"tag:{host},{item.released_on}:release/{item.pk}"

    def item_updateddate(self, item: Release) -> datetime:
        return item.imported_at

    def item_pubdate(self, item: Release) -> datetime:
        return item.imported_at

    def item_categories(self, item: Release) -> list[str]:
        return [without_controls(item.series.category.name)]


releases_feed = ReleasesFeed()
