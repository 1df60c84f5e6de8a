"""Addresses that our texts link to, and how they answered last."""

from __future__ import annotations

from typing import Self

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from glossary.models.fields import is_one_of

LONGEST_URL = 500


class CheckedAddressQuerySet(models.QuerySet["CheckedAddress"]):
    def due(self) -> Self:
        """Addresses to check now, the longest waiting first."""
        return self.filter(next_at__lte=timezone.now()).order_by("next_at", "pk")

    def dead(self) -> Self:
        """Dead addresses that no editor has excused."""
        return self.failing().filter(state=CheckedAddress.State.DEAD)

    def failing(self) -> Self:
        """Addresses that did not answer last time, dead or not yet, and that no editor excused."""
        excused = Q(excused_as=F("answer"))
        states = [CheckedAddress.State.FAILS, CheckedAddress.State.DEAD]
        return self.filter(Q(excused_as=None) | ~excused, state__in=states)

    def working(self) -> Self:
        return self.filter(state=CheckedAddress.State.WORKS)


class CheckedAddress(models.Model):
    class State(models.TextChoices):
        NEW = "new", "not looked at yet"
        WORKS = "works", "works"
        FAILS = "fails", "fails, not for long yet"
        DEAD = "dead", "dead"
        UNCLEAR = "unclear", "cannot be told"

    url = models.CharField("address", max_length=LONGEST_URL, unique=True)
    state = models.CharField(max_length=8, choices=State, default=State.NEW)
    # The last HTTP status; 0 without an answer.
    answer = models.PositiveSmallIntegerField(null=True)
    said = models.CharField("what it said", max_length=500, blank=True)
    # The target of its redirects, if any.
    leads_to = models.CharField(max_length=LONGEST_URL, blank=True)
    failures = models.PositiveSmallIntegerField(default=0)
    failing_since = models.DateTimeField(null=True)
    checked_at = models.DateTimeField(null=True)
    next_at = models.DateTimeField(default=timezone.now, db_index=True)
    # The failure that an editor excused: not dead until it fails in another way.
    excused_as = models.PositiveSmallIntegerField(null=True)

    objects = CheckedAddressQuerySet.as_manager()

    class Meta:
        ordering = ["url"]
        verbose_name = "link"
        verbose_name_plural = "links to other sites"
        constraints = [
            is_one_of("state", "new works fails dead unclear", "checked_address_state_known")
        ]

    def __str__(self) -> str:
        return self.url
