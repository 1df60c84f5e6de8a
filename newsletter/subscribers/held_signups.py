"""Counts the signups that were held back, for the operator; nothing in it leads to a person."""

from collections import Counter, defaultdict
from datetime import datetime, timedelta

from django.db.models import F, QuerySet, Sum
from django.utils import timezone

from newsletter.models import HeldSignup

KEPT = timedelta(days=7)
# Rows an hour that name a network: a flood from everywhere must not fill the disk.
MOST_ROWS = 1000
MOST_SHOWN = 20
Reason = HeldSignup.Reason


def record(reason: HeldSignup.Reason, network: str) -> None:
    """Count a signup that was held back, in a flood by one UPDATE; `network` is cut or a hash."""
    hour = timezone.now().replace(minute=0, second=0, microsecond=0)
    rows = HeldSignup.objects.filter(hour=hour)
    one_more = {"count": F("count") + 1}
    if rows.filter(reason=reason, network=network).update(**one_more):
        return
    network = network if rows.count() < MOST_ROWS else ""
    row, is_new = rows.get_or_create(hour=hour, reason=reason, network=network)
    if not is_new:
        rows.filter(pk=row.pk).update(**one_more)


def by_hour() -> list[tuple[datetime, list[int]]]:
    """Return (hour, how many by reason in the order of Reason), newest first."""
    found: dict[datetime, Counter[str]] = defaultdict(Counter)
    for hour, reason, count in _recent().values_list("hour", "reason").annotate(Sum("count")):
        found[hour][reason] = count
    return [(hour, [found[hour][each] for each in Reason]) for hour in sorted(found)[::-1]]


def by_network() -> list[tuple[str, str, int]]:
    """Return (network, reason, how many) of the networks with most held-back signups."""
    named = _recent().exclude(network="").values_list("network", "reason")
    rows = named.annotate(total=Sum("count")).order_by("-total", "network")[:MOST_SHOWN]
    return [(network, Reason(reason).label, total) for network, reason, total in rows]


def waited_lately() -> int:
    """Return how many signups waited in the last day because there were too many."""
    since = timezone.now() - timedelta(days=1)
    rows = HeldSignup.objects.filter(reason=Reason.BREAKER, hour__gt=since)
    return rows.aggregate(total=Sum("count"))["total"] or 0


def prune() -> str:
    """Delete what is older than a week (a scheduled job)."""
    count, _ = HeldSignup.objects.filter(hour__lt=timezone.now() - KEPT).delete()
    return f"{count} counts of held signups deleted" if count else ""


def _recent() -> QuerySet[HeldSignup]:
    return HeldSignup.objects.filter(hour__gt=timezone.now() - KEPT).order_by()
