"""Atom feeds. Addresses in them begin with SITE_URL, never with the host of the request."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.syndication.views import Feed
from django.http import HttpRequest
from django.urls import reverse
from django.utils.feedgenerator import Atom1Feed
from django.utils.html import escape

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


class AtomFeed(Atom1Feed):
    """An Atom feed that has a fixed date when it is empty; Django would take the current time."""

    def latest_post_date(self) -> datetime:
        if not self.items:
            return datetime(2026, 1, 1, tzinfo=UTC)
        return super().latest_post_date()


class SiteFeed[I: Any, O: Any](Feed[I, O]):
    """A feed whose title begins with the site's name; `subject` is what it is about."""

    feed_type = AtomFeed
    subject = ""

    def title(self, obj: O) -> str:
        return f"{settings.SITE_NAME}: {self.subject}"

    def author_name(self) -> str:
        return settings.SITE_NAME


@dataclass(frozen=True, slots=True)
class FeedEntry:
    """An entry in plain text. `ref` is a tag URI, `at` the moment of the last change."""

    title: str
    text: str
    at: datetime
    ref: str
    address: str
    category: str = ""
    published_at: datetime | None = None  # if the entry changes


class EntryFeed(SiteFeed[FeedEntry, Any]):
    """A feed of entries; `page` and `own` name the addresses of its page and of itself."""

    page = own = ""

    def link(self, obj: Any) -> str:
        return absolute(reverse(self.page))

    def feed_url(self, obj: Any) -> str:
        return absolute(reverse(self.own))

    def item_title(self, item: FeedEntry) -> str:
        return without_controls(item.title)

    def item_description(self, item: FeedEntry) -> str:
        """Return escaped text, because feed readers take a summary as HTML."""
        return escape(without_controls(item.text))

    def item_link(self, item: FeedEntry) -> str:
        return item.address

    def item_guid(self, item: FeedEntry) -> str:
        return item.ref

    def item_updateddate(self, item: FeedEntry) -> datetime:
        return item.at

    def item_pubdate(self, item: FeedEntry) -> datetime:
        return item.published_at or item.at

    def item_categories(self, item: FeedEntry) -> list[str]:
        return [without_controls(item.category)] if item.category else []


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


class TermsFeed(EntryFeed):
    subject = "terms"
    subtitle = "New terms of the glossary, and definitions that were changed."
    page, own = "glossary:index", "glossary:terms_feed"

    def items(self) -> list[FeedEntry]:
        return newest_changes()


class TermFeed(EntryFeed):
    """The timeline of one term. An entry is an event and never changes."""

    def get_object(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Term:
        term: Term = kwargs["term"]
        return term

    def title(self, obj: Term) -> str:
        return without_controls(f"{settings.SITE_NAME}: {obj.headword}")

    def subtitle(self, obj: Term) -> str:
        return without_controls(f"What changes about “{obj.headword}”: words, data, mentions.")

    def link(self, obj: Term) -> str:
        return absolute(reverse("glossary:term_changes", args=[obj.slug]))

    def feed_url(self, obj: Term) -> str:
        return absolute(reverse("glossary:term_atom", args=[obj.slug]))

    def feed_guid(self, obj: Term) -> str:
        return tag_uri(obj.created_at.date(), f"term/{obj.pk}/changes")

    def items(self, obj: Term) -> list[FeedEntry]:
        return [term_event(obj, event) for event in term_events(obj)[:NEWEST]]


terms_feed = TermsFeed()
term_feed = TermFeed()
