"""The envelope sender of a delivery, signed so that a bounce to it certainly belongs to it.

VERP: `b-<delivery>-<day>-<signature>`, only lower-case letters and digits, because servers may fold
upper case. The day, as days since the year 1, lets old addresses expire.
"""

import hashlib
import hmac
from datetime import UTC, date, datetime

from django.conf import settings

SIGNATURE_DIGITS = 20  # 80 bits, as hexadecimal digits


def bounce_address(delivery_id: int, on: date) -> str:
    """Return the bounce address of a delivery handed over on that day; "" without BOUNCE_DOMAIN."""
    domain = settings.BOUNCE_DOMAIN
    key = next(iter(settings.LINK_KEYS.values()))
    return f"{_local_part(key, delivery_id, on.toordinal())}@{domain}" if domain else ""


def today() -> date:
    return datetime.now(UTC).date()


def _local_part(key: str, delivery_id: int, day: int) -> str:
    message = f"bounce:{delivery_id}:{day}".encode()
    signature = hmac.new(key.encode(), message, hashlib.sha256).hexdigest()[:SIGNATURE_DIGITS]
    return f"b-{delivery_id}-{day}-{signature}"
