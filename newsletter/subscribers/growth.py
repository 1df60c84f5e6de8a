"""How many readers a newsletter has, and how that number moved."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Q, QuerySet
from django.utils import timezone

from newsletter.models import Newsletter, Subscription

WEEKS = 12
Status = Subscription.Status


@dataclass(frozen=True)
class Growth:
    """Readers who confirmed and did not leave, paused ones included.

    `gained` and `lost` are those of the last 7 days; `weeks` is (day, readers) at the end of each
    week, oldest first, the last one now.
    """

    active: int
    paused: int
    gained: int
    lost: int
    weeks: tuple[tuple[datetime, int], ...]

    @property
    def is_empty(self) -> bool:
        return not any(count for _, count in self.weeks)

    @property
    def is_drawn(self) -> bool:
        """Return whether a line is drawn: of at least four different numbers."""
        return len({count for _, count in self.weeks}) > 3

    @property
    def before(self) -> int:
        return self.weeks[0][1]

    @property
    def moved(self) -> str:
        """Return by how many readers it changed in all weeks: "+1,200" or "−3"."""
        change = self.weeks[-1][1] - self.before
        return f"{'−' if change < 0 else '+'}{abs(change):,}"


def growth(newsletter: Newsletter) -> Growth:
    """Return how many readers there are, joined and left, all counted by an index alone."""
    now = timezone.now()
    ends = [now - timedelta(weeks=weeks) for weeks in range(WEEKS + 1)]
    rows = newsletter.subscriptions.order_by()
    active = rows.filter(status=Status.ACTIVE).count()
    paused = rows.filter(status=Status.PAUSED).count()
    gained = _count_since(rows, "confirmed_at", ends)
    lost = _count_since(rows.filter(confirmed_at__isnull=False), "unsubscribed_at", ends)
    listed = active + paused
    weeks = [(end, listed - gained[n] + lost[n]) for n, end in enumerate(ends)]
    return Growth(active, paused, gained=gained[1], lost=lost[1], weeks=tuple(weeks[::-1]))


def _count_since(rows: QuerySet[Subscription], field: str, ends: list[datetime]) -> list[int]:
    """Count the rows whose time is after each end; the last end is the earliest."""
    counts = {
        f"after_{n}": Count(field, filter=Q(**{f"{field}__gt": end})) for n, end in enumerate(ends)
    }
    return list(rows.filter(**{f"{field}__gt": ends[-1]}).aggregate(**counts).values())
