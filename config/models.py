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


class LoginAttempt(models.Model):
    """A password tried at admin's log-in. Only one whose hash was found right has succeeded."""

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

    class Meta:
        ordering = ["-at", "-pk"]
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


class ContentStamp(models.Model):
    """A part of the stamp of what public pages show: each is replaced by a random text. See
    config/content_stamp.py; PostgreSQL has as many rows as there were writers at one moment."""

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
