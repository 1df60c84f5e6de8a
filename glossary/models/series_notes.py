"""Dated notes of a series, which its charts show above the plot."""

from typing import Any

from django.db import models
from django.db.models import Q
from django.db.models.functions import Length
from django.db.models.lookups import LessThanOrEqual

from glossary.models.series import Series

MOST_NOTES = 4  # that a phone has room for
LONGEST_NOTE = 24


class SeriesNote(models.Model):
    series = models.ForeignKey(Series, models.CASCADE, related_name="chart_notes")
    position = models.PositiveSmallIntegerField()
    day = models.DateField()
    text = models.CharField(
        max_length=LONGEST_NOTE, help_text="What happened, in a few words: “GPT-4 released”."
    )

    class Meta:
        ordering = ["day"]
        verbose_name = "note on the chart"
        verbose_name_plural = "notes on the chart"
        constraints = [
            models.UniqueConstraint(fields=["series", "position"], name="series_note_place"),
            models.UniqueConstraint(
                fields=["series", "day"],
                name="series_note_once_a_day",
                violation_error_message="There is a note on that day already.",
            ),
            models.CheckConstraint(
                condition=Q(position__gte=1, position__lte=MOST_NOTES),
                name="series_note_one_of_four",
            ),
            models.CheckConstraint(
                condition=~Q(text="") & Q(LessThanOrEqual(Length("text"), LONGEST_NOTE)),
                name="series_note_short",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.day}: {self.text}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save; a new note takes the first place that is free."""
        if self.position is None:
            taken = set(self.series.chart_notes.values_list("position", flat=True))
            free = (place for place in range(1, MOST_NOTES + 1) if place not in taken)
            self.position = next(free, MOST_NOTES + 1)
        super().save(*args, **kwargs)
