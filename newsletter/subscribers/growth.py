"""How many readers a newsletter has, and how that number moved."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Q
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
    def before(self) -> int:
        return self.weeks[0][1]


def growth(newsletter: Newsletter) -> Growth:
    """Count with two queries: who is there, and who came and left in the last weeks."""
    now = timezone.now()
    ends = [now - timedelta(weeks=weeks) for weeks in range(WEEKS + 1)]
    rows = newsletter.subscriptions.order_by()
    there = rows.aggregate(
        active=Count("pk", filter=Q(status=Status.ACTIVE)),
        paused=Count("pk", filter=Q(status=Status.PAUSED)),
    )
    recent = rows.filter(Q(confirmed_at__gt=ends[-1]) | Q(unsubscribed_at__gt=ends[-1]))
    moved = recent.filter(confirmed_at__isnull=False).aggregate(
        **{
            f"{field}_{n}": Count("pk", filter=Q(**{f"{field}__gt": end}))
            for field in ("confirmed_at", "unsubscribed_at")
            for n, end in enumerate(ends)
        }
    )
    listed = there["active"] + there["paused"]
    gained, lost = (
        [moved[f"{field}_{n}"] for n in range(WEEKS + 1)]
        for field in ("confirmed_at", "unsubscribed_at")
    )
    weeks = [(end, listed - gained[n] + lost[n]) for n, end in enumerate(ends)]
    return Growth(**there, gained=gained[1], lost=lost[1], weeks=tuple(weeks[::-1]))
