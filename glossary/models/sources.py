"""Who publishes data, under which license, and how they want to be named."""

import re

from django.db import models
from simple_history.models import HistoricalRecords

from glossary.models.fields import is_filled, web_address

LONGEST_LICENSE = 3  # words
VERSION = re.compile(r" [0-9.]+$")  # of a license


class Source(models.Model):
    publisher = models.CharField(max_length=120)
    title = models.CharField(max_length=300)
    url = models.CharField("address", max_length=500, blank=True, validators=[web_address])
    licence = models.CharField(
        "license",
        max_length=120,
        blank=True,
        help_text="How the data may be used: an SPDX id such as CC-BY-4.0, or words.",
    )
    licence_url = models.CharField(
        "address of the license", max_length=500, blank=True, validators=[web_address]
    )
    may_redistribute = models.BooleanField(
        default=True, help_text="Off: readers get chart and figures, but no downloads."
    )
    citation = models.TextField(blank=True, help_text="How the publisher wants to be cited.")
    attribution = models.CharField(
        max_length=120,
        blank=True,
        help_text="Under charts: “Epoch AI, CC BY 4.0”. Empty: publisher.",
    )

    history = HistoricalRecords()

    class Meta:
        ordering = ["publisher", "title"]
        constraints = [
            models.UniqueConstraint(fields=["publisher", "title"], name="source_once"),
            is_filled("publisher", "source_has_publisher"),
            is_filled("title", "source_has_title"),
        ]

    def __str__(self) -> str:
        return f"{self.publisher}: {self.title}"

    @property
    def short(self) -> str:
        return self.attribution or self.publisher

    @property
    def credit(self) -> str:
        """Whom the numbers are from, and their license: "Epoch AI, CC BY 4.0", "arXiv, CC0 1.0".

        A whole phrase such as "Facts from company filings" names none, and is left out."""
        in_words = self.licence[:1].lower() + self.licence[1:]
        license_ = in_words if " " in in_words else self.license_name
        is_phrase = len(in_words.split()) > LONGEST_LICENSE
        is_named = VERSION.sub("", license_) in self.short
        return self.short if is_phrase or is_named else f"{self.short}, {license_}"

    @property
    def license_name(self) -> str:
        """The license as people write it: "CC BY-SA 4.0" for "CC-BY-SA-4.0"."""
        name, dash, version = self.licence.rpartition("-")
        is_id = dash and " " not in self.licence
        return f"{name.replace('-', ' ', 1)} {version}" if is_id else self.licence

    @property
    def is_share_alike(self) -> bool:
        """Whether what is made of the data, such as a chart, must have the same licence."""
        return "-SA-" in self.licence
