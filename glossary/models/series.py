"""Series of numbers: their source, what they count, and their releases."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Any, Self

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from simple_history.models import HistoricalRecords

from glossary.models.categories import Category
from glossary.models.fields import ExactDecimal, is_filled, is_one_of, web_address
from glossary.models.sources import Source
from glossary.values.charts import ChartForm, ChartScale
from glossary.values.expectations import Expectation, State, next_release
from glossary.values.numbers import unit_without
from glossary.values.periods import Denotes, Frequency, period_end
from glossary.values.points import Point, Status


def choices(kind: type[StrEnum]) -> list[tuple[str, str]]:
    return [(member.value, member.value) for member in kind]


class SeriesQuerySet(models.QuerySet["Series"]):
    def published(self) -> Self:
        """Series with data: a series is public from its first release on."""
        return self.filter(current_release__isnull=False)

    def with_page(self) -> Self:
        return self.select_related("source", "category", "current_release")

    def fetched(self) -> Self:
        return self.exclude(fetch_url="").filter(ended_on=None)

    def with_older_title(self) -> Self:
        """Series whose chart title an editor typed before the newest release or withdrawal."""
        newer = Q(current_release__imported_at__gt=F("updated_at"))
        withdrawn = Q(withdrawn_releases__withdrawn_at__gte=F("updated_at"))
        return self.filter(newer | withdrawn).exclude(chart_title="").distinct()


class Series(models.Model):
    class Kind(models.TextChoices):
        OBSERVED = "observed"
        ESTIMATED = "estimated"
        MODELLED = "modelled"
        PROJECTED = "projected"

    slug = models.SlugField(
        max_length=80,
        unique=True,
        help_text="Its name in texts, {{ slug }}, and in its address. It cannot be changed later.",
    )
    title = models.CharField(max_length=160)
    description = models.CharField(max_length=300, help_text="What is counted, in one line.")
    notes = models.TextField(
        blank=True,
        max_length=20_000,
        help_text="Markdown, for readers: what the numbers include, what they leave out, and how "
        "they are made.",
    )
    category = models.ForeignKey(
        Category, models.PROTECT, related_name="series", verbose_name="topic"
    )
    source = models.ForeignKey(Source, models.PROTECT, related_name="series")
    unit = models.CharField(max_length=80, help_text="On the axis: “US dollars”, “percent”.")
    short_unit = models.CharField(max_length=12, blank=True, help_text="At the number: “$”, “%”.")
    scale = models.SmallIntegerField(
        default=0,
        help_text="Of the values in files: 9 for billions, 6 for millions, 0 for neither.",
    )
    decimals = models.PositiveSmallIntegerField(default=0)
    frequency = models.CharField(max_length=10, choices=choices(Frequency))
    denotes = models.CharField(
        max_length=8,
        choices=choices(Denotes),
        default=Denotes.AROUND.value,
        help_text="Which period a date means: the one around it, one ending on it, or the day.",
    )
    kind = models.CharField(
        max_length=10, choices=Kind, default=Kind.OBSERVED, help_text="How it is known."
    )
    price_basis = models.CharField(
        max_length=60, blank=True, help_text="Of money: “2023 US dollars”."
    )
    interval = models.CharField(
        max_length=60, blank=True, help_text="What low and high mean: “90% interval”."
    )
    chart_form = models.CharField(
        max_length=6,
        choices=choices(ChartForm),
        default=ChartForm.LINE.value,
        help_text="Bars for amounts of a period, steps for a value that holds until the next.",
    )
    chart_scale = models.CharField(
        max_length=6,
        choices=choices(ChartScale),
        default=ChartScale.LINEAR.value,
        help_text="Logarithmic for what grows many times over: equal steps are equal ratios.",
    )
    chart_subject = models.CharField(
        max_length=60,
        blank=True,
        help_text="What the sentence above the chart is about: “NVIDIA revenue”. For a share, the "
        "words after its number: “of US firms use AI”.",
    )
    chart_title = models.CharField(
        max_length=120, blank=True, help_text="Empty: a sentence made from the values."
    )
    expected_days = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="From one release to the next. Empty: by the frequency."
    )
    ended_on = models.DateField(
        null=True, blank=True, help_text="If the publisher stopped it: no release is expected then."
    )
    # How files of this series are read: a columns.Mapping as JSON, from the last import.
    mapping = models.TextField(blank=True)
    steps = models.TextField(
        "how the file is read",
        blank=True,
        max_length=10_000,
        help_text="Steps that make a publisher’s file into periods and values, one a line after a "
        "hyphen (the guide for editors lists them). Empty: columns are recognized, and you are "
        "asked where several fit.",
    )
    fetch_url = models.CharField(
        "fetch from",
        max_length=500,
        blank=True,
        validators=[web_address],
        help_text="Address of the publisher’s file, fetched once a day. Empty: import by hand.",
    )
    # Derived from the current release, so that lists need not read observations.
    # RESTRICT and not PROTECT: a series that nothing uses can be deleted with its releases.
    current_release = models.ForeignKey(
        "Release", models.RESTRICT, null=True, editable=False, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = SeriesQuerySet.as_manager()
    history = HistoricalRecords(excluded_fields=["current_release", "mapping"])

    class Meta:
        ordering = ["title"]
        verbose_name_plural = "series"
        constraints = [
            models.CheckConstraint(
                condition=~Q(slug="calendar"),
                name="series_slug_free",
                violation_error_message="/data/calendar/ is another page. Choose another slug.",
            ),
            models.CheckConstraint(
                condition=Q(scale__gte=-30, scale__lte=30), name="series_scale_sane"
            ),
            models.CheckConstraint(condition=Q(decimals__lte=12), name="series_decimals_sane"),
            is_filled("slug", "series_has_slug"),
            is_filled("title", "series_has_title"),
            is_filled("unit", "series_has_unit"),
            models.CheckConstraint(
                condition=Q(expected_days=None) | Q(expected_days__gte=1),
                name="series_expected_days_positive",
                violation_error_message="Give one day or more from a release to the next.",
            ),
            is_one_of("frequency", Frequency, "series_frequency_known"),
            is_one_of("denotes", Denotes, "series_denotes_known"),
            is_one_of("kind", "observed estimated modelled projected", "series_kind_known"),
            is_one_of("chart_form", ChartForm, "series_chart_form_known"),
            is_one_of("chart_scale", ChartScale, "series_chart_scale_known"),
        ]

    def __str__(self) -> str:
        return self.title

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save all but the current release, which only an import changes (ingest.plans).

        Otherwise a copy that was loaded before an import would undo it.
        """
        if self.pk and not kwargs.get("update_fields") and not kwargs.get("force_insert"):
            names = {field.name for field in self._meta.concrete_fields if not field.primary_key}
            kwargs["update_fields"] = names - {"current_release", "created_at"}
        super().save(*args, **kwargs)

    def clean(self) -> None:
        """Raise ValidationError for a unit that repeats the scale, and for changes to what past
        releases depend on.
        """
        before = Series.objects.filter(pk=self.pk).first()
        if before is None or before.unit != self.unit:
            bare = unit_without(self.scale, self.unit)
            if bare != self.unit:
                raise ValidationError({"unit": f"The scale says that already; write “{bare}”."})
        if before is None:
            return
        errors: dict[str, str] = {}
        if before.slug != self.slug:
            errors["slug"] = f"The slug stays “{before.slug}”: texts and links name it."
        if before.current_release_id:
            for name in ("unit", "scale"):
                if getattr(before, name) != getattr(self, name):
                    errors[name] = (
                        f"It stays “{getattr(before, name)}”: every past release was published "
                        "in it. Make a new series for another unit, base or scale."
                    )
        if errors:
            raise ValidationError(errors)

    def get_absolute_url(self) -> str:
        return reverse("glossary:series", args=[self.slug])

    @property
    def expectation(self) -> Expectation | None:
        """What is expected of a living series with data; None of another."""
        release = self.current_release
        if self.ended_on or release is None:
            return None
        frequency, observed = Frequency(self.frequency), release.observed_until
        ended = observed and period_end(observed, frequency, Denotes(self.denotes))
        return next_release(release.released_on, frequency, self.expected_days, ended)

    @property
    def expected_on(self) -> date | None:
        """The day on which the next release is expected; None if none is."""
        return self.expectation.expected_on if self.expectation else None

    def state(self, today: date) -> State:
        """Return how fresh the newest release is on `today`."""
        if self.ended_on:
            return State.ENDED
        return self.expectation.state(today) if self.expectation else State.FRESH


class ReleaseQuerySet(models.QuerySet["Release"]):
    def as_of(self, day: date) -> Self:
        """Releases up to `day`."""
        return self.filter(released_on__lte=day)

    def newest_first(self) -> Self:
        return self.order_by("-released_on", "-pk")


class Release(models.Model):
    """What a publisher released on a day, if it changed anything. Never edited."""

    class Kind(models.TextChoices):
        FIRST = "first"
        APPEND = "append"
        REVISION = "revision"

    series = models.ForeignKey(Series, models.CASCADE, related_name="releases")
    released_on = models.DateField()
    imported_at = models.DateTimeField(default=timezone.now)
    imported_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    # The newest period with a published value that is not projected, if it began by then.
    observed_until = models.DateField(null=True)
    checksum = models.CharField(max_length=64, help_text="SHA-256 of the file.")
    kind = models.CharField(max_length=10, choices=Kind)
    summary = models.CharField(max_length=500, help_text="What changed, in one line.")
    note = models.CharField(max_length=300, blank=True)
    is_automatic = models.BooleanField(
        "accepted automatically", default=False, help_text="Fetched, and accepted automatically."
    )
    # Title, address, before and after of the sentences that it changed, as lists of four texts.
    sentences = models.JSONField(default=list, blank=True)

    objects = ReleaseQuerySet.as_manager()

    class Meta:
        ordering = ["series", "released_on", "pk"]
        constraints = [is_one_of("kind", "first append revision", "release_kind_known")]
        indexes = [models.Index(fields=["series", "released_on"], name="release_as_of")]

    def __str__(self) -> str:
        return f"Release of {self.released_on}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self.pk is not None:
            raise ValueError("A release is never changed; import a newer one.")
        super().save(*args, **kwargs)


class WithdrawnRelease(models.Model):
    """A release that a person took back; the numbers before it hold again."""

    series = models.ForeignKey(Series, models.CASCADE, related_name="withdrawn_releases")
    released_on = models.DateField()
    imported_at = models.DateTimeField()
    checksum = models.CharField(max_length=64, db_index=True)
    summary = models.CharField(max_length=500)
    withdrawn_at = models.DateTimeField(default=timezone.now)
    withdrawn_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    reason = models.CharField(max_length=300, help_text="Readers see it on the series’ page.")

    class Meta:
        ordering = ["-withdrawn_at"]
        constraints = [is_filled("reason", "withdrawn_for_a_reason")]

    def __str__(self) -> str:
        return f"Release of {self.released_on}, withdrawn"


class ObservationQuerySet(models.QuerySet["Observation"]):
    def current(self) -> Self:
        return self.filter(superseded_in=None)

    def held_in(self, release: Release) -> Self:
        """Observations that held in `release`. Releases are imported in the order of their days."""
        until = Q(superseded_in=None) | Q(superseded_in__gt=release.pk)
        return self.filter(until, series=release.series_id, first_in__lte=release.pk)


class Observation(models.Model):
    """The value of a period, and the releases between which it held.

    Only differences are stored: a value unchanged through ten releases is one row.
    """

    series = models.ForeignKey(Series, models.CASCADE, related_name="observations")
    period = models.DateField()
    value = ExactDecimal(null=True)
    low = ExactDecimal(null=True)
    high = ExactDecimal(null=True)
    status = models.CharField(max_length=12, choices=choices(Status), default=Status.FINAL.value)
    first_in = models.ForeignKey(Release, models.CASCADE, related_name="brought")
    superseded_in = models.ForeignKey(Release, models.CASCADE, null=True, related_name="superseded")

    objects = ObservationQuerySet.as_manager()

    class Meta:
        ordering = ["series", "period"]
        constraints = [
            models.UniqueConstraint(
                fields=["series", "period"],
                condition=Q(superseded_in=None),
                name="observation_one_current_a_period",
            ),
            models.UniqueConstraint(
                fields=["series", "period", "first_in"], name="observation_once_a_release"
            ),
            models.CheckConstraint(
                condition=Q(superseded_in=None) | Q(superseded_in__gt=F("first_in")),
                name="observation_ends_after_it_began",
            ),
            is_one_of("status", Status, "observation_status_known"),
        ]

    def __str__(self) -> str:
        return f"{self.series_id} {self.period}: {self.value}"

    @property
    def point(self) -> Point:
        return Point(self.period, self.value, self.low, self.high, Status(self.status))
