from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from config.models import LoginAttempt


@admin.register(LoginAttempt)
class LoginAttemptAdmin(admin.ModelAdmin[Any]):
    """Who logged in and who failed. To delete failures lifts the pause that they caused."""

    list_display = ("at", "account", "network", "succeeded")
    list_filter = ("succeeded",)
    list_select_related = ("user",)
    search_fields = ("user__username", "network")
    exclude = ("name_key",)

    @admin.display(description="account", empty_value="(no such account)")
    def account(self, attempt: LoginAttempt) -> Any:
        return attempt.user

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
