"""A second factor for admin: six digits from an app (TOTP, RFC 6238), and recovery codes.

The database alone gives no code away: the secret that the app keeps is derived from a salt in the
row and ADDRESS_KEY, and recovery codes are stored as hashes. Changes are in admin's log and mailed.
"""

import hashlib
import secrets
from base64 import b32encode

import pyotp
import segno
from django.conf import settings
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.safestring import SafeString, mark_safe

from config import sessions
from config.models import RecoveryCode, SecondFactor
from config.registry import Registry
from config.tasks import mail_account

# Permissions such as "newsletter.send_issue" for which a site may require a second factor.
POWERS = Registry[str]()
STEP = 30  # seconds
# A phone may be this many steps ahead or behind (RFC 6238, 5.2 recommends one).
STEPS_AWAY = 1
RECOVERY_CODES = 10
# 24 of 31 characters are 118 bits, so a plain hash cannot be searched.
CHARACTERS, LENGTH = "23456789abcdefghjkmnpqrstuvwxyz", 24
# What log entries and mails say.
REMOVED, NEW_CODES = "Removed the second factor.", "Made new recovery codes."


def is_missing(user: User) -> bool:
    """Return whether the user must set up a second factor before anything else in admin."""
    if not settings.REQUIRE_SECOND_FACTOR:
        return False
    has_power = user.is_superuser or any(user.has_perm(power) for power in POWERS)
    return has_power and factor_of(user) is None


def factor_of(user: User) -> SecondFactor | None:
    return SecondFactor.objects.filter(user=user).first()


def secret_of(salt: str) -> str:
    """Return the secret that an app keeps, 160 bits as base32."""
    key = salted_hmac("second factor", salt, secret=settings.ADDRESS_KEY, algorithm="sha256")
    return b32encode(key.digest()[:20]).decode()


def address_for_apps(user: User, salt: str) -> str:
    """Return the otpauth: address that an app reads from a QR code."""
    names = {"name": user.get_username(), "issuer_name": settings.SITE_NAME}
    return pyotp.TOTP(secret_of(salt)).provisioning_uri(**names)


def qr_code(text: str) -> SafeString:
    """Return a QR code as an SVG element, dark on light for cameras in dark mode too."""
    drawn = segno.make(text, error="m").svg_inline(scale=5, light="#fff")
    return mark_safe(drawn)  # noqa: S308 (made of squares; the text is not in it)


@transaction.atomic
def turn_on(user: User, salt: str, code: str, session_key: str = "") -> list[str]:
    """Give the user a second factor and return recovery codes; none if the code is wrong.

    Ends the user's other sessions, which were begun without it.
    """
    step = _step_of(salt, code)
    if step is None:
        return []
    replaced = [REMOVED] if _delete(user) else []
    factor = SecondFactor.objects.create(user=user, salt=salt, last_step=step)
    sessions.end(user, but=session_key)
    log(user, user, *replaced, "Turned on the second factor.", NEW_CODES)
    return _replace_codes(factor)


@transaction.atomic
def new_recovery_codes(user: User) -> list[str]:
    """Replace the recovery codes and return the new ones, which are shown once."""
    log(user, user, NEW_CODES)
    return _replace_codes(SecondFactor.objects.get(user=user))


@transaction.atomic
def remove(user: User, by: User, session_key: str = "") -> bool:
    """Remove the second factor and end all other sessions; return whether there was one."""
    had_one = _delete(user)
    if had_one:
        log(user, by, REMOVED)
    sessions.end(user, but=session_key)
    return had_one


def is_right(user: User, typed: str) -> bool:
    """Return whether a code is right, and use it up: each is accepted once (RFC 6238, 5.2)."""
    factor = SecondFactor.objects.get(user=user)
    step = _step_of(factor.salt, typed)
    if step is not None:
        newer = SecondFactor.objects.filter(pk=factor.pk, last_step__lt=step)
        return bool(newer.update(last_step=step))
    is_spent = bool(factor.recovery_codes.filter(digest=_digest(typed)).delete()[0])
    if is_spent:
        log(user, user, "Used a recovery code.")
    return is_spent


def log(user: User, by: User, *changes: str) -> None:
    """Record the changes of one act in admin's log, and mail them to the owner of the account."""
    for what in changes:
        LogEntry.objects.log_actions(by.pk, [user], CHANGE, change_message=what)
    mail_account.enqueue(user_id=user.pk, address=user.email, what=" ".join(changes))


def _delete(user: User) -> bool:
    return bool(SecondFactor.objects.filter(user=user).delete()[0])


def _replace_codes(factor: SecondFactor) -> list[str]:
    factor.recovery_codes.all().delete()
    codes = ["".join(map(secrets.choice, [CHARACTERS] * LENGTH)) for _ in range(RECOVERY_CODES)]
    RecoveryCode.objects.bulk_create(
        RecoveryCode(factor=factor, digest=_digest(code)) for code in codes
    )
    return ["-".join(code[at : at + 6] for at in range(0, LENGTH, 6)) for code in codes]


def _step_of(salt: str, typed: str) -> int | None:
    """Return the step of 30 seconds since 1970 whose code this is."""
    totp, now = pyotp.TOTP(secret_of(salt)), int(timezone.now().timestamp()) // STEP
    code = "".join(typed.split())
    near = range(now - STEPS_AWAY, now + STEPS_AWAY + 1)
    return next((step for step in near if constant_time_compare(totp.at(step * STEP), code)), None)


def _digest(code: str) -> str:
    plain = "".join(filter(str.isalnum, code.lower()))
    return hashlib.sha256(plain.encode()).hexdigest()
