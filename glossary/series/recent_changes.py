"""The series that changed last, for the front page."""

from dataclasses import dataclass
from datetime import date
from functools import cached_property, partial
from hashlib import sha256
from typing import Any

from django.core.cache import cache
from django.utils import timezone

from glossary.models import Series
from glossary.models.prepared import prepared
from glossary.series.contents import Entry, Glance, entry_of, glances
from glossary.series.freshness import looked_since, shown_series
from glossary.series.movement import Move, by_movement
from glossary.values.expectations import State

CHANGED = 5


@dataclass(frozen=True)
class RecentChanges:
    """The series that changed last; if all are stale, `stopped_on` is the day the last came."""

    slugs: list[str]
    count: int  # of all public series
    updated_this_month: int
    stopped_on: date | None

    @cached_property
    def entries(self) -> list[Entry]:
        found = {each.slug: each for each in _shown(looked_since(), *self.slugs)}
        seen = glances(found.values())
        return [entry_of(found[slug], seen[slug]) for slug in self.slugs]


_shown = prepared(lambda since, *slugs: shown_series(since).filter(slug__in=slugs))
_editions = prepared(
    lambda: (
        Series.objects.published()
        .order_by("pk")
        .values_list("current_release", "source", "updated_at")
    )
)


def recent_changes() -> RecentChanges:
    """Return the newest releases: of each publisher's day, the series that moved most.

    Stale series are shown only when all are stale. The order is computed again each day, and when a
    series or its values change.
    """
    today = timezone.localdate()
    state = sha256(f"{today}{_editions()}".encode()).hexdigest()
    found: Any = cache.get_or_set(f"changes-{state}", partial(_ranked, today), timeout=None)
    return found  # type: ignore[no-any-return]


def _ranked(today: date) -> RecentChanges:
    public = list(shown_series())
    running = [each for each in public if not each.ended_on]
    current = [each for each in running if each.state(today) != State.STALE]
    found = {each.slug: each for each in current or running}
    seen = glances(found.values())
    days = [each.current_release.released_on for each in public if each.current_release]
    month = today.replace(day=1)
    return RecentChanges(
        slugs=_newest_first(found, seen, today)[:CHANGED],
        count=len(public),
        updated_this_month=sum(day >= month for day in days),
        stopped_on=None if current else max(days, default=None),
    )


def _newest_first(found: dict[str, Any], seen: dict[str, Glance], today: date) -> list[str]:
    """Return slugs by day of release, newest first; within a day, those that moved more first.

    Of each source's day only the first counts: a publisher's five tables are one piece of news. The
    others follow at the end, for sites with few series.
    """
    moves = [
        Move(slug, each.current_release_id, seen[slug].released_on, seen[slug].movement)
        for slug, each in found.items()
    ]
    ranked = by_movement(moves, today)
    slugs = sorted(ranked, key=lambda slug: seen[slug].released_on, reverse=True)
    published = {slug: (found[slug].source_id, seen[slug].released_on) for slug in slugs}
    firsts = {published[slug]: slug for slug in reversed(slugs)}
    return sorted(slugs, key=lambda slug: firsts[published[slug]] != slug)
