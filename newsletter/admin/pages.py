"""What the pages around an issue's form share: finding the issue, and the frame they stand in."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.admin import ModelAdmin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse

from newsletter.models import Issue

View = Callable[..., HttpResponse]


def step(view: View) -> View:
    """Give a view the issue, if who asks may change issues and this one has not begun to be sent.

    An issue that has leads back to its form, which says how it stands.
    """

    @wraps(view)
    def page(
        model_admin: ModelAdmin[Any], request: HttpRequest, pk: int, **kwargs: Any
    ) -> HttpResponse:
        if not request.user.has_perm("newsletter.change_issue"):
            raise PermissionDenied
        issue = get_object_or_404(Issue.objects.select_related("newsletter"), pk=pk)
        if issue.is_frozen:
            return redirect("admin:newsletter_issue_change", pk)
        return view(model_admin, request, issue, **kwargs)

    return page


def show(
    model_admin: ModelAdmin[Any],
    request: HttpRequest,
    issue: Issue,
    name: str,
    context: dict[str, Any],
) -> HttpResponse:
    """Show templates/admin/newsletter/issue/`name`.html in admin's frame."""
    around = {
        **model_admin.admin_site.each_context(request),
        "opts": model_admin.opts,
        "media": model_admin.media,
        "original": issue,
    }
    return TemplateResponse(request, f"admin/newsletter/issue/{name}.html", around | context)
