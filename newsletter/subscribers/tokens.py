"""Mailed random links: used once, for one purpose. Only their SHA-256 is kept."""

import hashlib
import secrets
from datetime import timedelta

from django.utils import timezone

from newsletter.mailing.retries import WORKER_TIME
from newsletter.models import ConfirmationToken, Subscription

CONFIRM_DAYS = 7
LIFETIME = {
    ConfirmationToken.Purpose.CONFIRM: timedelta(days=CONFIRM_DAYS),
    ConfirmationToken.Purpose.CHANGE: timedelta(minutes=30),
    ConfirmationToken.Purpose.NOTE: timedelta(minutes=30),
    ConfirmationToken.Purpose.WELCOME: timedelta(minutes=30),
    ConfirmationToken.Purpose.EXPORT: timedelta(minutes=30),
    ConfirmationToken.Purpose.ERASE: timedelta(minutes=30),
}


def plan(
    subscription: Subscription,
    purpose: ConfirmationToken.Purpose,
    *,
    new_address: str = "",
    note_to: str = "",
) -> ConfirmationToken:
    """Record that a mail is to be sent. It opens nothing until the worker has made its text."""
    now = timezone.now()
    return ConfirmationToken.objects.create(
        subscription=subscription,
        purpose=purpose,
        new_address=new_address,
        note_to=note_to,
        expires_at=now + LIFETIME[purpose],
        next_at=now + WORKER_TIME,
    )


def give_text(token: ConfirmationToken) -> str:
    """Give a planned token its text and return it. The row is locked by the caller."""
    text = secrets.token_urlsafe(32)
    token.digest = digest(text)
    # It is short-lived, so it begins to live when it is mailed.
    token.expires_at = timezone.now() + LIFETIME[ConfirmationToken.Purpose(token.purpose)]
    token.save(update_fields=["digest", "expires_at"])
    return text


def make(
    subscription: Subscription, purpose: ConfirmationToken.Purpose, *, new_address: str = ""
) -> str:
    """Make a token that is mailed by whoever asked for it, and return its text."""
    text = secrets.token_urlsafe(32)
    ConfirmationToken.objects.create(
        subscription=subscription,
        purpose=purpose,
        digest=digest(text),
        new_address=new_address,
        expires_at=timezone.now() + LIFETIME[purpose],
    )
    return text


def find(text: str, *purposes: ConfirmationToken.Purpose) -> ConfirmationToken | None:
    """Find a token, expired and used ones too. Comparing hashes gives away nothing by its time."""
    found = ConfirmationToken.objects.filter(digest=digest(text), purpose__in=purposes)
    return found.select_related("subscription__subscriber", "subscription__newsletter").first()


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
