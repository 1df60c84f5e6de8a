"""A newsletter: its promise, its schedule and its sender."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime, time
from typing import Any, Self
from zoneinfo import ZoneInfo, available_timezones

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import Q
from django.urls import resolve, reverse
from django.utils.dates import WEEKDAYS
from simple_history.models import HistoricalRecords

from glossary.models.fields import is_filled
from newsletter.models.fields import header_text, is_header_text
from newsletter.values.schedule import moment, next_slot

FRIDAY = 4  # of WEEKDAYS


def check_zone(name: str) -> None:
    if name not in available_timezones():
        raise ValidationError(f"“{name}” is not a time zone. Examples: Europe/Berlin, UTC.")


class NewsletterQuerySet(models.QuerySet["Newsletter"]):
    def recurring(self) -> Self:
        """Newsletters whose drafts the clock makes."""
        return self.filter(is_recurring=True)

    def default(self) -> Newsletter | None:
        return self.filter(is_default=True).first()


class Newsletter(models.Model):
    name = models.CharField(max_length=80, unique=True, validators=[header_text])
    slug = models.SlugField(
        max_length=80,
        unique=True,
        help_text="In its addresses and in its mails (List-Id), so it cannot be changed later.",
    )
    promise = models.CharField(
        max_length=200, help_text="At the signup form: what readers get, and what it costs."
    )
    frequency_text = models.CharField(
        "how often", max_length=60, help_text="As readers see it: “every Friday”."
    )
    from_address = models.EmailField("from", blank=True, help_text="Empty: the site’s own sender.")
    reply_to = models.EmailField(blank=True, help_text="Empty: replies go to the sender.")
    postal_address = models.TextField(
        blank=True, help_text="In every mail; most countries require it, and so does approval."
    )
    weekday = models.PositiveSmallIntegerField(choices=WEEKDAYS, default=FRIDAY)
    local_time = models.TimeField(default=time(9, 0), help_text="In the time zone below.")
    time_zone = models.CharField(max_length=64, default="UTC", validators=[check_zone])
    is_recurring = models.BooleanField(
        "makes its drafts",
        default=True,
        help_text="The next draft is made automatically, and filled two days before it is due.",
    )
    is_default = models.BooleanField(
        "default newsletter",
        default=False,
        help_text="The one that the signup form on every page is for.",
    )

    objects = NewsletterQuerySet.as_manager()
    history = HistoricalRecords()

    class Meta:
        ordering = ["-is_default", "name"]
        constraints = [
            models.UniqueConstraint(
                fields=["is_default"],
                condition=Q(is_default=True),
                name="newsletter_one_default",
                violation_error_message="Another newsletter is the default one. Change that first.",
            ),
            is_header_text("name", "newsletter_name_fits_header"),
            is_header_text("from_address", "newsletter_from_fits_header"),
            is_header_text("reply_to", "newsletter_reply_to_fits_header"),
            is_filled("name", "newsletter_has_name"),
            is_filled("slug", "newsletter_has_slug"),
            models.CheckConstraint(condition=Q(weekday__lte=6), name="newsletter_weekday_known"),
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """Raise ValidationError for an address of another page, and if no newsletter would be
        default: then no page has a signup form.
        """
        archive = reverse("newsletter:archive", args=[self.slug]) if self.slug else ""
        if archive and resolve(archive).kwargs.get("newsletter") != self.slug:
            raise ValidationError({"slug": f"{archive} is another page. Choose another slug."})
        if not self.is_default and Newsletter.objects.filter(pk=self.pk, is_default=True).exists():
            raise ValidationError(
                {
                    "is_default": "Without a default newsletter no reader can subscribe. Choose "
                    "another newsletter as the default instead; it then replaces this one."
                }
            )

    def validate_constraints(self, exclude: Collection[str] | None = None) -> None:
        # Not "one default": save() takes it away from the other newsletter.
        super().validate_constraints(exclude={*(exclude or ()), "is_default"})

    @transaction.atomic
    def save(self, *args: Any, **kwargs: Any) -> None:
        if self.is_default:
            for other in Newsletter.objects.filter(is_default=True).exclude(pk=self.pk):
                other.is_default = False
                other.save()
        super().save(*args, **kwargs)

    @property
    def address_slug(self) -> str:
        """The slug in the addresses of its pages; "" for the default newsletter."""
        return "" if self.is_default else self.slug

    def get_absolute_url(self) -> str:
        """Return the path of its archive."""
        return self._path_of("archive")

    @property
    def feed_path(self) -> str:
        return self._path_of("issues_feed")

    def _path_of(self, view_name: str) -> str:
        return reverse(f"newsletter:{view_name}", args=list(filter(None, [self.address_slug])))

    @property
    def signup_path(self) -> str:
        """The path of the page where a visitor subscribes to it."""
        return reverse("newsletter:subscribe") if self.is_default else self.get_absolute_url()

    @property
    def consent_text(self) -> str:
        """The text next to the form, which is stored with each consent given there."""
        return f"{self.name}. {self.promise} No spam, ever. Unsubscribe anytime."

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)

    def next_slot(self, after: datetime) -> datetime:
        """Return when the next issue is due, in the newsletter's time zone."""
        return next_slot(self.weekday, self.local_time, self.zone, after)

    def next_number(self) -> int:
        last = self.issues.order_by("-number").first()
        return last.number + 1 if last else 1

    def slot_on(self, day: date) -> datetime:
        """Return when the issue of a day is due."""
        return moment(day, self.local_time, self.zone)
