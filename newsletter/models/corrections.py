"""Numbers of sent issues that were revised or withdrawn afterwards."""

from typing import Self

from django.db import models
from django.db.models import Q
from django.utils import timezone

from glossary.models import Release, Series
from newsletter.models.issues import Issue


class CorrectionQuerySet(models.QuerySet["Correction"]):
    def untold(self) -> Self:
        """Corrections that no later issue has told and no editor has left out."""
        return self.filter(settled_at=None)


class Correction(models.Model):
    """A number in a sent issue that no longer holds for its own period. Its text never changes."""

    issue = models.ForeignKey(Issue, models.CASCADE, related_name="corrections")
    # Empty when the series is deleted, and when the release is withdrawn.
    series = models.ForeignKey(Series, models.SET_NULL, null=True, related_name="+")
    release = models.ForeignKey(Release, models.SET_NULL, null=True, related_name="+")
    as_sent = models.CharField(max_length=600)  # "12 units (2025)"
    # The number since, as readers see it and for programs (figures.readings); "" if withdrawn.
    shown = models.CharField(max_length=400, blank=True)
    machine = models.CharField(max_length=600, blank=True)
    text = models.CharField(max_length=1200)
    found_at = models.DateTimeField(default=timezone.now)
    told_in = models.ForeignKey(Issue, models.SET_NULL, null=True, related_name="+")
    settled_at = models.DateTimeField(null=True, blank=True)

    objects = CorrectionQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["issue", "series", "as_sent", "release"], name="correction_once_a_release"
            ),
            models.CheckConstraint(
                condition=Q(told_in=None) | Q(settled_at__isnull=False),
                name="correction_told_is_settled",
            ),
        ]

    def __str__(self) -> str:
        return self.text

    @property
    def anchor(self) -> str:
        """The name of its note on the issue's page. An issue that links to it has told readers."""
        return f"correction-{self.pk}"

    @property
    def path(self) -> str:
        return f"{self.issue.get_absolute_url()}#{self.anchor}"
