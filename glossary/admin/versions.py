"""What the admin pages of both apps stand on: history, and rows that are only looked at."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from simple_history.admin import SimpleHistoryAdmin


class HistoryAdmin(SimpleHistoryAdmin):
    """History with restore, for whoever may change the row as it stands now.

    The library lets everybody who may look at a version also submit it, and asks about the old
    version rather than today's row: a sent issue could be turned back into its own draft.
    """

    def history_form_view(
        self,
        request: HttpRequest,
        object_id: str,
        version_id: str,
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        today = self.get_object(request, object_id)
        if request.method == "POST" and not self.has_change_permission(request, today):
            raise PermissionDenied
        return super().history_form_view(request, object_id, version_id, extra_context)


class LookOnly:
    """Rows that come into being by what others do: readers, imports, the clock."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
