"""What was held back of the signups of the last week, for operators."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from config.look_only import LookOnly
from newsletter.models import HeldSignup
from newsletter.subscribers import held_signups


@admin.register(HeldSignup)
class HeldSignupAdmin(LookOnly, admin.ModelAdmin[Any]):
    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": "Held signups",
            "labels": HeldSignup.Reason.labels,
            "hours": held_signups.by_hour(),
            "networks": held_signups.by_network(),
        }
        return TemplateResponse(request, "admin/newsletter/heldsignup/change_list.html", context)
