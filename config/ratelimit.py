"""Rate limits on a rolling window, in the database so that all processes share them.

Keys are stored as keyed hashes, so a bucket does not reveal an address or a network.
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
    """At most `count` hits in any period of length `window`."""

    count: int
    window: timedelta


LONGEST_WINDOW = timedelta(days=7)
ONCE_AN_HOUR = [Limit(1, timedelta(hours=1))]


def is_allowed(hits: list[float], limits: list[Limit], now: float) -> bool:
    """Return whether one more hit at `now` (Unix seconds) stays within every limit."""
    return all(
        sum(hit > now - limit.window.total_seconds() for hit in hits) < limit.count
        for limit in limits
    )


def hit(scope: str, key: str, limits: list[Limit]) -> bool:
    """Count one hit for `key` and return True; return False without counting when a limit is full.

    Looks before it locks, so that a flood over a limit does not queue for the lock.
    """
    return has_room(scope, key, limits) and _count(scope, key, limits)


@transaction.atomic
def _count(scope: str, key: str, limits: list[Limit]) -> bool:
    """Count one hit, like `hit`, with the row locked, so that racing requests exceed no limit.

    On SQLite the transaction itself is the lock.
    """
    now = timezone.now().timestamp()
    bucket, _ = Bucket.objects.get_or_create(key=digest(scope, key))
    bucket = Bucket.objects.select_for_update().get(pk=bucket.pk)
    keep_from = now - max(limit.window for limit in limits).total_seconds()
    recent = [at for at in bucket.hits if at > keep_from]
    if not is_allowed(recent, limits, now):
        return False
    bucket.hits = [*recent, now]
    bucket.save()
    return True


def has_room(scope: str, key: str, limits: list[Limit]) -> bool:
    """Return whether a hit would be counted, without counting one."""
    bucket = Bucket.objects.filter(key=digest(scope, key)).first()
    return is_allowed(bucket.hits if bucket else [], limits, timezone.now().timestamp())


def lock(scope: str) -> None:
    """Make every other transaction that locks this scope wait until this one ends."""
    Bucket.objects.select_for_update().get_or_create(key=digest(scope, ""))


def tidy() -> str:
    """Delete buckets without hits in any window."""
    count, _ = Bucket.objects.filter(updated_at__lt=timezone.now() - LONGEST_WINDOW).delete()
    return f"{count} rate buckets deleted" if count else ""


def digest(scope: str, key: str) -> str:
    """Return the keyed hash under which rows may count a key without revealing it."""
    text = f"rate:{scope}:{key}".encode()
    return hmac.new(settings.ADDRESS_KEY.encode(), text, hashlib.sha256).hexdigest()
