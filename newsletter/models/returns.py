"""Mail that came back, and providers' reports about mail: stored first, judged after."""

from __future__ import annotations

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from glossary.models.fields import is_one_of
from newsletter.models.ledger import Delivery
from newsletter.models.readers import MergedSubscription, Subscriber


class MailEventQuerySet(models.QuerySet["MailEvent"]):
    def waiting(self) -> Self:
        return self.filter(state=MailEvent.State.WAITING)

    def unmatched(self) -> Self:
        """Events that wait for a person, because we cannot tell whom they are about."""
        return self.filter(state=MailEvent.State.UNMATCHED)

    def about(self, reader: Subscriber) -> Self:
        """Events of a reader; a request to leave names a subscription and no delivery.

        It may name one that was merged meanwhile.
        """
        own = reader.subscriptions.all()
        former = MergedSubscription.objects.filter(into__in=own).values("former_id")
        by_subscription = Q(subscription_id__in=own) | Q(subscription_id__in=former)
        return self.filter(Q(delivery__in=reader.deliveries.all()) | by_subscription)


class MailEvent(models.Model):
    """A bounce, a complaint or another report, as it arrived. `returns.intake` judges it once."""

    class Kind(models.TextChoices):
        HARD = "hard", "address does not exist"
        SOFT = "soft", "could not be delivered"
        POLICY = "policy", "refused because of us"
        DELAYED = "delayed"
        RECEIPT = "receipt"
        REPLY = "reply", "automatic reply"
        COMPLAINT = "complaint", "reported as spam"
        LEAVE = "leave", "asks to leave"
        UNKNOWN = "unknown"
        PARKED = "parked", "could not be read"

    class State(models.TextChoices):
        WAITING = "waiting"
        MATCHED = "matched"
        IGNORED = "ignored"
        UNMATCHED = "unmatched"
        DONE = "done"

    # "mail", "smtp" (an answer of the mail server to us), or the name of a provider.
    source = models.CharField(max_length=20)
    # The SHA-256 of its content, or of what the source calls it: each event is stored once.
    key = models.CharField(max_length=64)
    # As it arrived; empty when it is too old, or its reader was erased.
    raw = models.BinaryField(blank=True)
    received_at = models.DateTimeField(default=timezone.now)
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    # "" until it is judged.
    kind = models.CharField(max_length=10, choices=Kind, blank=True)
    # The enhanced status code (RFC 3463), and the server's words without addresses.
    status = models.CharField(max_length=12, blank=True)
    note = models.CharField(max_length=200, blank=True)
    # The signed envelope sender, the mail server's own answer or the provider's signature prove
    # that it is about this reader.
    is_proven = models.BooleanField(default=False)
    delivery = models.ForeignKey(
        Delivery, models.PROTECT, null=True, blank=True, related_name="events"
    )
    # Not a foreign key, as in Delivery.
    subscription_id = models.BigIntegerField(null=True, blank=True)
    done_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )

    objects = MailEventQuerySet.as_manager()

    class Meta:
        verbose_name = "returned mail"
        verbose_name_plural = "returned mail"
        ordering = ["-received_at", "-pk"]
        permissions = [("handle_mailevent", "Can read and decide about returned mail")]
        constraints = [
            models.UniqueConstraint(fields=["source", "key"], name="mail_event_once"),
            models.CheckConstraint(
                condition=~Q(state="matched")
                | Q(delivery__isnull=False)
                | Q(subscription_id__isnull=False),
                name="mail_event_matched_has_row",
            ),
            models.CheckConstraint(
                condition=~Q(kind="") | Q(state="waiting"), name="mail_event_judged_has_kind"
            ),
            is_one_of("state", "waiting matched ignored unmatched done", "mail_event_state_known"),
            is_one_of(
                "kind",
                "hard soft policy delayed receipt reply complaint leave unknown parked",
                "mail_event_kind_known",
                or_empty=True,
            ),
        ]
        indexes = [
            # For waiting() and unmatched(), which are few among many.
            models.Index(
                fields=["state"],
                condition=Q(state__in=["waiting", "unmatched"]),
                name="mail_event_open",
            ),
            # For intake.prune, and the newest first in admin.
            models.Index(fields=["received_at"], name="mail_event_age"),
        ]

    def __str__(self) -> str:
        return f"{self.source} {self.pk}: {self.kind or self.state}"
