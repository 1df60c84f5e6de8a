"""The newsletter as an Atom feed, for people who prefer not to give their address."""

from typing import Any

from django.core.cache import cache
from django.db.models import Max
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.template.loader import render_to_string
from django.urls import reverse

from config.site import absolute
from glossary.api.feeds import FeedEntry, atom, tag_uri, without_controls
from newsletter.issues.rendering.editions import edition
from newsletter.models import Issue, Newsletter

NEWEST = 12


def issues_feed(slug: str) -> HttpResponse:
    """Answer with the feed of a newsletter; the default one has the slug "" and needs no query."""
    found = get_object_or_404(Newsletter, slug=slug) if slug else None
    newsletter = None if found is None or found.is_default else found
    shown = Issue.objects.shown().of(newsletter.slug if newsletter else "")
    shown = shown.annotate(corrected_at=Max("corrections__found_at"))
    return atom(
        newsletter or "newsletter",
        "Every issue in full: three data points, why they matter, and their sources.",
        map(issue_entry, shown.prefetch_related("data_points")[:NEWEST]),
        page=newsletter.get_absolute_url() if newsletter else reverse("newsletter:archive"),
        own=newsletter.feed_path if newsletter else reverse("newsletter:issues_feed"),
    )


def issue_entry(issue: Any) -> FeedEntry:
    mark = f"{issue.label}: " if issue.is_sample else ""
    return FeedEntry(
        title=mark + issue.subject,
        text=issue.summary,
        at=issue.corrected_at or issue.sent_at,
        ref=issue_ref(issue),
        address=absolute(issue.get_absolute_url()),
        published_at=issue.sent_at,
        content=_full_text(issue),
    )


def issue_ref(issue: Issue) -> str:
    return tag_uri(issue.created_at.date(), f"issue/{issue.pk}")


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
