"""Base class for the admin pages of what search finds."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from glossary import search


class Searched(admin.ModelAdmin[Any]):
    """Updates search after saves and deletions; `searched_as` is the kind in SEARCH_SOURCES."""

    searched_as: str

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        search.after_commit(self.searched_as, [form.instance.pk])

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        self.delete_queryset(request, self.model._default_manager.filter(pk=obj.pk))

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        refs = list(queryset.values_list("pk", flat=True))
        super().delete_queryset(request, queryset)
        search.after_commit(self.searched_as, refs)
