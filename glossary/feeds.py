"""Atom feeds. Every address in them begins with SITE_URL, whatever host was asked."""

from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.syndication.views import Feed
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.feedgenerator import Atom1Feed

from glossary.data_pages import RELEASE_KINDS
from glossary.downloads import absolute, address
from glossary.models import Release

NEWEST = 50


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
        return releases.order_by("-released_on", "-pk")[:NEWEST]

    def item_title(self, item: Release) -> str:
        kind = RELEASE_KINDS[Release.Kind(item.kind)]
        return f"{item.series.title}: {kind.lower()}"

    def item_description(self, item: Release) -> str:
        return " ".join(filter(None, [item.summary, item.note]))

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
        return [item.series.category.name]


releases_feed = ReleasesFeed()
