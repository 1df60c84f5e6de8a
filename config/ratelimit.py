"""Rate limits on a rolling window, kept in the database so that all processes share them.

Keys are stored as keyed hashes: a bucket never tells whose address or network it counts.
"""

import hashlib
import hmac
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from config.models import Bucket


@dataclass(frozen=True)
class Limit:
    """At most `count` hits in any stretch of `window`."""

    count: int
    window: timedelta


LONGEST_WINDOW = timedelta(days=7)


def is_allowed(hits: list[float], limits: list[Limit], now: float) -> bool:
    """Tell whether one more hit at `now` (Unix seconds) keeps within every limit."""
    return all(
        sum(hit > now - limit.window.total_seconds() for hit in hits) < limit.count
        for limit in limits
    )


@transaction.atomic
def hit(scope: str, key: str, limits: list[Limit]) -> bool:
    """Count one hit for `key` and return True; when a limit is full count nothing, return False.

    The row is locked while it is looked at (SQLite: the whole transaction is), so racing
    requests cannot slip through together.
    """
    now = timezone.now().timestamp()
    bucket, _ = Bucket.objects.get_or_create(key=_digest(scope, key))
    bucket = Bucket.objects.select_for_update().get(pk=bucket.pk)
    keep_from = now - max(limit.window for limit in limits).total_seconds()
    recent = [at for at in bucket.hits if at > keep_from]
    if not is_allowed(recent, limits, now):
        return False
    bucket.hits = [*recent, now]
    bucket.save()
    return True


def tidy() -> str:
    """Delete buckets that no window reaches any more."""
    count, _ = Bucket.objects.filter(updated_at__lt=timezone.now() - LONGEST_WINDOW).delete()
    return f"{count} rate buckets deleted" if count else ""


def _digest(scope: str, key: str) -> str:
    text = f"rate:{scope}:{key}".encode()
    return hmac.new(settings.ADDRESS_KEY.encode(), text, hashlib.sha256).hexdigest()
