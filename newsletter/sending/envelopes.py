"""The envelope sender of a delivery, signed so that a bounce to it certainly belongs to it.

VERP: `b-<delivery>-<day>-<signature>`, only lower-case letters and digits, because servers may fold
upper case. The day, as days since the year 1, lets old addresses expire.
"""

import hmac
import re
from datetime import UTC, date, datetime

from django.conf import settings

SIGNATURE_DIGITS = 20  # 80 bits, as hexadecimal digits
VALID_DAYS = 10  # mail servers give up after five
SIGNED = re.compile(r"\bb-(\d{1,19})-(\d{6,7})-[0-9a-f]{20}@", re.IGNORECASE)


def bounce_address(delivery_id: int, on: date) -> str:
    """Return the bounce address of a delivery handed over on that day; "" without BOUNCE_DOMAIN."""
    domain = settings.BOUNCE_DOMAIN
    key = next(iter(settings.LINK_KEYS.values()))
    return f"{_local_part(key, delivery_id, on.toordinal())}@{domain}" if domain else ""


def read_bounce_address(text: str) -> int | None:
    """Return the delivery of a bounce address in a header; None unless we signed it lately."""
    return next((int(found[1]) for found in SIGNED.finditer(text) if _is_valid(found)), None)


def today() -> date:
    return datetime.now(UTC).date()


def _is_valid(found: re.Match[str]) -> bool:
    delivery_id, day = int(found[1]), int(found[2])
    age = today().toordinal() - day
    written = found[0].lower().removesuffix("@")
    genuine = [_local_part(key, delivery_id, day) for key in settings.LINK_KEYS.values()]
    # All keys are tried, so the time does not tell which one fits.
    is_signed = sum(hmac.compare_digest(each, written) for each in genuine)
    return bool(is_signed) and -1 <= age <= VALID_DAYS


def _local_part(key: str, delivery_id: int, day: int) -> str:
    message = f"bounce:{delivery_id}:{day}".encode()
    signature = hmac.digest(key.encode(), message, "sha256").hex()[:SIGNATURE_DIGITS]
    return f"b-{delivery_id}-{day}-{signature}"
