"""Sent issues in the lists that programs read: the Atom feed, the sitemap, the search index."""

from collections.abc import Collection, Iterable, Iterator
from typing import Any

from django.core.cache import cache
from django.db.models import Max
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.formats import date_format

from config.site import absolute
from config.sitemap import SitemapPage
from glossary import search
from glossary.api.feeds import FeedEntry, atom, tag_uri, without_controls
from glossary.search import SearchPage
from newsletter.issues.rendering.editions import edition
from newsletter.models import Issue, Newsletter
from newsletter.models.issues import ADDRESS

NEWEST = 12
CHUNK = 200


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

    def written() -> str:
        corrections = issue.corrections.select_related("series")
        context = {"edition": edition(issue), "corrections": corrections}
        return without_controls(render_to_string("newsletter/feed_entry.html", context))

    key = f"issue-entry-{issue.pk}-{changed_at.isoformat()}"
    return str(cache.get_or_set(key, written, timeout=None))


def sitemap_issues() -> Iterator[SitemapPage]:
    """Yield archives and issues with the day of their last change: sending, or a correction."""
    issues = Issue.objects.in_archive().annotate(corrected_at=Max("corrections__found_at"))
    sent: list[Any] = list(issues.only(*ADDRESS, "sent_at"))
    newest = {each.newsletter.get_absolute_url(): each.sent_at for each in reversed(sent)}
    for path in {reverse("newsletter:archive"): None, **newest}:
        yield SitemapPage(path, newest.get(path))
    for issue in sent:
        yield SitemapPage(issue.get_absolute_url(), issue.corrected_at or issue.sent_at)


def issue_pages(refs: Collection[int] | None = None) -> Iterator[SearchPage]:
    """Yield the issues that lists show; “Issue 12” or “Data Letter, Issue 12” is an alias."""
    found = Issue.objects.shown().prefetch_related("data_points")
    chosen = found if refs is None else found.filter(pk__in=refs)
    for issue in chosen.iterator(chunk_size=CHUNK):
        day = date_format(issue.sent_on, "F j, Y") if issue.sent_on else ""
        is_plain = issue.newsletter.is_default and not issue.is_sample
        points = issue.data_points.all()
        texts = [text for point in points for text in (point.headline, point.comment)]
        yield SearchPage(
            ref=issue.pk,
            path=issue.get_absolute_url(),
            title=issue.subject,
            aliases=(issue.full_label,),
            note=day if is_plain else f"{issue.full_label}, {day}",
            definition=issue.summary,
            markdown="\n\n".join([issue.intro, *texts]),
        )


def refresh_after_commit(issues: Iterable[Issue]) -> None:
    """Bring new issues into the index, and take out samples if these are the first issues."""
    samples = Issue.objects.samples().values_list("pk", flat=True)
    search.after_commit("issue", {*samples, *(issue.pk for issue in issues)})
