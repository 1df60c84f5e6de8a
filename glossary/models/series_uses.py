"""Where terms use series: under Live Data, and in figures and claims of their texts."""

from django.db import models

from glossary.models.series import Release, Series
from glossary.models.terms import Term


class TermSeries(models.Model):
    """A series under a term's Live Data, in the editor's order."""

    term = models.ForeignKey(Term, models.CASCADE, related_name="shown_series")
    series = models.ForeignKey(Series, models.CASCADE, related_name="shown_by")
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position", "pk"]
        verbose_name_plural = "live data"
        constraints = [
            models.UniqueConstraint(
                fields=["term", "series"],
                name="term_series_once",
                violation_error_message="This series is listed already.",
            )
        ]

    def __str__(self) -> str:
        return str(self.series)


class FigureUse(models.Model):
    """A use of a series in a term's explanation, as a figure or as a claim."""

    term = models.ForeignKey(Term, models.CASCADE, related_name="figure_uses")
    series = models.ForeignKey(Series, models.PROTECT, related_name="figure_uses")
    token = models.CharField(max_length=300)
    is_claim = models.BooleanField(default=False)
    # For a claim: the finding, and the release that broke it.
    finding = models.CharField(max_length=500, blank=True)
    broken_in = models.ForeignKey(
        Release, models.SET_NULL, null=True, blank=True, related_name="broken_claims"
    )

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.token
