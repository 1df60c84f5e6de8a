"""A base class for admin pages on which nobody adds, changes or deletes rows. For both apps."""

from typing import Any

from django.http import HttpRequest


class LookOnly:
    """Rows that admin only shows: readers, imports, log-ins or the clock create them."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
