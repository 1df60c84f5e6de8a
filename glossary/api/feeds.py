"""Atom feeds. Addresses in them begin with SITE_URL, never with the host of the request."""

import re
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
from glossary.api.newest_changes import TermChange, newest_changes
from glossary.models import Term
from glossary.terms.timeline import Event, term_events

NEWEST = 50
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


class TermsFeed(SiteFeed[TermChange, Any]):
    subject = "terms"
    subtitle = "New terms of the glossary, and definitions that were changed."

    def link(self) -> str:
        return absolute(reverse("glossary:index"))

    def feed_url(self) -> str:
        return absolute(reverse("glossary:terms_feed"))

    def items(self) -> list[TermChange]:
        return newest_changes()

    def item_title(self, item: TermChange) -> str:
        return without_controls(item.term.headword)

    def item_description(self, item: TermChange) -> str:
        before = f" (Before: “{item.definition_before}”)" if item.definition_before else ""
        return escape(without_controls(item.term.definition + before))

    def item_link(self, item: TermChange) -> str:
        return absolute(item.term.get_absolute_url())

    def item_guid(self, item: TermChange) -> str:
        """Return a tag URI that stays when the address changes, so the entry is updated."""
        return tag_uri(item.term.created_at.date(), f"term/{item.term.pk}")

    def item_updateddate(self, item: TermChange) -> datetime:
        return item.changed_at

    def item_pubdate(self, item: TermChange) -> datetime:
        return item.term.created_at

    def item_categories(self, item: TermChange) -> list[str]:
        return [without_controls(item.term.category.name)]


class TermFeed(SiteFeed[tuple[Term, Event], Term]):
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

    def items(self, obj: Term) -> list[tuple[Term, Event]]:
        return [(obj, event) for event in term_events(obj)[:NEWEST]]

    def item_title(self, item: tuple[Term, Event]) -> str:
        return without_controls(item[1].title)

    def item_description(self, item: tuple[Term, Event]) -> str:
        event = item[1]
        said = f"Before: “{event.before}” Now: “{event.after}”" if event.before else event.after
        return escape(without_controls(said or event.note))

    def item_link(self, item: tuple[Term, Event]) -> str:
        term, event = item
        return absolute(event.path) if event.path else f"{self.link(term)}#{event.anchor}"

    def item_guid(self, item: tuple[Term, Event]) -> str:
        term, event = item
        return tag_uri(event.day, f"term/{term.pk}/{event.ref}")

    def item_updateddate(self, item: tuple[Term, Event]) -> datetime:
        return item[1].at

    def item_pubdate(self, item: tuple[Term, Event]) -> datetime:
        return item[1].at


terms_feed = TermsFeed()
term_feed = TermFeed()
