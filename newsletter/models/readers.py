"""Readers, their subscriptions and consent, and addresses we must not write to."""

from __future__ import annotations

from typing import Any, Self

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone

from glossary.models.fields import is_filled, is_one_of
from newsletter.models.fields import header_text, is_header_text
from newsletter.models.newsletters import Newsletter
from newsletter.values.addresses import address_hash

SHOWN_HASH = 12  # digits of a hash that tell people which address is meant


class Subscriber(models.Model):
    class Status(models.TextChoices):
        OK = "ok"
        BOUNCED = "bounced"
        COMPLAINED = "complained"

    address = models.CharField(max_length=254, validators=[header_text], help_text="As entered.")
    # addresses.address_key of it: one row for each mailbox.
    address_key = models.CharField(max_length=320, unique=True, editable=False)
    # addresses.address_hash of that, so that the ledger can look up suppressions in SQL.
    address_hash = models.CharField(max_length=64, editable=False)
    status = models.CharField(max_length=10, choices=Status, default=Status.OK)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-created_at", "-pk"]
        verbose_name = "reader"
        permissions = [
            ("import_subscriber", "Can import readers"),
            ("export_list", "Can export the list of readers"),
            ("export_person", "Can export all data of one reader"),
            ("erase_subscriber", "Can erase readers"),
        ]
        constraints = [
            is_filled("address_key", "subscriber_has_address"),
            is_filled("address_hash", "subscriber_has_hash"),
            is_header_text("address", "subscriber_address_fits_header"),
            is_one_of("status", "ok bounced complained", "subscriber_status_known"),
        ]
        indexes = [
            # For the filter of admin's list; subscribers.address_search makes another one.
            models.Index(fields=["status"], condition=~Q(status="ok"), name="subscriber_held")
        ]

    def __str__(self) -> str:
        return self.address

    @property
    def shown_hash(self) -> str:
        return f"{self.address_hash[:SHOWN_HASH]}…"

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.address_hash = address_hash(self.address_key)
        if fields := kwargs.get("update_fields"):
            kwargs["update_fields"] = {*fields, "address_hash"}
        super().save(*args, **kwargs)


class SubscriptionQuerySet(models.QuerySet["Subscription"]):
    def mailable(self) -> Self:
        """Subscriptions that get mail. Suppression is checked when mail is handed over."""
        return self.filter(
            status=Subscription.Status.ACTIVE, subscriber__status=Subscriber.Status.OK
        )

    def pause_over(self) -> Self:
        return self.filter(status=Subscription.Status.PAUSED, paused_until__lte=Now())


class Subscription(models.Model):
    class Status(models.TextChoices):
        PENDING = "pending"
        ACTIVE = "active"
        PAUSED = "paused"
        UNSUBSCRIBED = "unsubscribed"

    class LeavingReason(models.TextChoices):
        OFTEN = "often", "I get it too often"
        EXPECTED = "expected", "It is not what I expected"
        TIME = "time", "I have no time to read it"
        NEVER = "never", "I never signed up"
        ELSE = "else", "Something else"

    subscriber = models.ForeignKey(Subscriber, models.CASCADE, related_name="subscriptions")
    newsletter = models.ForeignKey(
        Newsletter, models.PROTECT, related_name="subscriptions", db_index=False
    )
    status = models.CharField(max_length=12, choices=Status, default=Status.PENDING)
    created_at = models.DateTimeField(default=timezone.now)
    confirmed_at = models.DateTimeField(null=True, blank=True)
    unsubscribed_at = models.DateTimeField(null=True, blank=True)
    paused_until = models.DateTimeField(null=True, blank=True)
    # Where and in which words the reader gave consent, which we must be able to prove later.
    source_page = models.CharField(max_length=200, blank=True)
    consent_text = models.CharField(max_length=400, blank=True)
    leaving_reason = models.CharField(max_length=10, choices=LeavingReason, blank=True)
    # In the reader's own words, as typed.
    leaving_words = models.TextField(blank=True)

    objects = SubscriptionQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["subscriber", "newsletter"], name="subscription_once_a_newsletter"
            ),
            is_one_of("status", "pending active paused unsubscribed", "subscription_status_known"),
            is_one_of(
                "leaving_reason",
                "often expected time never else",
                "subscription_leaving_reason_known",
                or_empty=True,
            ),
            models.CheckConstraint(
                condition=~Q(status__in=["active", "paused"]) | Q(confirmed_at__isnull=False),
                name="subscription_active_is_confirmed",
            ),
            models.CheckConstraint(
                condition=~Q(status="paused") | Q(paused_until__isnull=False),
                name="subscription_pause_has_end",
            ),
        ]
        indexes = [
            # For the filters of admin's list.
            models.Index(
                fields=["status", "subscriber", "newsletter"], name="subscription_by_status"
            ),
            # For growth: who is there, and who came lately. The first is that of the key, too.
            models.Index(fields=["newsletter", "status"], name="subscription_of_newsletter"),
            models.Index(
                fields=["newsletter", "confirmed_at"],
                condition=Q(confirmed_at__isnull=False),
                name="subscription_confirmed",
            ),
            # For leaving_reasons: who left a newsletter after an issue. As with pause_over().
            models.Index(
                fields=["newsletter", "unsubscribed_at"],
                condition=Q(unsubscribed_at__isnull=False),
                name="subscription_left",
            ),
            # For retention.delete_stale: unconfirmed subscriptions, oldest first.
            models.Index(
                fields=["created_at"],
                condition=Q(confirmed_at__isnull=True),
                name="subscription_unconfirmed",
            ),
            # For pause_over(). Its condition is not the status: SQLite uses a partial index only if
            # the query implies its condition, and a comparison implies "not null".
            models.Index(
                fields=["status", "paused_until"],
                condition=Q(paused_until__isnull=False),
                name="subscription_pause_end",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.subscriber_id} to {self.newsletter_id}: {self.status}"

    @property
    def is_on(self) -> bool:
        """Whether the reader gets the newsletter, now or after a pause."""
        return self.status in (self.Status.ACTIVE, self.Status.PAUSED)

    def is_suppressed(self) -> bool:
        """Return whether we may not send this newsletter to this reader."""
        found = Suppression.objects.covering(self.subscriber.address_key, self.newsletter)
        return found.exists()


class MergedSubscription(models.Model):
    """The former id of a subscription that was merged into another one of the same reader.

    Links in old mails contain that id and must still work.
    """

    former_id = models.BigIntegerField(primary_key=True)
    into = models.ForeignKey(Subscription, models.CASCADE, related_name="merged")

    def __str__(self) -> str:
        return f"{self.former_id} became {self.into_id}"


class ConsentEvent(models.Model):
    """Append-only: what a reader agreed to or withdrew, when, and in which words.

    It remains when the reader is erased, with the address only as a keyed hash, as the proof that
    we were allowed to write.
    """

    class Kind(models.TextChoices):
        REQUESTED = "requested"
        CONFIRMED = "confirmed"
        UNSUBSCRIBED = "unsubscribed"
        UNDONE = "undone", "unsubscribing undone"
        PAUSED = "paused"
        RESUMED = "resumed"
        REFUSED = "refused", "refused all mail"
        CHANGED = "changed", "address changed"
        EXPORTED = "exported"
        ERASED = "erased"

    subscription = models.ForeignKey(
        Subscription, models.SET_NULL, null=True, blank=True, related_name="consent_events"
    )
    address_hash = models.CharField(max_length=64, db_index=True)
    newsletter = models.ForeignKey(Newsletter, models.PROTECT, null=True)
    kind = models.CharField(max_length=12, choices=Kind)
    at = models.DateTimeField(default=timezone.now)
    source_page = models.CharField(max_length=200, blank=True)
    consent_text = models.CharField(max_length=400, blank=True)

    class Meta:
        ordering = ["at", "pk"]
        constraints = [
            is_one_of(
                "kind",
                "requested confirmed unsubscribed undone paused "
                "resumed refused changed exported erased",
                "consent_event_kind_known",
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} at {self.at:%Y-%m-%d %H:%M}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self.pk is not None:
            raise ValueError("A consent event is never changed; record a new one.")
        super().save(*args, **kwargs)


class SuppressionQuerySet(models.QuerySet["Suppression"]):
    def covering(self, key: str, newsletter: Newsletter) -> Self:
        """Suppressions of an `address_key` for this newsletter or for all."""
        about = Q(newsletter__isnull=True) | Q(newsletter=newsletter)
        return self.filter(about, address_hash=address_hash(key))


class Suppression(models.Model):
    """An address we must not write to, as a keyed hash that remains after erasure and import."""

    class Reason(models.TextChoices):
        REFUSED = "refused", "refused all mail"
        ERASED = "erased", "asked to be erased"
        BOUNCED = "bounced"
        COMPLAINED = "complained"
        BY_HAND = "by hand"

    address_hash = models.CharField(max_length=64)
    reason = models.CharField(max_length=10, choices=Reason)
    newsletter = models.ForeignKey(
        Newsletter, models.CASCADE, null=True, blank=True, help_text="Empty: all newsletters."
    )
    created_at = models.DateTimeField(default=timezone.now)

    objects = SuppressionQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-pk"]
        permissions = [
            ("import_suppression", "Can import suppressions"),
            ("export_suppression", "Can export suppressions"),
            ("lift_suppression", "Can lift suppressions"),
        ]
        constraints = [
            # Both are about the person. leave_replay relies on it too.
            models.CheckConstraint(
                condition=Q(newsletter__isnull=True) | ~Q(reason__in=["refused", "erased"]),
                name="suppression_of_a_person_is_for_all",
            ),
            models.UniqueConstraint(
                fields=["address_hash", "newsletter"], name="suppression_once_a_newsletter"
            ),
            models.UniqueConstraint(
                fields=["address_hash"],
                condition=Q(newsletter__isnull=True),
                name="suppression_once_for_all",
            ),
            is_filled("address_hash", "suppression_has_hash"),
            is_one_of(
                "reason",
                ["refused", "erased", "bounced", "complained", "by hand"],
                "suppression_reason_known",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.address_hash[:SHOWN_HASH]}… ({self.reason})"

    @property
    def scope(self) -> str:
        return str(self.newsletter or "all newsletters")


class SignupRequestQuerySet(models.QuerySet["SignupRequest"]):
    def due(self) -> Self:
        return self.filter(next_at__lte=timezone.now(), leader=None)


class SignupRequest(models.Model):
    """A submitted signup form that waits for the worker; deleted once it is decided.

    The view only inserts this row, so its response and timing are the same for addresses that are
    new, pending, active or suppressed.
    """

    newsletter = models.ForeignKey(Newsletter, models.CASCADE)
    # A form that asks for several newsletters makes one request each, and the first one decides
    # all of them: its reader gets one mail.
    leader = models.ForeignKey("self", models.CASCADE, null=True, related_name="others")
    address = models.CharField(max_length=254)
    source_page = models.CharField(max_length=200, blank=True)
    consent_text = models.CharField(max_length=400, blank=True)
    # A keyed hash of the network it came from, for the breaker.
    network_key = models.CharField(max_length=64, blank=True)
    requested_at = models.DateTimeField(default=timezone.now, db_index=True)
    # When the clock decides it if the worker has not.
    next_at = models.DateTimeField(default=timezone.now, db_index=True)
    # From a file of readers: it waits for its turn, and has a limit of its own.
    is_imported = models.BooleanField(default=False)

    objects = SignupRequestQuerySet.as_manager()

    class Meta:
        ordering = ["requested_at", "pk"]
        constraints = [is_header_text("address", "signup_request_address_fits_header")]

    def __str__(self) -> str:
        return f"request {self.pk}"


class ConfirmationTokenQuerySet(models.QuerySet["ConfirmationToken"]):
    def unused(self) -> Self:
        return self.filter(used_at=None)

    def open(self) -> Self:
        """Tokens that can still be used."""
        return self.unused().filter(expires_at__gt=timezone.now())


class ConfirmationToken(models.Model):
    """A random link in a mail, for one purpose and subscription. Only its SHA-256 is stored."""

    class Purpose(models.TextChoices):
        CONFIRM = "confirm"
        CHANGE = "change", "change of address"
        EXPORT = "export"
        ERASE = "erase"

    subscription = models.ForeignKey(Subscription, models.CASCADE, related_name="tokens")
    # Asked for in the same form, so that one link confirms all: that of the first.
    leader = models.ForeignKey("self", models.CASCADE, null=True, related_name="others")
    purpose = models.CharField(max_length=8, choices=Purpose)
    # NULL until its mail is written, and with a leader; only that mail contains the text.
    digest = models.CharField(max_length=64, unique=True, null=True)
    # The new address, if the purpose is to change it.
    new_address = models.CharField(max_length=254, blank=True)
    # When the reader asked for it.
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)

    objects = ConfirmationTokenQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            is_header_text("new_address", "token_new_address_fits_header"),
            is_one_of("purpose", "confirm change export erase", "token_purpose_known"),
        ]
        indexes = [
            # For retention.delete_stale: links that expired long ago.
            models.Index(fields=["expires_at"], name="token_expiry")
        ]

    def __str__(self) -> str:
        return f"{self.purpose} {self.pk}"
