"""Newsletters in admin: promise, schedule and sender."""

from django.contrib import admin

from glossary.admin import HistoryAdmin
from newsletter.models import Newsletter


@admin.register(Newsletter)
class NewsletterAdmin(HistoryAdmin):
    list_display = (
        "name",
        "frequency_text",
        "weekday",
        "local_time",
        "time_zone",
        "is_recurring",
        "is_default",
    )
    search_fields = ("name",)
    prepopulated_fields = {"slug": ("name",)}
