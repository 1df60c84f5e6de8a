"""A base class for admin pages of both apps."""

from typing import Any

from django.http import HttpRequest


class LookOnly:
    """Read-only rows, which readers, imports, log-ins or the clock create."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
