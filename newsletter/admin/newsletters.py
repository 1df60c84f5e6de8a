"""Newsletters in admin: promise, schedule and sender."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from glossary.admin.versions import HistoryAdmin
from newsletter.models import Newsletter


@admin.register(Newsletter)
class NewsletterAdmin(HistoryAdmin):
    list_display = (
        "name", "frequency_text", "weekday", "local_time", "time_zone", "is_recurring",
        "is_default",
    )  # fmt: skip
    search_fields = ("name",)

    def get_readonly_fields(self, request: HttpRequest, obj: Newsletter | None = None) -> Any:
        return ("slug",) if obj else ()  # links and mail filters hold it

    def get_prepopulated_fields(self, request: HttpRequest, obj: Newsletter | None = None) -> Any:
        return {} if obj else {"slug": ("name",)}
