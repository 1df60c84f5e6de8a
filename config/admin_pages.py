"""For the admin pages of both apps: their frame, and rows that nobody adds, changes or deletes."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.template.response import TemplateResponse


def admin_page(request: HttpRequest, template: str, context: dict[str, Any]) -> TemplateResponse:
    """Render a template of templates/admin/, such as "x.html", or a part of it: "x.html#part"."""
    frame = admin.site.each_context(request)
    return TemplateResponse(request, f"admin/{template}", frame | context)


class LookOnly:
    """Rows that admin only shows: readers, imports, log-ins or the clock create them."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
