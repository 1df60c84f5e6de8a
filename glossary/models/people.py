"""Who reviewed a text and who answers for it: a person under their public name, or the office."""

from __future__ import annotations

from datetime import date
from typing import Any, Self

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.formats import date_format
from simple_history.models import HistoricalRecords

from glossary.models.fields import web_address

# What an old version does not bring back when its text is restored.
SIGNED = ("reviewed_by", "reviewed_on", "reopened_on", "responsible")
# How files name the office of the site that they are imported into.
OFFICE = "editorial office"


class PersonQuerySet(models.QuerySet["Person"]):
    def named(self, name: str) -> Person | None:
        """Return the person of a name; the word `OFFICE` finds the office under any name."""
        office = self.office()
        if office and name in (OFFICE, str(office)):
            return office
        return self.exclude(name="").filter(name=name).first()

    def office(self) -> Person | None:
        return self.filter(is_office=True).first()

    def of_account(self, user: Any) -> Person | None:
        """Return in whose name an account reviews: its person, or else the office."""
        return self.filter(account=user).first() or self.office()

    def listed(self) -> Self:
        return self.filter(is_listed=True)


class Person(models.Model):
    name = models.CharField(
        "public name",
        max_length=120,
        unique=True,
        blank=True,
        help_text="Empty for the office: it is then named after the site.",
    )
    role = models.CharField(max_length=120, blank=True, help_text="Such as “Editor, energy”.")
    url = models.CharField("profile page", max_length=500, blank=True, validators=[web_address])
    is_office = models.BooleanField(
        "editorial office", default=False, help_text="The one office, in place of a person."
    )
    is_listed = models.BooleanField(
        "named on About", default=True, help_text="Texts name them either way."
    )
    account = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="person",
        help_text="“Mark as reviewed today” signs with this name for this account. Accounts "
        "without a person sign as the editorial office.",
    )

    objects = PersonQuerySet.as_manager()
    history = HistoricalRecords()

    class Meta:
        ordering = ["-is_office", "name"]
        verbose_name = "person or office"
        verbose_name_plural = "people"
        constraints = [
            models.CheckConstraint(
                condition=~Q(name="") | Q(is_office=True),
                name="person_has_name",
                violation_error_message="Only the editorial office can go without a name.",
            ),
            models.UniqueConstraint(
                fields=["is_office"],
                condition=Q(is_office=True),
                name="person_one_office",
                violation_error_message="There is an editorial office already. Change that one.",
            ),
        ]

    def __str__(self) -> str:
        return self.name or f"{settings.SITE_NAME} {OFFICE}"

    @property
    def signature(self) -> str:
        """Return "Name, role", or the name alone, with an article where it is the site's office."""
        return ", ".join(filter(None, [self.name or f"The {self}", self.role]))


class Signed(models.Model):
    """A text that names who reviewed it, who answers for it and how it was drafted.

    A review is a day and a person. An edit afterwards takes it away (glossary.terms.reviews) and
    leaves the day of the last edit in `reopened_on`, until the text is reviewed again.
    """

    reviewed_by = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+")
    reviewed_on = models.DateField(null=True, blank=True)
    reopened_on = models.DateField(
        "changed since its review, on", null=True, blank=True, editable=False
    )
    responsible = models.ForeignKey(
        Person,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="who answers for it",
    )
    drafting = models.CharField(
        "how it was drafted",
        max_length=300,
        blank=True,
        help_text="Shown to readers if filled in, such as “Drafted with a language model.”",
    )

    class Meta:
        abstract = True

    @property
    def review(self) -> tuple[date | None, int | None]:
        """The day of the review and the id of the person; two Nones without a review."""
        return self.reviewed_on, self.reviewed_by_id

    @property
    def is_answered_by_reviewer(self) -> bool:
        return self.reviewed_on is not None and self.responsible == self.reviewed_by is not None

    @property
    def signature(self) -> str:
        return self.responsible.signature if self.responsible else ""

    def keep_signed(self, stored: Signed) -> None:
        """Keep the SIGNED fields of the stored text when an old version of it is restored."""
        for name in SIGNED:
            setattr(self, name, getattr(stored, name))

    def end_reopening(self) -> None:
        """Clear the day of the last edit once the text is reviewed again."""
        if self.reviewed_on:
            self.reopened_on = None

    def clean_review(self) -> None:
        """Raise ValidationError for a review from before the last edit."""
        if self.reviewed_on and self.reopened_on and self.reviewed_on < self.reopened_on:
            day = date_format(self.reopened_on)
            said = f"The text changed on {day}: a review before that day is not one of this text."
            raise ValidationError({"reviewed_on": said})
        self.end_reopening()  # before a form checks the constraints

    def forget_missing_people(self) -> None:
        """Clear people who have been deleted, before a deleted row is restored."""
        ids = [pk for pk in (self.reviewed_by_id, self.responsible_id) if pk]
        found = Person.objects.in_bulk(ids)
        if self.reviewed_by_id not in found:
            self.reviewed_on = self.reviewed_by = None
        if self.responsible_id not in found:
            self.responsible = None


def review_constraints(model: str) -> list[models.CheckConstraint]:
    """Return the constraints on the review of a signed model; their names begin with `model`."""
    return [
        models.CheckConstraint(
            condition=Q(reviewed_on=None, reviewed_by=None)
            | Q(reviewed_on__isnull=False, reviewed_by__isnull=False),
            name=f"{model}_review_has_day_and_person",
            violation_error_message="A review has a day and a person: fill in both, or neither.",
        ),
        models.CheckConstraint(
            condition=Q(reviewed_on=None) | Q(reopened_on=None),
            name=f"{model}_reviewed_or_reopened",
        ),
    ]
