"""Atom feeds of terms and data, and expected releases as a calendar that programs subscribe to.

Addresses in them begin with SITE_URL, never with the host of the request.
"""

import re
from collections.abc import Iterable, Iterator
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
from glossary.models import Release, Series, Term, WithdrawnRelease
from glossary.series.contents import RELEASE_KINDS
from glossary.series.downloads import series_address
from glossary.series.freshness import ExpectedRelease, expected_releases
from glossary.terms.timeline import Event, term_events, versions_read
from glossary.values.expectations import State
from glossary.values.periods import day_label

NEWEST = 50
# How many versions are read to find the changed terms: one may have been reworded several times.
VERSIONS_READ = NEWEST * 4
# Characters outside XML 1.0 (production 2), and lone surrogates, which UTF-8 cannot encode.
UNPRINTABLE = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
MOST_OCTETS = 75  # of a line (RFC 5545, 3.1)


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


# --- terms ---


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


# --- data: what came or was withdrawn, and what is expected ---


def _entry(series: Series, title: str, **parts: Any) -> FeedEntry:
    return FeedEntry(f"{series.title}: {title}", category=series.category.name, **parts)


def release_news(release: Release) -> FeedEntry:
    return _entry(
        release.series,
        RELEASE_KINDS[Release.Kind(release.kind)].lower(),
        text=" ".join(filter(None, [release.summary, release.note])),
        at=release.imported_at,
        # Two releases of one day share an address.
        ref=tag_uri(release.released_on, f"release/{release.pk}"),
        address=series_address(release.series, "", release.released_on),
    )


def withdrawal_news(gone: WithdrawnRelease) -> FeedEntry:
    return _entry(
        gone.series,
        f"release of {day_label(gone.released_on)} withdrawn",
        text=gone.reason,
        at=gone.withdrawn_at,
        ref=tag_uri(gone.released_on, f"withdrawal/{gone.pk}"),
        address=f"{series_address(gone.series)}#revisions",
    )


EXPECTED = {
    State.FRESH: "expected on {}",
    State.DUE: "expected on {}, not here yet",
    State.OVERDUE: "late, expected on {}",
    State.STALE: "still late, expected on {}",
}


def expectation_news(expected: ExpectedRelease) -> FeedEntry:
    series, release = expected.series, expected.after
    return _entry(
        series,
        EXPECTED[expected.state].format(day_label(expected.on)),
        text=series.description,
        at=expected.told_at,
        ref=tag_uri(series.created_at.date(), f"series/{series.pk}/after/{release.pk}"),
        address=series_address(series),
    )


def data_news(series: Series | None = None) -> list[FeedEntry]:
    """Return the newest news of one series or all. A release imported today may be of last year."""
    wanted: dict[str, Any] = {"series": series} if series else {}
    of_series = "series__source", "series__category"
    releases = Release.objects.select_related(*of_series).filter(**wanted)
    gone = WithdrawnRelease.objects.select_related(*of_series).filter(
        series__current_release__isnull=False, **wanted
    )
    came = map(release_news, releases.order_by("-imported_at", "-pk")[:NEWEST])
    return _newest([*came, *map(withdrawal_news, gone.order_by("-withdrawn_at", "-pk")[:NEWEST])])


def _newest(entries: list[FeedEntry]) -> list[FeedEntry]:
    return sorted(entries, key=lambda entry: entry.at, reverse=True)[:NEWEST]


def releases_feed() -> HttpResponse:
    return atom(
        "data",
        "Every release of every series: what is new and what was revised or withdrawn.",
        data_news(),
        page=reverse("glossary:data"),
        own=reverse("glossary:data_feed"),
    )


def series_feed(series: Series) -> HttpResponse:
    return atom(
        series,
        series.description,
        data_news(series),
        page=series.get_absolute_url(),
        own=reverse("glossary:series_atom", args=[series.slug]),
        ref=tag_uri(series.created_at.date(), f"series/{series.pk}/releases"),
    )


def calendar_feed() -> HttpResponse:
    """Answer with an entry for each expected release, updated when it is due and when late."""
    return atom(
        "release calendar",
        "When new numbers are expected, and which are late.",
        _newest([expectation_news(each) for each in expected_releases()]),
        page=reverse("glossary:calendar"),
        own=reverse("glossary:calendar_atom"),
    )


# --- iCalendar (RFC 5545) ---
# Events take whole days and block no time. Nothing in the file depends on the moment of the
# request, so it is the same bytes until something changes.


def calendar_file(expected: Iterable[ExpectedRelease]) -> str:
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        f"PRODID:-//{_host()}//Release calendar//EN",
        f"NAME:{_text(f'{settings.SITE_NAME}: releases of data')}",
        *(line for each in expected for line in _event(each)),
        "END:VCALENDAR",
    ]
    return "".join(f"{_folded(line)}\r\n" for line in lines)


def _event(expected: ExpectedRelease) -> Iterator[str]:
    series = expected.series
    yield "BEGIN:VEVENT"
    # The slug of a series never changes, and each release is followed by another one.
    yield f"UID:{series.slug}-after-{expected.after.released_on}@{_host()}"
    changed_at = max(expected.after.imported_at, series.updated_at).astimezone(UTC)
    yield f"DTSTAMP:{changed_at:%Y%m%dT%H%M%SZ}"
    yield f"DTSTART;VALUE=DATE:{expected.on:%Y%m%d}"
    yield f"SUMMARY:{_text(f'{series.title}: new values expected')}"
    yield f"DESCRIPTION:{_text(f'{series.source.publisher}. {series.description}')}"
    yield f"CATEGORIES:{_text(series.category.name)}"
    yield f"URL:{series_address(series)}"
    yield "STATUS:TENTATIVE"
    yield "TRANSP:TRANSPARENT"
    yield "END:VEVENT"


def _host() -> str:
    return urlsplit(settings.SITE_URL).hostname or ""


def _text(text: str) -> str:
    """Escape a TEXT value (RFC 5545, 3.3.11)."""
    text = without_controls(text).replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")
    return "\\n".join(text.splitlines())


def _folded(line: str) -> str:
    """Break a line so that no part has more octets than allowed, nor half a letter."""
    parts, used = [""], 0
    for letter in line:
        size = len(letter.encode())
        if used + size > MOST_OCTETS:
            parts.append(" ")
            used = 1
        parts[-1] += letter
        used += size
    return "\r\n".join(parts)
