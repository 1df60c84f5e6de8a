"""How long a log-in to admin lasts, and how long ago its user proved who they are.

Django's own expiry carries the limits, so a session that is too old is unknown to every view.
"""

from datetime import timedelta

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.http import HttpRequest
from django.utils import timezone

# From log-in on, used or not. Unused it ends after SESSION_COOKIE_AGE.
LONGEST = timedelta(days=7)
# A session in use is written this often.
WRITTEN_EVERY = timedelta(minutes=5)
# A password or code counts as fresh for this long.
FRESH = timedelta(minutes=15)


def person(request: HttpRequest) -> User:
    """Return the user of a view of admin."""
    assert isinstance(request.user, User)  # noqa: S101 (admin_view requires a user)
    return request.user


def keep(request: HttpRequest) -> None:
    """Let a session that is in use last; the first request after the log-in starts its time."""
    session, now = request.session, timezone.now().timestamp()
    since = session.setdefault("since", now)
    if now - session.get("seen", 0) < WRITTEN_EVERY.total_seconds():
        return
    session["seen"] = now
    left = int(since + LONGEST.total_seconds() - now)
    session.set_expiry(max(1, min(settings.SESSION_COOKIE_AGE, left)))


def prove(request: HttpRequest) -> None:
    """Record that the user has just proved who they are, under a new key of the session."""
    request.session.cycle_key()
    request.session["proved"] = timezone.now().timestamp()


def is_fresh(request: HttpRequest) -> bool:
    """Return whether the user proved who they are a short time ago, at log-in or since."""
    at = request.session.get("proved", request.session.get("since", 0))
    return bool(0 <= timezone.now().timestamp() - at < FRESH.total_seconds())


def end(user: User, *, but: str = "") -> None:
    """End all sessions of a user, except the one with a key."""
    for session in Session.objects.exclude(session_key=but):
        if session.get_decoded().get(SESSION_KEY) == str(user.pk):
            session.delete()
