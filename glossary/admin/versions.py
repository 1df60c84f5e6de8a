"""Base classes for the admin pages of both apps: history, deletions, what search finds."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import models
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path
from django.views.decorators.http import require_POST, require_safe
from simple_history.admin import SimpleHistoryAdmin
from simple_history.models import DeletedObject
from simple_history.template_utils import HistoricalRecordContextHelper

from config.admin_pages import admin_page
from config.forms import ID
from glossary import search
from glossary.admin.conflicts import ConflictAdmin
from glossary.admin.rows import LongLines
from glossary.models import deletions
from glossary.terms.differences import difference


def refuse_odd_ids(*ids: str) -> None:
    """Raise Http404 for an id that no row can have: django-simple-history would query for it."""
    if not all(map(ID.fullmatch, ids)):
        raise Http404


def is_restoring(request: HttpRequest) -> bool:
    """Return whether the page shows an old version, or saves it."""
    match = request.resolver_match
    return match is not None and str(match.url_name).endswith("_simple_history")


class Readable(HistoricalRecordContextHelper):  # type: ignore[misc]  # has no types
    """Shows changed lines and words of texts; the library truncates both versions."""

    def prepare_delta_change_value(self, change: Any, value: Any) -> Any:
        """Return nothing for an empty value; the library calls an empty relation deleted."""
        if value is None or (isinstance(value, DeletedObject) and value.pk is None):
            return ""
        return super().prepare_delta_change_value(change, value)

    def context_for_delta_changes(self, delta: Any) -> list[dict[str, Any]]:
        shown: list[dict[str, Any]] = super().context_for_delta_changes(delta)
        for each, change in zip(shown, delta.changes, strict=True):
            field = self.model._meta.get_field(change.field)
            if isinstance(field, models.CharField | models.TextField) and not field.choices:
                each["lines"] = difference(str(change.old or ""), str(change.new or ""))
        return shown


class HistoryAdmin(LongLines, ConflictAdmin, SimpleHistoryAdmin):  # type: ignore[misc]  # has no types
    """History with restore, for users who may change the row as it is now.

    The library lets every user who may view a version also submit it, and checks the permission
    on the old version instead of the current row: it would allow turning a sent issue back into
    its own draft.
    """

    def get_historical_record_context_helper(
        self, request: HttpRequest, historical_record: Any
    ) -> Readable:
        return Readable(self.model, historical_record)

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        refuse_odd_ids(object_id)
        context = self.history_context(self.get_object(request, object_id))
        page: HttpResponse = super().history_view(
            request, object_id, context | (extra_context or {})
        )
        return page

    def show(self, request: HttpRequest, template: str, title: str, **context: Any) -> HttpResponse:
        return admin_page(request, template, {"opts": self.opts, "title": title, **context})

    def history_context(self, row: Any) -> dict[str, Any]:
        """Return what the page of a row's history shows besides; `row` None is a deleted one."""
        return {}

    def history_form_view(
        self, request: HttpRequest, object_id: str, version_id: str, extra_context: Any = None
    ) -> HttpResponse:
        refuse_odd_ids(object_id, version_id)
        with self.begin(request):
            title = {"title": "Earlier version"}
            context = title | self.compare(request, object_id) | (extra_context or {})
            today = self.get_object(request, object_id)
            if request.method == "POST" and not self.has_change_permission(request, today):
                raise PermissionDenied
            page: HttpResponse = super().history_form_view(request, object_id, version_id, context)
            return page


class DeletionsAdmin(HistoryAdmin):
    """History whose deleted rows come back from a list; until then their versions are only read."""

    # What comes back with a row, and what to do then, each as a sentence.
    comes_back = ""
    then_do = ""

    def bring_back(self, pk: int) -> tuple[Any, list[str]]:
        """Restore a deleted row as a draft; return it and what could not be restored, in words.

        Raises ValidationError, Http404.
        """
        raise NotImplementedError

    def get_urls(self) -> list[Any]:
        guard = self.admin_site.admin_view
        own = [
            path("deleted/", guard(require_safe(self.deleted_view)), name=self._name("deleted")),
            path(
                "deleted/<int:pk>/bring-back/",
                guard(require_POST(self.bring_back_view)),
                name=self._name("bring_back"),
            ),
        ]
        return [*own, *super().get_urls()]

    def deleted_view(self, request: HttpRequest) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        name_of: Any = self.model.__str__
        context = {
            "comes_back": self.comes_back,
            "deleted": [
                (record, name_of(record))  # a version has the fields of its row
                for record in deletions.deleted_rows(self.model)
            ],
            "may_bring_back": self.has_add_permission(request),
        }
        title = f"Deleted {self.opts.verbose_name_plural}"
        return self.show(request, "deleted.html", title, **context)

    def bring_back_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        if not self.has_add_permission(request):
            raise PermissionDenied
        try:
            row, left_out = self.bring_back(pk)
        except ValidationError as error:
            self.message_user(request, " ".join(error.messages), messages.ERROR)
            return redirect(f"admin:{self._name('deleted')}")
        said = f"“{row}” is back, as a draft. {self.then_do}".strip()
        self.message_user(request, said, messages.SUCCESS)
        for each in left_out:
            self.message_user(request, each, messages.WARNING)
        return redirect(f"admin:{self._name('change')}", row.pk)

    def history_context(self, row: Any) -> dict[str, Any]:
        return {"is_deleted": row is None}

    def history_form_view(
        self, request: HttpRequest, object_id: str, version_id: str, extra_context: Any = None
    ) -> HttpResponse:
        """Show or restore a version; a deleted row must be brought back first."""
        refuse_odd_ids(object_id, version_id)
        was_there = self.model.history.filter(id=object_id, history_id=version_id).exists()
        if was_there and self.get_object(request, object_id) is None:
            said = f"This {self.opts.verbose_name} is deleted. Bring it back first."
            self.message_user(request, said, messages.WARNING)
            return redirect(f"admin:{self._name('deleted')}")
        return super().history_form_view(request, object_id, version_id, extra_context)

    def _name(self, page: str) -> str:
        return f"{self.opts.app_label}_{self.opts.model_name}_{page}"


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
