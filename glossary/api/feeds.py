"""Atom feeds. Addresses in them begin with SITE_URL, never with the host of the request."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpResponse
from django.urls import reverse
from django.utils.feedgenerator import Atom1Feed
from django.utils.html import escape
from django.utils.http import http_date

from config.site import absolute
from glossary.models import Term
from glossary.terms.timeline import Event, term_events, versions_read

NEWEST = 50
# How many versions are read to find the changed terms: one may have been reworded several times.
VERSIONS_READ = NEWEST * 4
# Characters outside XML 1.0 (production 2), and lone surrogates, which UTF-8 cannot encode.
UNPRINTABLE = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def without_controls(text: str) -> str:
    return UNPRINTABLE.sub("", text)


def tag_uri(day: date, name: str) -> str:
    """Return a tag URI (RFC 4151), a permanent identifier that no change of address affects."""
    return f"tag:{urlsplit(settings.SITE_URL).hostname},{day}:{name}"


@dataclass(frozen=True, slots=True)
class FeedEntry:
    """An entry in plain text. `ref` is a tag URI, `at` the moment of the last change; `content` is
    HTML of the whole text.
    """

    title: str
    text: str
    at: datetime
    ref: str
    address: str
    category: str = ""
    published_at: datetime | None = None  # if the entry changes
    content: str = ""


class AtomFeed(Atom1Feed):
    """An Atom feed that has a fixed date when it is empty; Django would take the current time."""

    def latest_post_date(self) -> datetime:
        if not self.items:
            return datetime(2026, 1, 1, tzinfo=UTC)
        return super().latest_post_date()

    def add_item_elements(self, handler: Any, item: dict[str, Any]) -> None:
        """Add an entry, with its whole text if it has one (RFC 4287, 4.1.3)."""
        super().add_item_elements(handler, item)
        if item["content"]:
            handler.addQuickElement("content", item["content"], {"type": "html"})


def atom(
    subject: object,
    subtitle: str,
    entries: Iterable[FeedEntry],
    *,
    page: str,
    own: str,
    ref: str | None = None,
) -> HttpResponse:
    """Answer with a feed. `page` and `own` are the paths or addresses of its page and of itself,
    `ref` is its permanent identifier if that is not the address of its page.
    """
    feed = AtomFeed(
        without_controls(f"{settings.SITE_NAME}: {subject}"),
        absolute(page),
        description=None,
        subtitle=without_controls(subtitle),
        language=settings.LANGUAGE_CODE,
        author_name=settings.SITE_NAME,
        feed_url=absolute(own),
        feed_guid=ref,
    )
    for entry in entries:
        feed.add_item(
            without_controls(entry.title),
            entry.address,
            escape(without_controls(entry.text)),  # feed readers take a summary as HTML
            unique_id=entry.ref,
            pubdate=entry.published_at or entry.at,
            updateddate=entry.at,
            categories=[without_controls(entry.category)] if entry.category else (),
            content=entry.content,
        )
    changed_at = http_date(feed.latest_post_date().timestamp())
    return HttpResponse(
        feed.writeString("utf-8"),
        content_type=feed.content_type,
        headers={"Last-Modified": changed_at},
    )


def newest_changes() -> list[FeedEntry]:
    """Return the last change of each published term, newest first, in two queries.

    A new headword or definition and the first publication count. Edits of the explanation, new
    aliases, reviews and later publications do not.
    """
    published = Term.objects.published()
    history = Term.history.filter(id__in=published.values("pk"))
    versions = list(versions_read(history, "headword", "definition")[:VERSIONS_READ])
    known = published.select_related("category").in_bulk({version.id for version in versions})
    changes: dict[int, FeedEntry] = {}
    for version in versions:
        if version.id in known and version.id not in changes:
            before = version.definition_before or ""
            told = "" if before == version.definition else before
            changes[version.id] = changed_term(known[version.id], version.history_date, told)
    return list(changes.values())[:NEWEST]


def changed_term(term: Term, at: datetime, definition_before: str = "") -> FeedEntry:
    """Return the entry of a term, which is updated with each change of its words."""
    before = f" (Before: “{definition_before}”)" if definition_before else ""
    return FeedEntry(
        title=term.headword,
        text=term.definition + before,
        at=at,
        ref=tag_uri(term.created_at.date(), f"term/{term.pk}"),
        address=absolute(term.get_absolute_url()),
        category=term.category.name,
        published_at=term.created_at,
    )


def term_event(term: Term, event: Event) -> FeedEntry:
    changes = absolute(reverse("glossary:term_changes", args=[term.slug]))
    said = f"Before: “{event.before}” Now: “{event.after}”" if event.before else event.after
    return FeedEntry(
        title=event.title,
        text=said or event.note,
        at=event.at,
        ref=tag_uri(event.day, f"term/{term.pk}/{event.ref}"),
        address=absolute(event.path) if event.path else f"{changes}#{event.anchor}",
    )


def terms_feed() -> HttpResponse:
    return atom(
        "terms",
        "New terms of the glossary, and definitions that were changed.",
        newest_changes(),
        page=reverse("glossary:index"),
        own=reverse("glossary:terms_feed"),
    )


def term_feed(term: Term) -> HttpResponse:
    """Answer with the timeline of one term. An entry is an event and never changes."""
    return atom(
        term,
        f"What changes about “{term.headword}”: words, data, mentions.",
        [term_event(term, event) for event in term_events(term)[:NEWEST]],
        page=reverse("glossary:term_changes", args=[term.slug]),
        own=reverse("glossary:term_atom", args=[term.slug]),
        ref=tag_uri(term.created_at.date(), f"term/{term.pk}/changes"),
    )
