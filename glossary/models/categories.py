"""The fields of the glossary, in the order of the index."""

from __future__ import annotations

from typing import Self

from django.db import models
from django.db.models import Q
from django.urls import reverse
from simple_history.models import HistoricalRecords

from glossary.models.fields import is_filled
from glossary.values.names import name_slug


class CategoryQuerySet(models.QuerySet["Category"]):
    def named(self, name: str) -> Category | None:
        return self.filter(Q(name__iexact=name) | Q(slug=name)).first()

    def after_all(self, name: str) -> Category:
        """Return a new category of that name, last in order and not saved yet."""
        last = self.aggregate(last=models.Max("position"))["last"] or 0
        return Category(name=name, slug=name_slug(name), position=last + 1)

    def in_use(self) -> Self:
        """Categories with published terms, with their `count`, in order."""
        published = Q(terms__status="published")
        counted = self.annotate(count=models.Count("terms", filter=published)).filter(count__gt=0)
        # Repeated, because a query that groups drops the order of the model.
        return counted.order_by("position", "name")


class Category(models.Model):
    name = models.CharField(max_length=80, unique=True)
    slug = models.SlugField(max_length=80, unique=True)
    position = models.PositiveSmallIntegerField(default=0, help_text="Smaller numbers first.")

    objects = CategoryQuerySet.as_manager()
    history = HistoricalRecords()

    class Meta:
        ordering = ["position", "name"]
        constraints = [
            is_filled("name", "category_has_name"),
            is_filled("slug", "category_has_slug"),
        ]
        verbose_name_plural = "categories"

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("glossary:category", args=[self.slug])
