"""The page that counts, issue by issue, the readers who left and their reasons."""

from functools import partial
from typing import Any

from django.contrib.admin import ModelAdmin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import path

from newsletter.models import Issue, Newsletter
from newsletter.subscribers import leaving_reasons

VIEW_READERS = "newsletter.view_subscriber"


def urls(model_admin: ModelAdmin[Any]) -> list[Any]:
    page = model_admin.admin_site.admin_view(partial(why_readers_left, model_admin))
    return [path("leaving/", page, name="newsletter_issue_leaving")]


def why_readers_left(model_admin: ModelAdmin[Any], request: HttpRequest) -> HttpResponse:
    if not request.user.has_perm(VIEW_READERS):
        raise PermissionDenied
    context = {
        **model_admin.admin_site.each_context(request),
        "opts": model_admin.opts,
        "title": "Why readers left",
        "labels": leaving_reasons.LABELS,
        "newsletters": [
            (each, leaving_reasons.after_issues(each)) for each in Newsletter.objects.all()
        ],
    }
    return TemplateResponse(request, "admin/newsletter/issue/leaving.html", context)


def left_since(request: HttpRequest, issue: Issue) -> dict[str, Any]:
    """Return the context of the same for one issue, for users who may see readers."""
    if not request.user.has_perm(VIEW_READERS):
        return {}
    left = leaving_reasons.after_issue(issue)
    return {"left": left, "words": leaving_reasons.words_of(left)}
