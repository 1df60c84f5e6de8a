"""The release of a series that an address names: the newest, or as of a day (`?asof=`)."""

import re
from dataclasses import dataclass
from datetime import date, timedelta
from hashlib import sha256

from django.utils import timezone

from glossary.models import Release, Series
from glossary.models.prepared import prepared
from glossary.series.freshness import looked_since, shown_series
from glossary.series.loading import Loaded, load_release
from glossary.values.periods import day_label

ISO_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
WRITE = "Write a day as in ?asof=2026-03-01."
# Increase it when the output for a release changes: it is part of every ETag.
EDITION = 5


class Refusal(Exception):
    """The request cannot be answered; status and message say why."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


@dataclass(frozen=True)
class FoundRelease:
    """A series and the release that an address names."""

    series: Series
    release: Release
    asof: date | None = None  # the day that the address names

    @property
    def is_newest(self) -> bool:
        return self.release.pk == self.series.current_release_id

    def load(self) -> Loaded:
        return load_release(self.series, self.release)

    @property
    def stamp(self) -> str:
        """Return an identifier of this release and all metadata printed with its values."""
        series, source = self.series, self.series.source
        said = [
            EDITION, self.release.pk, self.release.checksum, series.current_release_id,
            series.updated_at, series.category.name, source.publisher, source.title, source.url,
            source.licence, source.licence_url, source.citation, source.attribution,
            source.may_redistribute, series.state(timezone.localdate()),
        ]  # fmt: skip
        return sha256("\n".join(map(str, said)).encode()).hexdigest()[:24]


def find_release(slug: str, asof: str | None) -> FoundRelease:
    """Return series and release in one or two queries, without values. Raises Refusal."""
    series = next(iter(_shown_at(looked_since(), slug)), None)
    if series is None or series.current_release is None:
        raise Refusal(404, "There is no such series.")
    if asof is None:
        return FoundRelease(series, series.current_release)
    day = read_day(asof)
    if day >= series.current_release.released_on:
        return FoundRelease(series, series.current_release, asof=day)
    release = series.releases.as_of(day).newest_first().first()
    if release is None:
        first = series.releases.earliest("released_on", "pk").released_on
        since = f"Data are here since {day_label(first)}: ?asof={first}"
        raise Refusal(404, f"On {day_label(day)} nothing had been released yet. {since}")
    return FoundRelease(series, release, asof=day)


_shown_at = prepared(lambda since, slug: shown_series(since).filter(slug=slug))


def read_day(text: str) -> date:
    """Return the day of 2026-03-01; Python would also accept 20260301. Raises Refusal."""
    try:
        day = date.fromisoformat(text if ISO_DAY.fullmatch(text) else "")
    except ValueError as error:
        raise Refusal(400, f"The day after ?asof= cannot be read. {WRITE}") from error
    # In some time zone it is already tomorrow. Later days are in the future everywhere.
    if day > timezone.localdate() + timedelta(days=1):
        raise Refusal(400, f"{day_label(day)} has not come yet, so nothing can be shown as of it.")
    return day
