"""What people did with readers' data."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.models import User
from django.db import models
from django.utils import timezone

from config.logs import redact
from glossary.models.fields import is_one_of


class ReaderActionManager(models.Manager["ReaderAction"]):
    def record(
        self,
        kind: ReaderAction.Kind,
        by: User | None,
        *,
        count: int = 1,
        about: str = "",
        why: str = "",
    ) -> ReaderAction:
        """Record an action; `by` is None for a command. Addresses are cut out of both texts."""
        return self.create(
            kind=kind,
            by=by,
            by_name=by.get_username() if by else "by command",
            count=count,
            about=redact(about)[:400],
            why=redact(why)[:400],
        )


class ReaderAction(models.Model):
    """Append-only: who imported, exported, erased or lifted what. Outlives the account."""

    class Kind(models.TextChoices):
        IMPORTED = "imported", "readers imported"
        EXPORTED = "exported", "readers exported"
        PERSON_EXPORTED = "person", "data of one reader exported"
        ERASED = "erased", "readers erased"
        SUPPRESSED = "suppressed", "suppressions imported"
        LIST_EXPORTED = "list", "suppressions exported"
        LIFTED = "lifted", "suppression lifted"
        RESTORED = "restored", "database restored"

    kind = models.CharField("what", max_length=10, choices=Kind)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    by_name = models.CharField("who", max_length=150)
    at = models.DateTimeField("when", default=timezone.now)
    count = models.PositiveIntegerField("how many")
    about = models.CharField(max_length=400, blank=True, help_text="The file, filter or reader.")
    why = models.CharField(max_length=400, blank=True)

    objects = ReaderActionManager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(kind="lifted") | ~models.Q(why=""),
                name="reader_action_lifting_has_reason",
            ),
            is_one_of(
                "kind",
                "imported exported person erased suppressed list lifted restored",
                "reader_action_kind_known",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.count}"
