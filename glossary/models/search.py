"""The search table: an entry for each public page, and its names.

`glossary.search` copies it from terms, series and issues and rebuilds it when it is lost. The
migration adds what each engine's full-text index needs.
"""

from __future__ import annotations

import secrets

from django.db import models

NAME_LENGTH = 200


def new_stamp() -> str:
    return secrets.token_hex(8)


class SearchEntry(models.Model):
    """One page. A changed page gets a new row, so the newest row shows that one was added."""

    kind = models.CharField(max_length=10)
    ref = models.PositiveBigIntegerField()
    path = models.CharField(max_length=300)
    title = models.CharField(max_length=NAME_LENGTH)
    # The order within one rank: by kind, then shorter titles, then the alphabet.
    kind_position = models.PositiveSmallIntegerField()
    title_length = models.PositiveSmallIntegerField()
    title_key = models.CharField(max_length=NAME_LENGTH)
    note = models.CharField(max_length=NAME_LENGTH, blank=True)
    definition = models.TextField(blank=True)
    body = models.TextField(blank=True)
    # Stems separated by spaces; the engines index these columns.
    name_words = models.TextField()
    definition_words = models.TextField()
    body_words = models.TextField()
    fingerprint = models.CharField(max_length=64)
    stamp = models.CharField(max_length=16, default=new_stamp)

    class Meta:
        verbose_name_plural = "search entries"
        constraints = [models.UniqueConstraint(fields=["kind", "ref"], name="search_entry_once")]

    def __str__(self) -> str:
        return self.title


class SearchName(models.Model):
    """A headword or alias without its spaces, as written and as stems."""

    entry = models.ForeignKey(SearchEntry, models.CASCADE, related_name="names")
    key = models.CharField(max_length=NAME_LENGTH, db_index=True)
    stems = models.CharField(max_length=NAME_LENGTH, db_index=True)
    is_title = models.BooleanField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["entry", "key"], name="search_name_once_an_entry")
        ]

    def __str__(self) -> str:
        return self.key
