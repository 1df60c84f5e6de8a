"""Single mails that wait to be sent to one reader."""

from __future__ import annotations

from typing import Self

from django.db import models
from django.db.models import Q
from django.utils import timezone

from glossary.models.fields import is_one_of
from newsletter.models.fields import is_header_text
from newsletter.models.readers import ConfirmationToken, Subscription


class OutboxMailQuerySet(models.QuerySet["OutboxMail"]):
    def due(self) -> Self:
        """Mails that the worker lost, or whose next attempt is due."""
        return self.filter(next_at__lte=timezone.now())


class OutboxMail(models.Model):
    """A mail to one reader; deleted once the mail server accepts it. Its text is never stored.

    newsletter.mailing.outbox changes its state.
    """

    class Kind(models.TextChoices):
        CONFIRMATION = "confirmation"
        WELCOME = "welcome"
        OWN_DATA = "own_data", "link to the reader's own data"
        CHANGE_NOTE = "change_note", "note of a change of address"

    class State(models.TextChoices):
        WAITING = "waiting"
        HANDING_OVER = "handing_over", "handing over"
        GIVEN_UP = "given_up", "given up"

    kind = models.CharField(max_length=12, choices=Kind)
    subscription = models.ForeignKey(Subscription, models.CASCADE, related_name="mails")
    # The token of the link in it.
    token = models.OneToOneField(
        ConfirmationToken, models.CASCADE, null=True, blank=True, related_name="mail"
    )
    # Empty: the reader's address at the time of sending.
    to = models.CharField(max_length=254, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    state = models.CharField(max_length=12, choices=State, default=State.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    # When the clock sends it if the worker has not.
    next_at = models.DateTimeField(null=True, blank=True)
    # Refused for good since the last mail that a server accepted: perhaps the refusal is about us.
    refused_in_row = models.BooleanField(default=False)
    # Contains no addresses.
    last_error = models.CharField(max_length=200, blank=True)

    objects = OutboxMailQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-pk"]
        constraints = [
            is_one_of("state", "waiting handing_over given_up", "outbox_mail_state_known"),
            models.CheckConstraint(
                condition=Q(state="waiting", next_at__isnull=False)
                | (~Q(state="waiting") & Q(next_at__isnull=True, attempts__gte=1)),
                name="outbox_mail_waits_for_a_time",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=["confirmation", "own_data"], token__isnull=False)
                | Q(kind__in=["welcome", "change_note"], token__isnull=True),
                name="outbox_mail_token_by_kind",
            ),
            is_header_text("to", "outbox_mail_to_fits_header"),
        ]
        indexes = [
            # For due(). Not by state: SQLite uses a partial index only if the query implies its
            # condition, and a comparison implies "not null".
            models.Index(
                fields=["next_at"], condition=Q(next_at__isnull=False), name="outbox_mail_due"
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}: {self.state}"

    @property
    def address(self) -> str:
        return self.to or self.subscription.subscriber.address
