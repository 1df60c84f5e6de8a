"""Random links in mails, for one purpose and one use. Only their SHA-256 is stored."""

import hashlib
import secrets
from datetime import datetime, timedelta

from django.utils import timezone

from newsletter.models import ConfirmationToken, Subscription

Purpose = ConfirmationToken.Purpose

CONFIRM_DAYS = 7
OWN_DATA_MINUTES = 30
TEXT_BYTES = 32
TEXT_LENGTH = 43  # of base64url


def lifetime(purpose: str) -> timedelta:
    if purpose == Purpose.CONFIRM:
        return timedelta(days=CONFIRM_DAYS)
    return timedelta(minutes=OWN_DATA_MINUTES)


def make_token(
    subscription: Subscription,
    purpose: ConfirmationToken.Purpose,
    *,
    new_address: str = "",
    asked_at: datetime | None = None,
    leader: ConfirmationToken | None = None,
) -> ConfirmationToken:
    """Make a token without a text; it gets one when its mail is written, or uses its leader's."""
    now = timezone.now()
    return ConfirmationToken.objects.create(
        subscription=subscription,
        leader=leader,
        purpose=purpose,
        new_address=new_address,
        created_at=asked_at or now,
        expires_at=now + lifetime(purpose),
    )


def give_new_text(token: ConfirmationToken) -> str:
    """Give a token a new text and return the text. The caller has locked its mail."""
    text = secrets.token_urlsafe(TEXT_BYTES)
    token.digest = _digest(text)
    # Its lifetime is short, so it starts when the mail is written.
    token.expires_at = timezone.now() + lifetime(token.purpose)
    token.save(update_fields=["digest", "expires_at"])
    token.others.update(expires_at=token.expires_at)
    return text


def sharing_link(token: ConfirmationToken) -> list[ConfirmationToken]:
    """Return the token and those that its link confirms, too."""
    others = token.others.select_related("subscription__subscriber", "subscription__newsletter")
    return [token, *others.order_by("pk")]


def find_token(text: str, *purposes: ConfirmationToken.Purpose) -> ConfirmationToken | None:
    """Return a token, also an expired or used one. Comparing hashes is safe from timing attacks.

    What a mail program took for a part of the link is cut off.
    """
    digest = _digest(text[:TEXT_LENGTH])
    found = ConfirmationToken.objects.filter(digest=digest, purpose__in=purposes)
    return found.select_related("subscription__subscriber", "subscription__newsletter").first()


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
