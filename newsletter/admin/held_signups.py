"""What was held back of the signups of the last week, for operators."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse

from config.admin_pages import LookOnly, admin_page
from newsletter.admin.pages import require
from newsletter.models import HeldSignup
from newsletter.subscribers import held_signups


@admin.register(HeldSignup)
class HeldSignupAdmin(LookOnly, admin.ModelAdmin[Any]):
    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        require(request, "view_heldsignup")
        context = {
            "title": "Held signups",
            "labels": HeldSignup.Reason.labels,
            "hours": held_signups.by_hour(),
            "networks": held_signups.by_network(),
        }
        return admin_page(request, "newsletter/heldsignup/change_list.html", context)
