"""An issue and its three data points."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Self

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe
from simple_history.models import HistoricalRecords

from glossary.models import Series, Term
from glossary.models.fields import is_one_of, web_address
from glossary.models.people import Signed, review_constraints
from glossary.prose import rendering
from glossary.values.names import name_slug
from newsletter.models.fields import header_text, is_header_text
from newsletter.models.newsletters import Newsletter

DATA_POINTS = 3
PLACES = range(1, DATA_POINTS + 1)
# The fields that an issue's address is made of, for .only().
ADDRESS = ("number", "slug", "newsletter__slug", "newsletter__is_default")
# The fields that are required in a data point without a series.
TYPED = ("figure", "period", "source_publisher", "source_title", "source_url")


class IssueQuerySet(models.QuerySet["Issue"]):
    def frozen(self) -> Self:
        """Issues with a public page: samples, and those whose sending has started; newest first.

        Mails link to the issue's page, so the page exists before the first mail is sent.
        """
        found = self.filter(sent_at__isnull=False).order_by("-sent_at", "-number")
        return found.select_related("newsletter")  # its address needs it

    def of(self, newsletter: str) -> Self:
        """Issues of the newsletter with this slug in its address; "" for the default one."""
        return self.filter(
            **{"newsletter__slug": newsletter} if newsletter else {"newsletter__is_default": True}
        )

    def in_archive(self) -> Self:
        """Issues of all newsletters whose sending has started, newest first."""
        return self.frozen().exclude(status=Issue.Status.SAMPLE)

    def samples(self) -> Self:
        return self.filter(status=Issue.Status.SAMPLE)

    def shown(self) -> Self:
        """Issues in public lists, newest first: each newsletter's archive, or its samples while
        that is empty.
        """
        is_sample = Q(status=Issue.Status.SAMPLE)
        archive = Issue.objects.in_archive().filter(newsletter=OuterRef("newsletter"))
        return self.frozen().exclude(is_sample & Exists(archive))

    def beside(self, issue: Issue) -> tuple[Issue | None, Issue | None]:
        """The issues of the same newsletter before and after it; samples go by their date."""
        own, at = self.filter(newsletter=issue.newsletter_id), issue.sent_at or timezone.now()
        same, number = Q(number=issue.number), issue.number
        earlier = own.filter(Q(number__lt=number) | (same & Q(sent_at__lt=at)))
        later = own.filter(Q(number__gt=number) | (same & Q(sent_at__gt=at)))
        before, after = earlier.order_by("-number", "-sent_at"), later.order_by("number", "sent_at")
        return before.first(), after.first()

    def open(self) -> Self:
        """Issues that can be edited and are not sent yet."""
        return self.filter(status__in=[Issue.Status.DRAFT, Issue.Status.APPROVED], sent_at=None)


class Issue(Signed):
    class Status(models.TextChoices):
        DRAFT = "draft"
        APPROVED = "approved"
        SENDING = "sending"
        PAUSED = "paused"
        SENT = "sent"
        CANCELED = "canceled", "Canceled"
        EXPIRED = "expired"
        # Shows on a new site what an issue looks like. It has a date and frozen numbers like a sent
        # issue, and no number; it is never sent.
        SAMPLE = "sample"

    newsletter = models.ForeignKey(Newsletter, models.PROTECT, related_name="issues")
    number = models.PositiveIntegerField(
        blank=True, help_text="Empty: the next one of its newsletter."
    )
    slug = models.SlugField(max_length=120, blank=True, help_text="Empty: made from the subject.")
    # Empty only in a draft: the clock makes drafts before an editor writes them.
    subject = models.CharField(max_length=120, blank=True, validators=[header_text])
    preheader = models.CharField(
        max_length=160,
        blank=True,
        validators=[header_text],
        help_text="Mail programs show it beside the subject. Empty: the headlines below.",
    )
    intro = models.TextField(blank=True, max_length=20_000, help_text="Markdown.")
    status = models.CharField(max_length=10, choices=Status, default=Status.DRAFT)
    # The day it is due, in the newsletter's time zone. Not a time, because the newsletter's hour
    # may change while the draft is written.
    slot_on = models.DateField("slot", null=True, blank=True)
    # When an approved issue is sent: in its newsletter's slot, or at a time that the editor chose.
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
    # When the last test mail was sent, and the fingerprint of the issue it showed.
    tested_at = models.DateTimeField(null=True, blank=True, editable=False)
    tested_fingerprint = models.CharField(max_length=64, blank=True, editable=False)
    waived_links = models.TextField(
        blank=True,
        max_length=5_000,
        help_text="Addresses that need not answer when the issue is approved, one a line.",
    )
    # When the clock filled the draft and warned about it, each once: see composing.recurrence.
    proposed_at = models.DateTimeField(null=True, blank=True, editable=False)
    warned_at = models.DateTimeField(null=True, blank=True, editable=False)
    # Why sending is paused: an editor's reason, or the site's.
    pause_reason = models.CharField(max_length=300, blank=True, editable=False)
    # When sending started; the date of a sample.
    sent_at = models.DateTimeField(null=True, blank=True)
    # What freezing.freeze stores when the issue is sent: figures.readings.Reading as JSON by token,
    # and the intro with these readings in it.
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
            models.UniqueConstraint(
                fields=["newsletter", "number"],
                condition=Q(number__gte=1),
                name="issue_number_once",
                violation_error_message="Another issue of this newsletter has this number.",
            ),
            # Its address while its newsletter is the default one, and for ever after that.
            models.UniqueConstraint(
                fields=["number", "slug"],
                name="issue_address_once",
                violation_error_message="An issue of another newsletter has this number and slug. "
                "Change the slug.",
            ),
            models.CheckConstraint(
                condition=Q(status="sample", number=0) | (~Q(status="sample") & Q(number__gte=1)),
                name="issue_number_from_one_or_sample",
                violation_error_message="The first issue has number 1.",
            ),
            models.CheckConstraint(
                condition=~Q(status="sample")
                | Q(slot_on__isnull=True, send_at__isnull=True, approved_at__isnull=True),
                name="issue_sample_not_scheduled",
            ),
            models.UniqueConstraint(fields=["newsletter", "slot_on"], name="issue_slot_once"),
            models.CheckConstraint(
                condition=~Q(subject="") | Q(status__in=["draft", "canceled", "expired"]),
                name="issue_has_subject",
            ),
            models.CheckConstraint(
                condition=~Q(status="approved") | Q(send_at__isnull=False),
                name="issue_approved_has_time",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=["sending", "paused", "sent", "sample"])
                | Q(sent_at__isnull=False),
                name="issue_sent_has_time",
            ),
            is_header_text("subject", "issue_subject_fits_header"),
            is_header_text("preheader", "issue_preheader_fits_header"),
            is_one_of(
                "status",
                "draft approved sending paused sent canceled expired sample",
                "issue_status_known",
            ),
            *review_constraints("issue"),
        ]

    def __str__(self) -> str:
        name = f"No. {self.number}" if self.number else "Sample"
        return f"{name} · {self.subject or 'Without a subject yet'}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        # A draft without a subject has its newsletter's slug.
        if self.slug in ("", self.newsletter.slug):
            self.slug = self.slug_from_subject()
        self.end_reopening()
        super().save(*args, **kwargs)

    def clean(self) -> None:
        if self.number is None and self.pk:
            raise ValidationError({"number": "This field is required."})
        if self.number is None and self.newsletter_id:
            self.number = self.newsletter.next_number()
        if self.status == self.Status.SENT and not self.sent_at:
            raise ValidationError({"sent_at": "A sent issue needs the time it was sent."})
        self.clean_review()

    def slug_from_subject(self) -> str:
        """Return the subject as a slug; with its newsletter's behind it if another newsletter has
        an issue of this number and subject.
        """
        own = self.newsletter
        slug = name_slug(self.subject) or own.slug
        others = Issue.objects.filter(number=self.number, slug=slug).exclude(newsletter=own)
        return f"{slug[: 119 - len(own.slug)]}-{own.slug}" if others.exists() else slug

    def get_absolute_url(self) -> str:
        return self.path_of("issue")

    def path_of(self, view_name: str) -> str:
        """Return the path of its page ("issue") or of a twin, such as "issue_json"."""
        newsletter = filter(None, [self.newsletter.address_slug])
        return reverse(f"newsletter:{view_name}", args=[*newsletter, self.number, self.slug])

    @property
    def json_path(self) -> str:
        return self.path_of("issue_json")

    @property
    def label(self) -> str:
        """Its name for readers beside its newsletter's: “Issue 3” or “Sample issue”."""
        return f"Issue {self.number}" if self.number else "Sample issue"

    @property
    def full_label(self) -> str:
        """Its name for readers anywhere: “Issue 3”, “Data Letter, Issue 3”."""
        newsletter = self.newsletter
        return self.label if newsletter.is_default else f"{newsletter.name}, {self.label}"

    @property
    def is_sample(self) -> bool:
        return self.status == self.Status.SAMPLE

    @property
    def is_sent(self) -> bool:
        return self.status == self.Status.SENT

    @property
    def is_frozen(self) -> bool:
        """Whether sending has started; from then on it does not change. Samples never do."""
        return self.sent_at is not None

    @property
    def sent_on(self) -> date | None:
        """The day it was sent, in its newsletter's time zone; its mail shows this date."""
        return self.sent_at and self.sent_at.astimezone(self.newsletter.zone).date()

    @property
    def frozen_at(self) -> datetime | None:
        """When its numbers were read: when it was sent or, if later, imported; None for a draft."""
        return max(self.sent_at, self.created_at) if self.sent_at else None

    @property
    def is_open(self) -> bool:
        """Whether it can be edited; a canceled or expired issue must be reopened first."""
        return not self.is_frozen and self.status in (self.Status.DRAFT, self.Status.APPROVED)

    @property
    def slot(self) -> datetime | None:
        """When it is due, if it has a day."""
        return self.newsletter.slot_on(self.slot_on) if self.slot_on else None

    @property
    def moment(self) -> datetime | None:
        """When it was sent or is due, in its newsletter's time zone."""
        at = self.sent_at or self.send_at or self.slot
        return at and at.astimezone(self.newsletter.zone)

    @property
    def summary(self) -> str:
        """The preheader; without one, the headlines of its data points."""
        return self.preheader or ". ".join(point.headline for point in self.data_points.all())

    @property
    def intro_shown(self) -> SafeString:
        return frozen_or_rendered(self.intro_html, self.intro)


class DataPoint(models.Model):
    """One of the three items of an issue: a number, why it matters, and its source."""

    issue = models.ForeignKey(Issue, models.CASCADE, related_name="data_points")
    position = models.PositiveSmallIntegerField()
    headline = models.CharField(max_length=160, blank=True)
    series = models.ForeignKey(
        Series,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="data_points",
        help_text="Where the number is from. Figure, period and source may then stay empty.",
    )
    # The number as printed, such as "$35.6bn"; it never changes in a sent issue.
    figure = models.CharField(max_length=40, blank=True, help_text="As printed: “$35.6bn”.")
    period = models.CharField(
        max_length=80,
        blank=True,
        help_text="When the number holds, in words: “third quarter of 2026”.",
    )
    # The series' latest value as it was when the issue was sent: figures.readings.Reading as JSON.
    reading = models.JSONField(null=True, blank=True, editable=False)
    change = models.CharField(max_length=120, blank=True, help_text="Such as “up 12% in a year”.")
    comment = models.TextField(blank=True, max_length=5_000, help_text="Markdown: why it matters.")
    term = models.ForeignKey(
        Term, models.SET_NULL, null=True, blank=True, related_name="data_points"
    )
    comment_html = models.TextField(blank=True, editable=False)
    source_publisher = models.CharField(max_length=120, blank=True)
    source_title = models.CharField(max_length=300, blank=True)
    source_url = models.CharField(max_length=500, blank=True, validators=[web_address])

    overdue_reason = models.CharField(
        max_length=200,
        blank=True,
        help_text="Only if newer values are overdue: why the number is shown all the same.",
    )
    # Why the site proposed it, as text for the editor; empty if the editor chose it.
    proposed_because = models.TextField(blank=True, editable=False)

    history = HistoricalRecords()

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["issue", "position"], name="data_point_place_once"),
            # Positions 4 to 6 are for data points that change places within one save, because
            # SQLite has no deferred unique constraints.
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
        return f"{self.position} of {DATA_POINTS} · {self.series or self.headline}"

    def clean(self) -> None:
        """Copy the source of the series; without a series every field is required."""
        if self.series is not None:
            source = self.series.source
            if not self.source_title:
                self.source_publisher = self.source_publisher or source.publisher
                self.source_title = source.title
                self.source_url = self.source_url or source.url
        elif missing := [name for name in TYPED if not getattr(self, name)]:
            raise ValidationError(
                dict.fromkeys(missing, "Fill this in, or choose a series that has it.")
            )

    @property
    def comment_shown(self) -> SafeString:
        return frozen_or_rendered(self.comment_html, self.comment)


def frozen_or_rendered(frozen: str, text: str) -> SafeString:
    """Return the HTML that was frozen when the issue was sent, or render the text."""
    # Only newsletter.issues.freezing writes it, from prose.render, which sanitizes.
    return mark_safe(frozen) if frozen else rendering.render(text)  # noqa: S308
