"""List deleted rows and bring them back. For both apps."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path
from django.views.decorators.http import require_POST, require_safe

from glossary.admin.versions import HistoryAdmin, refuse_odd_ids
from glossary.models import deletions


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
        self,
        request: HttpRequest,
        object_id: str,
        version_id: str,
        extra_context: dict[str, Any] | None = None,
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
