"""Incoming data: the state of fetching, and files that wait for a person."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone

from glossary.models.series import Series


class Fetch(models.Model):
    """The state of fetching a series, in a separate table so that it makes no versions."""

    series = models.OneToOneField(Series, models.CASCADE, related_name="fetch")
    etag = models.CharField(max_length=300, blank=True)
    last_modified = models.CharField(max_length=100, blank=True)
    final_url = models.CharField(max_length=500, blank=True)
    # SHA-256 of the last file: servers without validators send it each time.
    checksum = models.CharField(max_length=64, blank=True)
    checked_at = models.DateTimeField(null=True)
    worked_at = models.DateTimeField("last worked", null=True)
    failures = models.PositiveSmallIntegerField(default=0)
    failing_since = models.DateTimeField(null=True)
    next_at = models.DateTimeField(default=timezone.now, db_index=True)
    problem = models.TextField(blank=True, help_text="What went wrong last, for editors.")

    class Meta:
        verbose_name_plural = "fetches"

    def __str__(self) -> str:
        return f"Fetching {self.series}"


class Upload(models.Model):
    """A file that waits until a person accepts or drops what it would change."""

    class Kind(models.TextChoices):
        DATA = "data", "a release of a series"
        TERMS = "terms", "terms"

    kind = models.CharField(max_length=5, choices=Kind)
    name = models.CharField(max_length=200)
    content = models.BinaryField()
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )
    uploaded_at = models.DateTimeField(default=timezone.now)
    encoding = models.CharField(max_length=20, blank=True)
    # The fields below are only for data.
    series = models.ForeignKey(Series, models.CASCADE, null=True, related_name="uploads")
    released_on = models.DateField("release date", null=True)  # None until it is said
    # What was typed to change the mapping; see ingest.columns.Columns.
    columns = models.CharField(max_length=1000, blank=True)
    where = models.TextField("only rows", max_length=2000, blank=True)
    pick = models.CharField(max_length=5, blank=True)
    date_format = models.CharField(max_length=12, blank=True)
    note = models.CharField(max_length=300, blank=True)
    is_fetched = models.BooleanField(default=False)

    class Meta:
        ordering = ["-uploaded_at"]
        constraints = [
            models.CheckConstraint(
                name="upload_has_what_its_kind_needs",
                condition=models.Q(kind="data", series__isnull=False)
                | models.Q(
                    kind="terms", series=None, released_on=None, columns="", where="", pick="",
                    date_format="", note="", is_fetched=False,
                ),
            )
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.name
