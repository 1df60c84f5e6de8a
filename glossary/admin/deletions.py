"""List deleted terms and bring them back."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path
from django.views.decorators.http import require_POST, require_safe

from glossary.terms import deletions

LIVE_DATA = "Choose its series under Live Data again."


def urls(admin: Any) -> list[Any]:
    """Return the routes of the list and of bringing a term back."""

    def listed(request: HttpRequest) -> HttpResponse:
        return _list(admin, request)

    def bring_back(request: HttpRequest, pk: int) -> HttpResponse:
        return _bring_back(admin, request, pk)

    guard = admin.admin_site.admin_view
    return [
        path("deleted/", guard(require_safe(listed)), name="glossary_term_deleted"),
        path(
            "deleted/<int:pk>/bring-back/",
            guard(require_POST(bring_back)),
            name="glossary_term_bring_back",
        ),
    ]


def _list(admin: Any, request: HttpRequest) -> HttpResponse:
    if not admin.has_view_permission(request):
        raise PermissionDenied
    context = {
        **admin.admin_site.each_context(request),
        "title": "Deleted terms",
        "opts": admin.model._meta,
        "deleted": deletions.deleted_terms(),
        "may_bring_back": admin.has_add_permission(request),
    }
    return TemplateResponse(request, "admin/glossary/term/deleted.html", context)


def _bring_back(admin: Any, request: HttpRequest, pk: int) -> HttpResponse:
    if not admin.has_add_permission(request):
        raise PermissionDenied
    try:
        term, left_out = deletions.bring_back(pk)
    except ValidationError as error:
        admin.message_user(request, " ".join(error.messages), messages.ERROR)
        return redirect("admin:glossary_term_deleted")
    admin.message_user(request, f"“{term}” is back, as a draft. {LIVE_DATA}", messages.SUCCESS)
    for said in left_out:
        admin.message_user(request, f"This could not be restored. {said}", messages.WARNING)
    return redirect("admin:glossary_term_change", term.pk)
