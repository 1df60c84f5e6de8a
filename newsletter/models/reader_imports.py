"""Files of readers or of suppressions that wait, are tried and imported."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone

from glossary.models.fields import is_one_of
from newsletter.models.newsletters import Newsletter


class RowResult(models.TextChoices):
    """What becomes of one row of a file."""

    NEW = "new", "new"
    EXISTS = "exists", "there already"
    UNSUBSCRIBED = "unsubscribed", "was unsubscribed: left alone"
    SUPPRESSED = "suppressed", "suppressed: left alone"
    LEFT = "left", "no reader there any more: left alone"
    DOUBLE = "double", "twice in the file"
    BAD = "bad", "cannot be read"


class ReaderImport(models.Model):
    """A file that the worker tries, and imports once a person accepts what it would do.

    subscribers.imports changes its state. The file is deleted when it is imported or refused.
    """

    class Kind(models.TextChoices):
        READERS = "readers"
        SUPPRESSIONS = "suppressions"

    class State(models.TextChoices):
        TRYING = "trying", "being tried"
        TRIED = "tried", "waits for you"
        REFUSED = "refused"
        RUNNING = "running", "being imported"
        DONE = "done", "imported"

    kind = models.CharField(max_length=12, choices=Kind)
    state = models.CharField(max_length=8, choices=State, default=State.TRYING)
    name = models.CharField(max_length=200)
    content = models.BinaryField(null=True)
    encoding = models.CharField(max_length=20, blank=True)
    # What holds for rows that do not say it: the newsletter (none: all), and the consent source or
    # the reason to suppress.
    newsletter = models.ForeignKey(Newsletter, models.CASCADE, null=True, blank=True)
    stated = models.CharField(max_length=200, blank=True)
    # Where and when the readers confirmed; "" if each is asked to confirm.
    proof = models.CharField(max_length=150, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    uploaded_at = models.DateTimeField(default=timezone.now)
    # A worker that does not report until then is lost.
    due_at = models.DateTimeField(default=timezone.now)
    total = models.PositiveIntegerField(default=0)
    # How many rows are done, and how many by RowResult.
    position = models.PositiveIntegerField(default=0)
    counts = models.JSONField(default=dict, blank=True)
    # CSV without a header: row, result, why. Contains no address.
    report = models.TextField(blank=True)
    problem = models.TextField(blank=True)

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state__in=["refused", "done"]) | models.Q(content__isnull=False),
                name="reader_import_has_file_until_done",
            ),
            is_one_of("kind", "readers suppressions", "reader_import_kind_known"),
            is_one_of("state", "trying tried refused running done", "reader_import_state_known"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_moving(self) -> bool:
        return self.state in MOVING

    @property
    def percent(self) -> int:
        return 100 * self.position // self.total if self.total else 0

    @property
    def new(self) -> int:
        return int(self.counts.get(RowResult.NEW, 0))


# A worker has it, or should.
MOVING = (ReaderImport.State.TRYING, ReaderImport.State.RUNNING)
