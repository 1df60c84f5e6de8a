from __future__ import annotations

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone


class Bucket(models.Model):
    """The recent hits of one rate limit key, for a rolling window (see config/ratelimit.py)."""

    key = models.CharField(max_length=64, unique=True)
    hits = models.JSONField(default=list)  # Unix seconds, oldest first
    updated_at = models.DateTimeField(auto_now=True, db_index=True)

    def __str__(self) -> str:
        return self.key[:12]


class JobRun(models.Model):
    """One scheduled job at one of its times. The clock that inserts the row runs the job.

    A run without `finished_at` is under way, or its process died.
    """

    job = models.CharField(max_length=200)
    slot = models.DateTimeField()
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    report = models.TextField(blank=True)
    error = models.TextField(blank=True)

    class Meta:
        ordering = ["-slot", "job"]
        constraints = [models.UniqueConstraint(fields=["job", "slot"], name="job_once_a_slot")]

    def __str__(self) -> str:
        return f"{self.job} of {self.slot:%Y-%m-%d %H:%M}"


class LoginAttemptQuerySet(models.QuerySet["LoginAttempt"]):
    def failed(self) -> Self:
        """Attempts that count against their network and account."""
        return self.exclude(succeeded=True).filter(is_lifted=False)


class LoginAttempt(models.Model):
    """A password or code tried in admin. A password that needs a code has succeeded only once the
    code was right too."""

    class Kind(models.TextChoices):
        PASSWORD = "password"  # noqa: S105 (a kind)
        CODE = "code"

    kind = models.CharField("what", max_length=8, choices=Kind, default=Kind.PASSWORD)
    # A keyed hash of the name as typed: people type their passwords there, too.
    name_key = models.CharField(max_length=64)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, null=True, verbose_name="account"
    )
    network = models.CharField(max_length=43)
    wide_network = models.CharField(max_length=43)
    at = models.DateTimeField(default=timezone.now)
    # NULL while the password is checked.
    succeeded = models.BooleanField(null=True)
    # A person lifted the pause that this failure caused.
    is_lifted = models.BooleanField("lifted", default=False)

    objects = LoginAttemptQuerySet.as_manager()

    class Meta:
        ordering = ["-at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=["password", "code"]), name="login_attempt_kind_known"
            )
        ]
        indexes = [
            # The three counts before each log-in.
            models.Index(fields=["network", "at"], name="login_network"),
            models.Index(fields=["wide_network", "at"], name="login_wide_network"),
            models.Index(fields=["name_key", "at"], name="login_name"),
            # Those that are checked at this moment.
            models.Index(fields=["at"], name="login_checked", condition=Q(succeeded=None)),
        ]

    def __str__(self) -> str:
        return f"log-in from {self.network} at {self.at:%Y-%m-%d %H:%M}"


class SecondFactor(models.Model):
    """What an account's app makes its codes from; see config/second_factor.py."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="second_factor"
    )
    salt = models.CharField(max_length=32)
    # The newest 30 seconds since 1970 whose code was used.
    last_step = models.BigIntegerField()
    since = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"second factor of {self.user}"


class RecoveryCode(models.Model):
    """A code for a lost phone, as its SHA-256. Using it deletes it."""

    factor = models.ForeignKey(SecondFactor, models.CASCADE, related_name="recovery_codes")
    digest = models.CharField(max_length=64)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["factor", "digest"], name="recovery_code_once")
        ]

    def __str__(self) -> str:
        return f"recovery code {self.pk}"


class ContentStamp(models.Model):
    """A part of the stamp of what public pages show: each is replaced by a random text. See
    config/content_stamp.py; PostgreSQL has as many rows of a part as it had writers at a moment."""

    part = models.SmallIntegerField(default=0, db_index=True)
    stamp = models.CharField(max_length=36)

    def __str__(self) -> str:
        return self.stamp


class Heartbeat(models.Model):
    """When the clock or the worker last showed that it works, see config/watching.py."""

    process = models.CharField(max_length=10, primary_key=True)
    since = models.DateTimeField()  # without a break
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.process} at {self.at:%Y-%m-%d %H:%M}"
