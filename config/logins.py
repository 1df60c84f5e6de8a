"""Limits on guessing passwords and codes in admin, and the record of log-ins.

An attempt is recorded before its password is hashed and counts as failed until it has succeeded, so
that a flood of them costs little time, and those that run at the same moment count each other.
"""

from datetime import datetime, timedelta
from functools import partial
from math import ceil
from typing import Any

from django import forms
from django.contrib.admin.forms import AdminAuthenticationForm, AdminPasswordChangeForm
from django.contrib.auth import login
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.validators import MaxLengthValidator
from django.db import transaction
from django.db.models import Count, Max, QuerySet
from django.http import HttpRequest
from django.template.defaultfilters import pluralize
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from config import second_factor
from config.models import LoginAttempt
from config.network import client_network
from config.ratelimit import Limit, digest, lock

# Failures over all names, from an IPv4 address or /64, and from a /24 or /48.
PER_NETWORK = Limit(10, timedelta(minutes=15))
PER_WIDE_NETWORK = Limit(40, timedelta(minutes=15))
# An account pauses after this many failures in a day from anywhere: 1 second, 2, 4 … 60.
BEFORE_PAUSE = Limit(10, timedelta(days=1))
LONGEST_PAUSE = timedelta(minutes=1)
# Wrong codes for an account from networks that it never logged in from. To try one takes the
# password, so no stranger can use this against the owner.
WRONG_CODES = Limit(20, timedelta(days=1))
# After a right password its code may be this late.
CODE_WITHIN = timedelta(minutes=10)
# One hash takes a processor for half a second. More than this at a time wait, except in networks
# that their accounts logged in from. A check that takes longer has lost its process.
MOST_AT_ONCE = 2
LONGEST_CHECK = timedelta(seconds=10)
LONGEST_PASSWORD = 1024  # characters
FAILURES_KEPT = timedelta(days=30)
# For this long a network is known as one that an account logged in from.
LOGINS_KEPT = timedelta(days=365)


WRONG_CODE = "That code is wrong or was used before. Wait for the next one."
Kind = LoginAttempt.Kind


class CodeNeeded(Exception):
    """A right password of an account that has a second factor."""

    def __init__(self, user: User, attempt: LoginAttempt) -> None:
        super().__init__()
        self.user, self.attempt = user, attempt


class LoginPaused(PermissionDenied):
    """A log-in that is refused without looking at its password; `seconds` say how long."""

    def __init__(self, pause: timedelta) -> None:
        self.seconds = ceil(pause.total_seconds())
        super().__init__(f"Log-ins are paused for {self.wait}.")

    @property
    def wait(self) -> str:
        """Return the pause in words, such as “15 minutes”."""
        if self.seconds <= 60:
            return f"{self.seconds} second{pluralize(self.seconds)}"
        return f"{ceil(self.seconds / 60)} minutes"


class LimitedPasswords(forms.BaseForm):
    """Refuses passwords that are too long before they are hashed or compared."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            if isinstance(field.widget, forms.PasswordInput):
                field.validators = [*field.validators, MaxLengthValidator(LONGEST_PASSWORD)]
                field.widget.attrs["maxlength"] = LONGEST_PASSWORD


class PasswordForm(LimitedPasswords, AdminPasswordChangeForm):
    def save(self, commit: bool = True) -> User:
        user: User = super().save(commit)
        second_factor.log(user, user, "Changed the password.")
        return user


class LoginForm(LimitedPasswords, AdminAuthenticationForm):
    def clean(self) -> dict[str, Any]:
        """Check the password. Raises CodeNeeded, and LoginPaused after too many wrong ones."""
        if self.errors or self.request is None:
            return self.cleaned_data
        attempt = begin(self.request, self.cleaned_data["username"])
        has_succeeded = False
        try:
            cleaned: dict[str, Any] = super().clean()
            user = self.get_user()
            if second_factor.factor_of(user):
                raise CodeNeeded(user, attempt)
            has_succeeded = True
        finally:
            finish(attempt, has_succeeded)
        return cleaned


class ProofForm(forms.Form):
    """Asks a known user for their password, or for a code if they have a second factor."""

    def __init__(self, request: HttpRequest, user: User, *, is_bound: bool) -> None:
        super().__init__(request.POST if is_bound else None)
        self.request, self.user = request, user
        self.needs_code = second_factor.factor_of(user) is not None
        self.fields["proof"] = _code_field() if self.needs_code else _password_field()

    def clean_proof(self) -> str:
        """Check the typed password or code. Raises LoginPaused after too many wrong ones."""
        typed: str = self.cleaned_data["proof"]
        kind = Kind.CODE if self.needs_code else Kind.PASSWORD
        attempt, is_right = begin(self.request, self.user.get_username(), kind), False
        try:
            check = partial(second_factor.is_right, self.user)
            is_right = (check if self.needs_code else self.user.check_password)(typed)
        finally:
            finish(attempt, is_right)
        if not is_right:
            raise ValidationError(WRONG_CODE if self.needs_code else "Wrong password.")
        return typed


def _code_field() -> forms.CharField:
    attrs = {"autocomplete": "one-time-code", "autocapitalize": "none", "spellcheck": "false"}
    said = "Six digits from your app, or one of your recovery codes."
    widget = forms.TextInput(attrs)
    return forms.CharField(label="Code", max_length=60, widget=widget, help_text=said)


def _password_field() -> forms.CharField:
    widget = forms.PasswordInput({"autocomplete": "current-password"})
    label, most = "Your password", LONGEST_PASSWORD
    return forms.CharField(label=label, max_length=most, strip=False, widget=widget)


def remember_password(request: HttpRequest, needed: CodeNeeded) -> None:
    """Store in the session whose password was right, until the code is checked."""
    request.session["password_of"] = {
        "user": needed.user.pk,
        "hash": needed.user.get_session_auth_hash(),
        "attempt": needed.attempt.pk,
        "at": timezone.now().timestamp(),
    }


def whose_password(request: HttpRequest) -> User | None:
    """Return the user whose password was right in this session a few minutes ago."""
    known = request.session.get("password_of", {"at": 0})
    if not 0 <= timezone.now().timestamp() - known["at"] < CODE_WITHIN.total_seconds():
        return None
    user = User.objects.filter(pk=known["user"], is_active=True, is_staff=True).first()
    if user and constant_time_compare(user.get_session_auth_hash(), known["hash"]):
        return user
    return None


def finish_login(request: HttpRequest, user: User) -> None:
    """Log in a user whose password and code were right."""
    known = request.session.pop("password_of")
    login(request, user, backend="django.contrib.auth.backends.ModelBackend")
    LoginAttempt.objects.filter(pk=known["attempt"]).update(succeeded=True)


@transaction.atomic
def begin(request: HttpRequest, name: str, kind: Kind = Kind.PASSWORD) -> LoginAttempt:
    """Record an attempt before its password or code is checked. Raises LoginPaused."""
    attempt = LoginAttempt(
        kind=kind,
        name_key=_key(name, kind),
        user=User.objects.filter(username=name).first(),
        network=client_network(request, 32, 64),
        wide_network=client_network(request, 24, 48),
    )
    lock("login")  # attempts at the same moment count each other
    pause = _pause(attempt)
    if pause > timedelta():
        raise LoginPaused(pause)
    attempt.save()
    return attempt


def finish(attempt: LoginAttempt, has_succeeded: bool) -> None:
    LoginAttempt.objects.filter(pk=attempt.pk).update(succeeded=has_succeeded)


def pause_after(failures: int) -> timedelta:
    """Return how long an account pauses after its newest failure."""
    doublings = failures - BEFORE_PAUSE.count
    if doublings < 0:
        return timedelta()
    return min(timedelta(seconds=2 ** min(doublings, 10)), LONGEST_PAUSE)


def lift_pause(name: str) -> int:
    """End the pause of an account: its failures count no longer. Return how many there were."""
    keys = [_key(name, kind) for kind in Kind]
    return LoginAttempt.objects.filter(name_key__in=keys).failed().update(is_lifted=True)


def _key(name: str, kind: Kind) -> str:
    return digest("login" if kind == Kind.PASSWORD else "code", name)


def prune_attempts() -> str:
    """Delete failures older than FAILURES_KEPT and log-ins older than LOGINS_KEPT (a scheduled
    job).
    """
    now = timezone.now()
    failed = LoginAttempt.objects.exclude(succeeded=True).filter(at__lt=now - FAILURES_KEPT)
    old = failed | LoginAttempt.objects.filter(at__lt=now - LOGINS_KEPT)
    count, _ = old.delete()
    return f"{count} record{pluralize(count)} of log-ins deleted" if count else ""


def prune_sessions() -> str:
    count, _ = Session.objects.filter(expire_date__lt=timezone.now()).delete()
    return f"{count} expired session{pluralize(count)} deleted" if count else ""


def _pause(attempt: LoginAttempt) -> timedelta:
    """Return how long an attempt has to wait.

    In a network that the account logged in from only the first limit holds, and near it (/24 or
    /48, since providers change addresses) those of networks: strangers elsewhere cannot keep the
    owner out.
    """
    now, attempts = timezone.now(), LoginAttempt.objects.all()
    failed = attempts.failed()
    own = _until_free(failed.filter(network=attempt.network), PER_NETWORK, now)
    account = attempts.filter(name_key=attempt.name_key)
    logins = account.filter(succeeded=True, wide_network=attempt.wide_network)
    if logins.filter(network=attempt.network).exists():
        return own
    wide = _until_free(failed.filter(wide_network=attempt.wide_network), PER_WIDE_NETWORK, now)
    if logins.exists():
        return max(own, wide)
    if attempt.kind == Kind.CODE:
        return max(own, wide, _until_free(account.failed(), WRONG_CODES, now))
    pauses = (own, wide, _account_pause(account.failed(), now))
    checked = attempts.filter(succeeded=None, at__gt=now - LONGEST_CHECK)
    is_busy = checked.count() >= MOST_AT_ONCE
    return max(*pauses, timedelta(seconds=1) if is_busy else timedelta())


def _until_free(failed: QuerySet[LoginAttempt], limit: Limit, now: datetime) -> timedelta:
    """Return how long until one of the failures that fill the limit leaves its window."""
    times = failed.filter(at__gt=now - limit.window).order_by("-at").values_list("at", flat=True)
    newest = list(times[: limit.count])
    if len(newest) < limit.count:
        return timedelta()
    # The clock may have been set back since.
    return min(newest[-1] + limit.window - now, limit.window)


def _account_pause(failed: QuerySet[LoginAttempt], now: datetime) -> timedelta:
    recent = failed.filter(at__gt=now - BEFORE_PAUSE.window)
    found = recent.aggregate(count=Count("pk"), newest=Max("at"))
    pause = pause_after(found["count"])
    return min(found["newest"] + pause - now, pause) if pause else pause
