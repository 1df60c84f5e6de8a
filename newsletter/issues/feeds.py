"""The newsletter as an Atom feed, for people who prefer not to give their address."""

from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.cache import cache
from django.db.models import Max, QuerySet
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.html import escape

from config.site import absolute
from glossary.api.feeds import AtomFeed, SiteFeed, without_controls
from newsletter.issues.rendering.editions import edition
from newsletter.models import Issue, Newsletter

NEWEST = 12


class FullTextAtomFeed(AtomFeed):
    """Contains the full text of each entry, not only a summary (RFC 4287, 4.1.3)."""

    def add_item_elements(self, handler: Any, item: dict[str, Any]) -> None:
        super().add_item_elements(handler, item)
        handler.addQuickElement("content", item["content"], {"type": "html"})


class IssuesFeed(SiteFeed[Issue, Newsletter | None]):
    """The feed of one newsletter, with no query for the default one: there the object is None."""

    feed_type = FullTextAtomFeed
    subtitle = "Every issue in full: three data points, why they matter, and their sources."

    def get_object(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Newsletter | None:
        slug = kwargs["newsletter"]
        found = get_object_or_404(Newsletter, slug=slug) if slug else None
        return None if found is None or found.is_default else found

    def title(self, obj: Newsletter | None) -> str:
        return without_controls(f"{settings.SITE_NAME}: {obj or 'newsletter'}")

    def link(self, obj: Newsletter | None) -> str:
        return absolute(obj.get_absolute_url() if obj else reverse("newsletter:archive"))

    def feed_url(self, obj: Newsletter | None) -> str:
        return absolute(obj.feed_path if obj else reverse("newsletter:issues_feed"))

    def items(self, obj: Newsletter | None) -> QuerySet[Issue]:
        shown = Issue.objects.shown().of(obj.slug if obj else "")
        shown = shown.annotate(corrected_at=Max("corrections__found_at"))
        return shown.prefetch_related("data_points")[:NEWEST]

    def item_title(self, item: Issue) -> str:
        mark = f"{item.label}: " if item.is_sample else ""
        return without_controls(mark + item.subject)

    def item_description(self, item: Issue) -> str:
        return escape(without_controls(item.summary))

    def item_link(self, item: Issue) -> str:
        return absolute(item.get_absolute_url())

    def item_guid(self, item: Issue) -> str:
        """Return a tag URI (RFC 4151), which stays the same when the site moves to https."""
        host = urlsplit(settings.SITE_URL).hostname
        return f"tag:{host},{item.created_at.date()}:issue/{item.pk}"

    def item_pubdate(self, item: Issue) -> datetime | None:
        return item.sent_at

    def item_updateddate(self, item: Any) -> datetime | None:
        updated_at: datetime | None = item.corrected_at or item.sent_at
        return updated_at

    def item_extra_kwargs(self, item: Issue) -> dict[str, str]:
        return {"content": _full_text(item)}


def _full_text(issue: Any) -> str:
    """Return an issue's entry. Only a correction changes it, so each process renders it once."""
    changed_at = max(filter(None, (issue.updated_at, issue.corrected_at)))
    key = f"issue-entry-{issue.pk}-{changed_at.isoformat()}"
    kept: str = cache.get_or_set(key, lambda: _written(issue), timeout=None) or ""
    return kept


def _written(issue: Issue) -> str:
    corrections = issue.corrections.select_related("series")
    context = {"edition": edition(issue), "corrections": corrections}
    return without_controls(render_to_string("newsletter/feed_entry.html", context))


issues_feed = IssuesFeed()
