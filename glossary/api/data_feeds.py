"""Feeds of data: what came or was withdrawn, of all series or of one, and what is expected."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest

from glossary.api.feeds import NEWEST, EntryFeed, FeedEntry, tag_uri, without_controls
from glossary.models import Release, Series, WithdrawnRelease
from glossary.series.calendar import ExpectedRelease, expected_releases
from glossary.series.contents import RELEASE_KINDS
from glossary.series.downloads import series_address
from glossary.values.expectations import State
from glossary.values.periods import day_label


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
    State.OVERDUE: "overdue since {}",
    State.STALE: "out of date, newer values were expected on {}",
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
    return _newest(
        [
            *map(release_news, releases.order_by("-imported_at", "-pk")[:NEWEST]),
            *map(withdrawal_news, gone.order_by("-withdrawn_at", "-pk")[:NEWEST]),
        ]
    )


def _newest(entries: list[FeedEntry]) -> list[FeedEntry]:
    return sorted(entries, key=lambda entry: entry.at, reverse=True)[:NEWEST]


class ReleasesFeed(EntryFeed):
    subject = "data"
    subtitle = "Every release of every series: what is new and what was revised or withdrawn."
    page, own = "glossary:data", "glossary:data_feed"

    def items(self) -> list[FeedEntry]:
        return data_news()


class SeriesFeed(EntryFeed):
    """The releases of one series, and what was withdrawn of them."""

    def get_object(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Series:
        series: Series = kwargs["series"]
        return series

    def title(self, obj: Series) -> str:
        return without_controls(f"{settings.SITE_NAME}: {obj.title}")

    def subtitle(self, obj: Series) -> str:
        return without_controls(obj.description)

    def link(self, obj: Series) -> str:
        return series_address(obj)

    def feed_url(self, obj: Series) -> str:
        return series_address(obj, "atom")

    def feed_guid(self, obj: Series) -> str:
        return tag_uri(obj.created_at.date(), f"series/{obj.pk}/releases")

    def items(self, obj: Series) -> list[FeedEntry]:
        return data_news(obj)


class CalendarFeed(EntryFeed):
    """One entry for each expected release; it is updated when the release is due, late or stale."""

    subject = "release calendar"
    subtitle = "When new numbers are expected, and which are late."
    page, own = "glossary:calendar", "glossary:calendar_atom"

    def items(self) -> list[FeedEntry]:
        return _newest([expectation_news(each) for each in expected_releases()])


releases_feed = ReleasesFeed()
series_feed = SeriesFeed()
calendar_feed = CalendarFeed()
