"""What was sent and to whom: an issue as it left, and one row for each reader it is for."""

from __future__ import annotations

import uuid
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from newsletter.models.issues import Issue
from newsletter.models.readers import Subscriber


class Snapshot(models.Model):
    """An issue as it is sent, word for word, and whom it is for. Made once, never changed."""

    issue = models.OneToOneField(Issue, models.PROTECT, related_name="snapshot")
    subject = models.CharField(max_length=120)
    html = models.TextField()
    text = models.TextField()
    # The headers From and Reply-To: a newsletter may change its own in the middle.
    sender = models.CharField(max_length=400)
    reply_to = models.CharField(max_length=254, blank=True)
    # SHA-256 over all of the above and the pictures, as hexadecimal digits.
    checksum = models.CharField(max_length=64)
    # Makes this issue's Message-IDs ones that nobody else can make.
    secret = models.CharField(max_length=64)
    candidates = models.PositiveIntegerField(default=0)
    recipients = models.PositiveIntegerField(default=0)
    # How many candidates it is not for, by reason: see sending.audience.
    excluded = models.JSONField(default=dict, blank=True)
    frozen_at = models.DateTimeField(db_default=Now())
    # Since when failures count towards a pause: a person who resumes has seen those before.
    judged_from = models.DateTimeField(db_default=Now())
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(recipients__lte=F("candidates")), name="snapshot_recipients_are_some"
            ),
        ]

    def __str__(self) -> str:
        return f"issue {self.issue_id} as sent"


class IssuePicture(models.Model):
    """A chart of an issue as the mail shows it, fetched from the site by the reader's mail."""

    snapshot = models.ForeignKey(Snapshot, models.CASCADE, related_name="pictures")
    name = models.SlugField(max_length=60)
    alt = models.TextField()
    png = models.BinaryField()

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["snapshot", "name"], name="issue_picture_once"),
        ]

    def __str__(self) -> str:
        return self.name


class DeliveryQuerySet(models.QuerySet["Delivery"]):
    def open(self) -> Self:
        """Those that something is still to become of."""
        return self.filter(state__in=OPEN)

    def unknown(self) -> Self:
        return self.filter(state=Delivery.State.UNKNOWN)


class Delivery(models.Model):
    """One issue for one reader. The statements of sending.ledger say which state may follow which.

    Unknown becomes something else only by a person's decision (queued), by the late answer of the
    very attempt (accepted, deferred, failed), or by a bounce.
    """

    class State(models.TextChoices):
        QUEUED = "queued"
        CLAIMED = "claimed"
        HANDING_OVER = "handing_over", "handing over"
        ACCEPTED = "accepted"
        DEFERRED = "deferred"
        FAILED = "failed"
        SKIPPED = "skipped"
        UNKNOWN = "unknown"
        BOUNCED = "bounced"
        COMPLAINED = "complained"

    # Without a constraint: the database would look its one issue up a million times to fill it.
    issue = models.ForeignKey(
        Issue, models.PROTECT, related_name="deliveries", db_index=False, db_constraint=False
    )
    # Empty once the reader is erased; the row stays, so the numbers still add up.
    subscriber = models.ForeignKey(
        Subscriber, models.SET_NULL, null=True, related_name="deliveries", db_index=False
    )
    # Not a foreign key: a subscription may be merged or erased, and its link goes on working.
    subscription_id = models.BigIntegerField()
    # The receiving domain, in ASCII. No address is kept here.
    domain = models.CharField(max_length=255)
    state = models.CharField(
        max_length=12, choices=State, default=State.QUEUED, db_default=State.QUEUED
    )
    # Not before then: when it is tried again, or when its domain has room.
    next_at = models.DateTimeField(db_default=Now())
    # next_at is a place in its domain's line (sending.limits), so it need not take another.
    has_place = models.BooleanField(default=False, db_default=False)
    # Who has it in hand, and until when by the database's clock.
    lease = models.CharField(max_length=40, blank=True, default="", db_default="")
    lease_until = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0, db_default=0)
    deferrals = models.PositiveSmallIntegerField(default=0, db_default=0)
    resends = models.PositiveSmallIntegerField(
        default=0, db_default=0, help_text="How often a person decided to send it again."
    )
    code = models.PositiveSmallIntegerField(null=True, blank=True)
    enhanced = models.CharField(max_length=12, blank=True, default="", db_default="")
    # The server's words without addresses, or why we skipped it.
    note = models.CharField(max_length=200, blank=True, default="", db_default="")
    begun_at = models.DateTimeField(null=True, blank=True)
    settled_at = models.DateTimeField(null=True, blank=True)

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "deliveries"
        constraints = [
            # This way round it also finds a reader's rows when he is erased.
            models.UniqueConstraint(fields=["subscriber", "issue"], name="delivery_once_a_reader"),
            models.CheckConstraint(
                condition=Q(
                    state__in=[
                        "queued",
                        "claimed",
                        "handing_over",
                        "accepted",
                        "deferred",
                        "failed",
                        "skipped",
                        "unknown",
                        "bounced",
                        "complained",
                    ]
                ),
                name="delivery_state_known",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["handing_over", "accepted"]) | Q(attempts__gte=1),
                name="delivery_accepted_was_tried",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["claimed", "handing_over"])
                | (~Q(lease="") & Q(lease_until__isnull=False)),
                name="delivery_in_hand_has_lease",
            ),
            # A second attempt only after a deferral or a person's decision.
            models.CheckConstraint(
                condition=Q(attempts__lte=1 + F("deferrals") + F("resends")),
                name="delivery_attempts_have_reasons",
            ),
        ]
        indexes = [
            # ledger.claim: what is due; also counts by state.
            models.Index(fields=["issue", "state", "next_at"], name="delivery_due"),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"issue {self.issue_id}, delivery {self.pk}: {self.state}"


# What keeps an issue from being finished.
OPEN = (
    Delivery.State.QUEUED,
    Delivery.State.CLAIMED,
    Delivery.State.HANDING_OVER,
    Delivery.State.DEFERRED,
)


class SendingEvent(models.Model):
    """What happened to an issue's sending, and who decided it. Append-only."""

    class Kind(models.TextChoices):
        STARTED = "started"
        PAUSED = "paused"
        RESUMED = "resumed"
        CANCELLED = "cancelled", "canceled"
        RESENT = "resent", "sent again to the unknown"
        FINISHED = "finished"
        EXPIRED = "expired"

    issue = models.ForeignKey(Issue, models.CASCADE, related_name="sending_events")
    kind = models.CharField(max_length=10, choices=Kind)
    # Empty: it happened by itself.
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField(db_default=Now())
    note = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["at", "pk"]

    def __str__(self) -> str:
        return f"issue {self.issue_id}: {self.kind}"


class Pump(models.Model):
    """One of the places from which an issue is sent; at most one task works in it.

    The task carries the ticket; whoever comes with an older one finds it taken.
    """

    issue = models.ForeignKey(Issue, models.CASCADE, related_name="pumps")
    place = models.PositiveSmallIntegerField()
    ticket = models.CharField(max_length=32)
    # A pump that has not been heard of by then is started anew.
    due_at = models.DateTimeField()
    failures_in_row = models.PositiveSmallIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["issue", "place"], name="pump_once_a_place")]

    def __str__(self) -> str:
        return f"pump {self.place} of issue {self.issue_id}"


class Pace(models.Model):
    """What all workers together have used of one rate limit (sending.limits)."""

    key = models.CharField(max_length=300, unique=True)
    # Unix seconds: from when on there is room again.
    free_at = models.FloatField(default=0)
    used = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return self.key


class Arming(models.Model):
    """That this database may send, and how far it has come (sending.arming). One row or none."""

    identity = models.UUIDField(default=uuid.uuid4)
    # Counts on as long as we send, so a copy taken earlier is behind.
    generation = models.BigIntegerField(default=0)
    site_url = models.CharField(max_length=300)
    armed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(pk=1), name="arming_one_row")]

    def __str__(self) -> str:
        return f"{self.identity}"
