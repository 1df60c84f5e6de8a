"""Admin of the people who review and answer for texts, and of the texts of the About page."""

from typing import Any

from django.contrib import admin

from glossary.admin.versions import HistoryAdmin
from glossary.models import AboutText, Person


@admin.register(Person)
class PersonAdmin(HistoryAdmin):
    list_display = ("__str__", "role", "is_office", "is_listed", "account")
    list_select_related = ("account",)
    search_fields = ("name", "role")
    fields = ("name", "role", "url", "is_listed", "account", "is_office")


@admin.register(AboutText)
class AboutTextAdmin(HistoryAdmin):
    list_display = ("section",)

    def view_on_site(self, obj: Any) -> str:
        return f"/about/#{obj.section}"
