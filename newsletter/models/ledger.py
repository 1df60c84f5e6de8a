"""What was sent and to whom: an issue as it was sent, and one row for each recipient."""

from __future__ import annotations

import uuid
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils import timezone

from glossary.models.fields import is_one_of
from newsletter.models.issues import Issue
from newsletter.models.readers import Subscriber


class Snapshot(models.Model):
    """An issue exactly as it is sent, and how many readers get it. Written once, never changed."""

    issue = models.OneToOneField(Issue, models.PROTECT, related_name="snapshot")
    subject = models.CharField(max_length=120)
    html = models.TextField()
    text = models.TextField()
    # The headers From and Reply-To, because a newsletter's own may change during sending.
    sender = models.CharField(max_length=400)
    reply_to = models.CharField(max_length=254, blank=True)
    # SHA-256 of all fields above and the pictures, as hexadecimal digits.
    checksum = models.CharField(max_length=64)
    # The key of this issue's Message-IDs, so that outsiders cannot guess them.
    secret = models.CharField(max_length=64)
    candidates = models.PositiveIntegerField(default=0)
    recipients = models.PositiveIntegerField(default=0)
    # How many candidates are excluded, by reason: see sending.audience.
    excluded = models.JSONField(default=dict, blank=True)
    frozen_at = models.DateTimeField(db_default=Now())
    # Failures from this time on count towards a pause; a person who resumes has seen older ones.
    judged_from = models.DateTimeField(db_default=Now())
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(recipients__lte=F("candidates")), name="snapshot_recipients_are_some"
            )
        ]

    def __str__(self) -> str:
        return f"issue {self.issue_id} as sent"


class IssuePicture(models.Model):
    """A chart of a sent issue, which the reader's mail program fetches from the site."""

    snapshot = models.ForeignKey(Snapshot, models.CASCADE, related_name="pictures")
    name = models.SlugField(max_length=60)
    alt = models.TextField()
    png = models.BinaryField()

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["snapshot", "name"], name="issue_picture_once")
        ]

    def __str__(self) -> str:
        return self.name


class DeliveryQuerySet(models.QuerySet["Delivery"]):
    def open(self) -> Self:
        """Deliveries that are not settled yet."""
        return self.filter(state__in=OPEN)

    def unknown(self) -> Self:
        return self.filter(state=Delivery.State.UNKNOWN)

    def certainly_failed(self) -> Self:
        """Failed deliveries, but none resent from unknown: its first message may have arrived."""
        return self.filter(state=Delivery.State.FAILED, resends=0)

    def returned(self) -> Self:
        """Messages that certainly came back, of readers who still get mail: their mailbox was full,
        or the refusal was about us.
        """
        readers = Subscriber.objects.filter(
            pk=models.OuterRef("subscriber_id"), status=Subscriber.Status.OK
        )
        return self.filter(models.Exists(readers), state=Delivery.State.BOUNCED, resends=0)


class Delivery(models.Model):
    """One issue for one reader. The statements of sending.ledger define the transitions.

    Only three things end the state unknown: a person's decision (queued), the late result of the
    same attempt (accepted, deferred, failed), or a bounce.
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

    # No constraint: the database would check it for each of a million rows, all of one issue.
    issue = models.ForeignKey(
        Issue, models.PROTECT, related_name="deliveries", db_index=False, db_constraint=False
    )
    # NULL once the reader is erased; the row stays, so that the numbers still add up.
    subscriber = models.ForeignKey(
        Subscriber, models.SET_NULL, null=True, related_name="deliveries", db_index=False
    )
    # Not a foreign key: a subscription may be merged or erased, and its link must still work.
    subscription_id = models.BigIntegerField()
    # The receiving domain in ASCII. Addresses are not stored here.
    domain = models.CharField(max_length=255)
    state = models.CharField(
        max_length=12, choices=State, default=State.QUEUED, db_default=State.QUEUED
    )
    # Sent at this time at the earliest: when it is tried again, or when its domain has room.
    next_at = models.DateTimeField(db_default=Now())
    # Whether next_at is a place in its domain's queue (sending.limits), so it needs no other.
    has_place = models.BooleanField(default=False, db_default=False)
    # Which lane holds the row, and until when by the database's clock. Begins with the ticket of
    # the lane's pump.
    lease = models.CharField(max_length=40, blank=True, default="", db_default="")
    lease_until = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0, db_default=0)
    deferrals = models.PositiveSmallIntegerField(default=0, db_default=0)
    resends = models.PositiveSmallIntegerField(
        default=0, db_default=0, help_text="How many times a person resent it while it was unknown."
    )
    code = models.PositiveSmallIntegerField(null=True, blank=True)
    enhanced = models.CharField(max_length=12, blank=True, default="", db_default="")
    # The server's text without addresses, or why we skipped the reader.
    note = models.CharField(max_length=200, blank=True, default="", db_default="")
    begun_at = models.DateTimeField(null=True, blank=True)
    settled_at = models.DateTimeField(null=True, blank=True)

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "deliveries"
        constraints = [
            # In this order the index also finds the rows of a reader who is erased.
            models.UniqueConstraint(fields=["subscriber", "issue"], name="delivery_once_a_reader"),
            is_one_of(
                "state",
                "queued claimed handing_over accepted deferred "
                "failed skipped unknown bounced complained",
                "delivery_state_known",
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
            # For ledger.claim_due, and for counting by state.
            models.Index(fields=["issue", "state", "next_at"], name="delivery_due"),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"issue {self.issue_id}, delivery {self.pk}: {self.state}"


# The states that keep an issue from being finished.
OPEN = (
    Delivery.State.QUEUED,
    Delivery.State.CLAIMED,
    Delivery.State.HANDING_OVER,
    Delivery.State.DEFERRED,
)
# The mail server took the message, even if it came back later.
ARRIVED = (Delivery.State.ACCEPTED, Delivery.State.BOUNCED, Delivery.State.COMPLAINED)


class SendingEvent(models.Model):
    """An event in the sending of an issue, and who decided it. Append-only."""

    class Kind(models.TextChoices):
        STARTED = "started"
        PAUSED = "paused"
        RESUMED = "resumed"
        CANCELED = "canceled", "canceled"
        RESENT = "resent", "deliveries resent"
        FINISHED = "finished"
        EXPIRED = "expired"

    issue = models.ForeignKey(Issue, models.CASCADE, related_name="sending_events")
    kind = models.CharField(max_length=10, choices=Kind)
    # NULL if the site did it.
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField(db_default=Now())
    note = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["at", "pk"]
        constraints = [
            is_one_of(
                "kind",
                "started paused resumed canceled resent finished expired",
                "sending_event_kind_known",
            )
        ]

    def __str__(self) -> str:
        return f"issue {self.issue_id}: {self.kind}"


class Pump(models.Model):
    """One of the pumps that send an issue; at most one task runs it at a time.

    The task carries the pump's ticket; a task with an older ticket does nothing.
    """

    issue = models.ForeignKey(Issue, models.CASCADE, related_name="pumps")
    place = models.PositiveSmallIntegerField()
    ticket = models.CharField(max_length=32)
    # A pump that has not reported by then is started again.
    due_at = models.DateTimeField()
    failures_in_row = models.PositiveSmallIntegerField(default=0)
    # The deliveries among them that failed for good.
    failed_in_row = models.JSONField(default=list, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["issue", "place"], name="pump_once_a_place")]

    def __str__(self) -> str:
        return f"pump {self.place} of issue {self.issue_id}"


class Pace(models.Model):
    """How much of one rate limit all workers together have used (sending.limits)."""

    key = models.CharField(max_length=300, unique=True)
    # Unix seconds: the time from which there is room.
    free_at = models.FloatField(default=0)
    used = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return self.key


class Arming(models.Model):
    """What exposes a copy of this database, and whether its mail waits (mailing.arming)."""

    identity = models.UUIDField(default=uuid.uuid4)
    # Grows every minute and while we send, so that a backup has a lower value.
    generation = models.BigIntegerField(default=0)
    # When it last grew: a restored database tells from when it is.
    counted_at = models.DateTimeField(default=timezone.now)
    site_url = models.CharField(max_length=300)
    # mailing.traits of the database when it was armed.
    traits = models.JSONField(default=dict)
    armed_at = models.DateTimeField(default=timezone.now)
    # How a machine found out that this is a copy or a restored backup; "" if none did.
    held = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(pk=1), name="arming_one_row")]

    def __str__(self) -> str:
        return f"{self.identity}"
