"""Feeds of data: what came or was withdrawn, of all series or of one, and what is expected."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import escape

from config.site import absolute
from glossary.api.feeds import NEWEST, SiteFeed, tag_uri, without_controls
from glossary.models import Release, Series, WithdrawnRelease
from glossary.series.calendar import ExpectedRelease, expected_releases
from glossary.series.contents import RELEASE_KINDS
from glossary.series.downloads import series_address
from glossary.values.expectations import State
from glossary.values.periods import day_label


@dataclass(frozen=True, slots=True)
class DataNews:
    """A release of a series, its withdrawal, or what is expected next. `ref` never changes."""

    series: Series
    title: str
    text: str
    at: datetime
    ref: str
    address: str


def release_news(release: Release) -> DataNews:
    return DataNews(
        series=release.series,
        title=RELEASE_KINDS[Release.Kind(release.kind)].lower(),
        text=" ".join(filter(None, [release.summary, release.note])),
        at=release.imported_at,
        # Two releases of one day share an address.
        ref=tag_uri(release.released_on, f"release/{release.pk}"),
        address=series_address(release.series, "", release.released_on),
    )


def withdrawal_news(gone: WithdrawnRelease) -> DataNews:
    return DataNews(
        series=gone.series,
        title=f"release of {day_label(gone.released_on)} withdrawn",
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


def expectation_news(expected: ExpectedRelease) -> DataNews:
    series, release = expected.series, expected.after
    return DataNews(
        series=series,
        title=EXPECTED[expected.state].format(day_label(expected.on)),
        text=series.description,
        at=expected.told_at,
        ref=tag_uri(series.created_at.date(), f"series/{series.pk}/after/{release.pk}"),
        address=series_address(series),
    )


def data_news(series: Series | None = None) -> list[DataNews]:
    """Return the newest news of one series or all. A release imported today may be of last year."""
    wanted: dict[str, Any] = {"series": series} if series else {}
    of_series = "series__source", "series__category"
    releases = Release.objects.select_related(*of_series).filter(**wanted)
    gone = WithdrawnRelease.objects.select_related(*of_series).filter(
        series__current_release__isnull=False, **wanted
    )
    found = [
        *map(release_news, releases.order_by("-imported_at", "-pk")[:NEWEST]),
        *map(withdrawal_news, gone.order_by("-withdrawn_at", "-pk")[:NEWEST]),
    ]
    return sorted(found, key=lambda news: news.at, reverse=True)[:NEWEST]


class DataFeed(SiteFeed[DataNews, Any]):
    """What all feeds say of a piece of news."""

    def item_title(self, item: DataNews) -> str:
        return without_controls(f"{item.series.title}: {item.title}")

    def item_description(self, item: DataNews) -> str:
        """Return escaped text, because feed readers take a summary as HTML."""
        return escape(without_controls(item.text))

    def item_link(self, item: DataNews) -> str:
        return item.address

    def item_guid(self, item: DataNews) -> str:
        return item.ref

    def item_updateddate(self, item: DataNews) -> datetime:
        return item.at

    def item_pubdate(self, item: DataNews) -> datetime:
        return item.at

    def item_categories(self, item: DataNews) -> list[str]:
        return [without_controls(item.series.category.name)]


class ReleasesFeed(DataFeed):
    subject = "data"
    subtitle = "Every release of every series: what is new and what was revised or withdrawn."

    def link(self) -> str:
        return absolute(reverse("glossary:data"))

    def feed_url(self) -> str:
        return absolute(reverse("glossary:data_feed"))

    def items(self) -> list[DataNews]:
        return data_news()


class SeriesFeed(DataFeed):
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

    def items(self, obj: Series) -> list[DataNews]:
        return data_news(obj)


class CalendarFeed(DataFeed):
    """One entry for each expected release; it is updated when the release is due, late or stale."""

    subject = "release calendar"
    subtitle = "When new numbers are expected, and which are late."

    def link(self) -> str:
        return absolute(reverse("glossary:calendar"))

    def feed_url(self) -> str:
        return absolute(reverse("glossary:calendar_atom"))

    def items(self) -> list[DataNews]:
        found = map(expectation_news, expected_releases())
        return sorted(found, key=lambda news: news.at, reverse=True)[:NEWEST]


releases_feed = ReleasesFeed()
series_feed = SeriesFeed()
calendar_feed = CalendarFeed()
