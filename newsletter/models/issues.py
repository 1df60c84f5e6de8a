"""An issue and its three data points, as far as the archive shows them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Self

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import slugify
from simple_history.models import HistoricalRecords

from glossary.models import Series, Term
from glossary.prose import rendering
from newsletter.models.fields import header_text, is_header_text
from newsletter.models.newsletters import Newsletter

DATA_POINTS = 3
# What a data point without a series has to say itself.
TYPED = ("figure", "period", "source_publisher", "source_title", "source_url")


class IssueQuerySet(models.QuerySet["Issue"]):
    def in_archive(self) -> Self:
        """All that began to be sent, by whichever newsletter, the newest first.

        The mail links to its page, so the page is there before the first mail leaves.
        """
        return self.filter(sent_at__isnull=False).order_by("-sent_at", "-number")

    def open(self) -> Self:
        """Those that can be written in and are yet to be sent."""
        return self.filter(status__in=[Issue.Status.DRAFT, Issue.Status.APPROVED], sent_at=None)

    def newest_first(self) -> Self:
        return self.order_by("-number")


class Issue(models.Model):
    class Status(models.TextChoices):
        DRAFT = "draft"
        APPROVED = "approved"
        SENDING = "sending"
        PAUSED = "paused"
        SENT = "sent"
        CANCELLED = "cancelled", "Canceled"
        EXPIRED = "expired"

    newsletter = models.ForeignKey(Newsletter, models.PROTECT, related_name="issues")
    number = models.PositiveIntegerField()
    slug = models.SlugField(max_length=120)
    # Empty only in a draft, which the clock makes before anybody knows what it will say.
    subject = models.CharField(max_length=120, blank=True, validators=[header_text])
    preheader = models.CharField(
        max_length=160,
        blank=True,
        validators=[header_text],
        help_text="The line mail readers show beside the subject.",
    )
    intro = models.TextField(blank=True, max_length=20_000, help_text="Markdown.")
    status = models.CharField(max_length=10, choices=Status, default=Status.DRAFT)
    # The day of its newsletter that it is for, on the newsletter's calendar: a day, because the
    # hour may be changed while the draft is written.
    slot_on = models.DateField("slot", null=True, blank=True)
    # When an approved issue goes out: its newsletter's slot, or a time the editor chose.
    send_at = models.DateTimeField(null=True, blank=True)
    approved_at = models.DateTimeField(null=True, blank=True, editable=False)
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
    )
    # The last test mail, and composing.fingerprint of what it showed.
    tested_at = models.DateTimeField(null=True, blank=True, editable=False)
    tested_fingerprint = models.CharField(max_length=64, blank=True, editable=False)
    waived_links = models.TextField(
        blank=True,
        max_length=5_000,
        help_text="Addresses that need not answer when the issue is approved, one a line.",
    )
    # What the clock did about the draft, each once: recurring.propose_due, recurring.warn_late.
    proposed_at = models.DateTimeField(null=True, blank=True, editable=False)
    warned_at = models.DateTimeField(null=True, blank=True, editable=False)
    # Why sending stands still: an editor's word, or what it stopped itself for.
    pause_reason = models.CharField(max_length=300, blank=True, editable=False)
    sent_at = models.DateTimeField(null=True, blank=True)
    # What freezing.freeze keeps when the issue is sent: figures.readings.Reading as JSON by token,
    # and the intro with those readings in it.
    readings = models.JSONField(default=dict, blank=True, editable=False)
    intro_html = models.TextField(blank=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = IssueQuerySet.as_manager()
    history = HistoricalRecords()

    class Meta:
        ordering = ["-number"]
        permissions = [("send_issue", "Can send an issue to its readers")]
        constraints = [
            models.UniqueConstraint(fields=["newsletter", "number"], name="issue_number_once"),
            # Its address, for ever: whichever newsletter it is of, and whichever is the default.
            models.UniqueConstraint(fields=["number", "slug"], name="issue_address_once"),
            models.CheckConstraint(condition=Q(number__gte=1), name="issue_number_from_one"),
            models.UniqueConstraint(fields=["newsletter", "slot_on"], name="issue_slot_once"),
            models.CheckConstraint(
                condition=~Q(subject="") | Q(status__in=["draft", "cancelled", "expired"]),
                name="issue_has_subject",
            ),
            models.CheckConstraint(
                condition=~Q(status="approved") | Q(send_at__isnull=False),
                name="issue_approved_has_time",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=["sending", "paused", "sent"]) | Q(sent_at__isnull=False),
                name="issue_sent_has_time",
            ),
            is_header_text("subject", "issue_subject_fits_header"),
            is_header_text("preheader", "issue_preheader_fits_header"),
        ]

    def __str__(self) -> str:
        return f"{self.number}. {self.subject or 'Without a subject yet'}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        # A draft without a subject has its newsletter's slug until there is a better one.
        if self.slug in ("", self.newsletter.slug):
            self.slug = self.slug_from_subject()
        super().save(*args, **kwargs)

    def clean(self) -> None:
        if self.status == self.Status.SENT and not self.sent_at:
            raise ValidationError({"sent_at": "A sent issue needs the time it was sent."})

    def slug_from_subject(self) -> str:
        return slugify(self.subject)[:120].strip("-") or self.newsletter.slug

    def get_absolute_url(self) -> str:
        return address_of(self.number, self.slug)

    @property
    def is_sent(self) -> bool:
        return self.status == self.Status.SENT

    @property
    def is_frozen(self) -> bool:
        """Whether sending began: from then on nothing in it changes."""
        return self.sent_at is not None

    @property
    def sent_on(self) -> date | None:
        """The day it was sent, by its newsletter's calendar: the one its mail bears."""
        if self.sent_at is None:
            return None
        return self.sent_at.astimezone(self.newsletter.zone).date()

    @property
    def frozen_at(self) -> datetime | None:
        """When its numbers were read: as it was sent, or taken into the archive later."""
        return max(self.sent_at, self.created_at) if self.sent_at else None

    @property
    def is_open(self) -> bool:
        """Whether it can be written in; one that was given up has to be taken up again first."""
        return not self.is_frozen and self.status in (self.Status.DRAFT, self.Status.APPROVED)

    @property
    def slot(self) -> datetime | None:
        """When it is due, if it is for a day of its newsletter's."""
        return self.newsletter.slot_on(self.slot_on) if self.slot_on else None

    @property
    def summary(self) -> str:
        """The line beside its subject; without one what its data points say."""
        return self.preheader or ". ".join(point.headline for point in self.data_points.all())

    @property
    def intro_shown(self) -> SafeString:
        return shown(self.intro_html, self.intro)


def address_of(number: int, slug: str) -> str:
    return reverse("newsletter:issue", args=[number, slug])


class DataPoint(models.Model):
    """One of the three items of an issue: a number, why it matters, and where it is from."""

    issue = models.ForeignKey(Issue, models.CASCADE, related_name="data_points")
    position = models.PositiveSmallIntegerField()
    headline = models.CharField(max_length=160, blank=True)
    series = models.ForeignKey(
        Series,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="data_points",
        help_text="With a series, figure, period and source may be left empty: they are its own.",
    )
    # The number as printed, such as "$35.6bn": an issue keeps what it said.
    figure = models.CharField(max_length=40, blank=True)
    period = models.CharField(
        max_length=80, blank=True, help_text="What the number denotes, as text."
    )
    # The series' latest value as it was when the issue was sent: figures.readings.Reading as JSON.
    reading = models.JSONField(null=True, blank=True, editable=False)
    change = models.CharField(max_length=120, blank=True)
    comment = models.TextField(blank=True, max_length=5_000, help_text="Markdown: why it matters.")
    term = models.ForeignKey(
        Term, models.SET_NULL, null=True, blank=True, related_name="data_points"
    )
    comment_html = models.TextField(blank=True, editable=False)
    source_publisher = models.CharField(max_length=120, blank=True)
    source_title = models.CharField(max_length=300, blank=True)
    source_url = models.CharField(
        max_length=500, blank=True, validators=[URLValidator(schemes=["http", "https"])]
    )

    overdue_reason = models.CharField(
        max_length=200,
        blank=True,
        help_text="Only if its series is overdue: why it is shown all the same.",
    )
    # Why it was proposed, in words for the editor; empty if he chose it.
    proposed_because = models.CharField(max_length=300, blank=True, editable=False)

    history = HistoricalRecords()

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["issue", "position"], name="data_point_place_once"),
            # From four to six stands a data point that changes places within one save: SQLite
            # has no deferred unique constraints.
            models.CheckConstraint(
                condition=Q(position__gte=1, position__lte=2 * DATA_POINTS),
                name="data_point_one_of_three",
            ),
            models.CheckConstraint(
                condition=~Q(figure="") | Q(series__isnull=False),
                name="data_point_has_figure_or_series",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.position}. {self.headline}"

    def clean(self) -> None:
        """Take the source of the series; without a series everything has to be typed."""
        if self.series is not None:
            self._take_source(self.series)
        elif missing := [name for name in TYPED if not getattr(self, name)]:
            raise ValidationError(
                dict.fromkeys(missing, "Type it, or choose a series that has it.")
            )

    def _take_source(self, series: Series) -> None:
        source = series.source
        if not self.source_title:
            self.source_publisher = self.source_publisher or source.publisher
            self.source_title = source.title
            self.source_url = self.source_url or source.url

    @property
    def comment_shown(self) -> SafeString:
        return shown(self.comment_html, self.comment)


def shown(frozen: str, text: str) -> SafeString:
    """Return what was frozen when the issue was sent; an issue older than figures has none."""
    # Made by prose.render, which sanitises, and written by newsletter.issues.freezing alone.
    return mark_safe(frozen) if frozen else rendering.render(text)  # noqa: S308
