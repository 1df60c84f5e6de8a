"""Mailed random links: used once, for one purpose. Only their SHA-256 is kept."""

import hashlib
import secrets
from datetime import timedelta

from django.utils import timezone

from newsletter.models import ConfirmationToken, Subscription

CONFIRM_DAYS = 7
LIFETIME = {
    ConfirmationToken.Purpose.CONFIRM: timedelta(days=CONFIRM_DAYS),
    ConfirmationToken.Purpose.CHANGE: timedelta(minutes=30),
    ConfirmationToken.Purpose.EXPORT: timedelta(minutes=30),
    ConfirmationToken.Purpose.ERASE: timedelta(minutes=30),
}


def plan(
    subscription: Subscription, purpose: ConfirmationToken.Purpose, new_address: str = ""
) -> ConfirmationToken:
    """Record that a link is to be mailed. It opens nothing until the worker has made its text."""
    return ConfirmationToken.objects.create(
        subscription=subscription,
        purpose=purpose,
        new_address=new_address,
        expires_at=timezone.now() + LIFETIME[purpose],
    )


def make_text(token: ConfirmationToken) -> str | None:
    """Give a planned token its text and return it; None when another worker has."""
    text = secrets.token_urlsafe(32)
    planned = ConfirmationToken.objects.filter(pk=token.pk, digest=None)
    expires_at = timezone.now() + LIFETIME[ConfirmationToken.Purpose(token.purpose)]
    return text if planned.update(digest=digest(text), expires_at=expires_at) else None


def find(text: str, *purposes: ConfirmationToken.Purpose) -> ConfirmationToken | None:
    """Find a token, expired and used ones too. Comparing hashes gives away nothing by its time."""
    found = ConfirmationToken.objects.filter(digest=digest(text), purpose__in=purposes)
    return found.select_related("subscription__subscriber", "subscription__newsletter").first()


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
