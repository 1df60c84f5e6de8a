"""The envelope sender of one delivery: signed, so a bounce that comes there is surely of it.

VERP: `b-<delivery>-<day>-<signature>`, small letters and digits alone, because servers on the way
may fold capitals. It is good for ten days; whatever comes later is nobody's proof.
"""

import hashlib
import hmac
from datetime import UTC, date, datetime, timedelta

from django.conf import settings

GOOD_FOR = timedelta(days=10)
SIGNATURE_DIGITS = 20  # 80 bits, as hexadecimal digits


def address(delivery_id: int, on: date) -> str:
    """Return where bounces of a delivery handed over on that day go, or "" without a domain."""
    domain = settings.BOUNCE_DOMAIN
    key = next(iter(settings.LINK_KEYS.values()))
    return f"{_local_part(key, delivery_id, on.toordinal())}@{domain}" if domain else ""


def read(local_part: str, on: date) -> int | None:
    """Return the delivery's id, or None when we did not sign this or it is too old."""
    try:
        _, delivery_id, day, _ = local_part.lower().split("-")
        number, ordinal = int(delivery_id[:19]), int(day[:7])
    except ValueError:
        return None
    genuine = (_local_part(key, number, ordinal) for key in settings.LINK_KEYS.values())
    claimed = local_part.lower().encode()  # text that is not ASCII it would refuse to compare
    if not any(hmac.compare_digest(each.encode(), claimed) for each in genuine):
        return None
    return number if 0 <= on.toordinal() - ordinal <= GOOD_FOR.days else None


def today() -> date:
    return datetime.now(UTC).date()


def _local_part(key: str, delivery_id: int, day: int) -> str:
    message = f"bounce:{delivery_id}:{day}".encode()
    signature = hmac.new(key.encode(), message, hashlib.sha256).hexdigest()[:SIGNATURE_DIGITS]
    return f"b-{delivery_id}-{day}-{signature}"
