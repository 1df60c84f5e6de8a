"""Feeds of data: what came or was withdrawn, of all series or of one, and what is expected."""

from typing import Any

from django.http import HttpResponse
from django.urls import reverse

from glossary.api.feeds import NEWEST, FeedEntry, atom, tag_uri
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
    return _newest(
        [
            *map(release_news, releases.order_by("-imported_at", "-pk")[:NEWEST]),
            *map(withdrawal_news, gone.order_by("-withdrawn_at", "-pk")[:NEWEST]),
        ]
    )


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
    """Answer with the releases of one series, and what was withdrawn of them."""
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
