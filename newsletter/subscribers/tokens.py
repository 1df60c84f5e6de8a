"""Mailed random links: used once, for one purpose. Only their SHA-256 is kept."""

import hashlib
import secrets
from datetime import datetime, timedelta

from django.utils import timezone

from newsletter.models import ConfirmationToken, Subscription

Purpose = ConfirmationToken.Purpose

CONFIRM_DAYS = 7
OWN_DATA_MINUTES = 30


def lifetime(purpose: str) -> timedelta:
    if purpose == Purpose.CONFIRM:
        return timedelta(days=CONFIRM_DAYS)
    return timedelta(minutes=OWN_DATA_MINUTES)


def prepare(
    subscription: Subscription,
    purpose: ConfirmationToken.Purpose,
    *,
    new_address: str = "",
    asked_at: datetime | None = None,
) -> ConfirmationToken:
    """Make a link that opens nothing yet: it gets its text when its mail is written."""
    now = timezone.now()
    return ConfirmationToken.objects.create(
        subscription=subscription,
        purpose=purpose,
        new_address=new_address,
        created_at=asked_at or now,
        expires_at=now + lifetime(purpose),
    )


def give_text(token: ConfirmationToken) -> str:
    """Give a link a new text and return it. The caller has locked its mail."""
    text = secrets.token_urlsafe(32)
    token.digest = _digest(text)
    # It is short-lived, so its time begins when it is mailed.
    token.expires_at = timezone.now() + lifetime(token.purpose)
    token.save(update_fields=["digest", "expires_at"])
    return text


def by_text(text: str, *purposes: ConfirmationToken.Purpose) -> ConfirmationToken | None:
    """Find a token, expired and used ones too. Comparing hashes gives away nothing by its time."""
    found = ConfirmationToken.objects.filter(digest=_digest(text), purpose__in=purposes)
    return found.select_related("subscription__subscriber", "subscription__newsletter").first()


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
