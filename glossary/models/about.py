"""What the publisher writes on the About page; what the software does is in its template."""

from django.core.exceptions import ValidationError
from django.db import models
from simple_history.models import HistoricalRecords

from glossary.models.fields import is_one_of


class AboutText(models.Model):
    class Section(models.TextChoices):
        METHOD = "method", "How we work"
        PEOPLE = "people", "People"
        CORRECTIONS = "corrections", "Corrections"
        FUNDING = "funding", "Funding"

    section = models.CharField(max_length=12, choices=Section, unique=True)
    text = models.TextField(
        max_length=20_000, help_text="Markdown; headings with ###. Readers see it once it is saved."
    )

    history = HistoricalRecords()

    class Meta:
        ordering = ["section"]
        verbose_name = "text of the About page"
        verbose_name_plural = "texts of the About page"
        constraints = [
            is_one_of("section", "method people corrections funding", "about_section_known")
        ]

    def __str__(self) -> str:
        return self.get_section_display()

    def clean(self) -> None:
        """Raise ValidationError for a figure or a [[link]]: both work only in terms and issues."""
        if "{{" in self.text or "[[" in self.text:
            said = "Figures and [[links]] do not work here. Write the number, or a Markdown link."
            raise ValidationError({"text": said})
