"""How long a log-in to admin lasts, and how long ago its user proved who they are.

Django's own expiry carries the limits, so a session that is too old is unknown to every view.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from django.conf import settings
from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.http import HttpRequest
from django.utils import timezone

from config.network import client_network

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
    """Renew a session that is in use, up to LONGEST after the first request with it."""
    session, now = request.session, timezone.now().timestamp()
    since = session.setdefault("since", now)
    if now - session.get("seen", 0) < WRITTEN_EVERY.total_seconds():
        return
    session["seen"], session["network"] = now, client_network(request, 24, 48)
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


class LogIn(NamedTuple):
    """A log-in that has not ended."""

    key: str
    since: datetime
    seen: datetime  # to WRITTEN_EVERY
    network: str


def of(user: User) -> list[LogIn]:
    """Return the log-ins of a user that have not ended, the one last used first."""
    now, valid = timezone.now(), user.get_session_auth_hash()
    found = [
        _log_in(session, known)
        for session, known in _sessions_of(user)
        if session.expire_date > now and known.get(HASH_SESSION_KEY) == valid
    ]
    return sorted(found, key=lambda each: each.seen, reverse=True)


def end(user: User, *, but: str = "") -> None:
    """End all sessions of a user, except the one with a key."""
    for session, _ in _sessions_of(user):
        if session.session_key != but:
            session.delete()


def _sessions_of(user: User) -> Iterator[tuple[Session, dict[str, Any]]]:
    for session in Session.objects.all():
        known = session.get_decoded()
        if known.get(SESSION_KEY) == str(user.pk):
            yield session, known


def _log_in(session: Session, known: dict[str, Any]) -> LogIn:
    if "seen" not in known:  # no page of admin yet, so this is when it was logged in
        at = session.expire_date - timedelta(seconds=settings.SESSION_COOKIE_AGE)
        return LogIn(session.session_key, at, at, "")
    since, seen = (datetime.fromtimestamp(known[name], UTC) for name in ("since", "seen"))
    return LogIn(session.session_key, since, seen, known["network"])
