"""The page that counts, issue by issue, the readers who left and their reasons."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern

from config.admin_pages import admin_page
from newsletter.admin.pages import page, require
from newsletter.models import Issue, Newsletter
from newsletter.subscribers import leaving_reasons


def urls() -> list[URLPattern]:
    return [page("leaving/", why_readers_left, "issue_leaving")]


def why_readers_left(request: HttpRequest) -> HttpResponse:
    require(request, "view_subscriber")
    found = [(each, leaving_reasons.after_issues(each)) for each in Newsletter.objects.all()]
    context = {"title": "Why readers left", "labels": leaving_reasons.LABELS, "newsletters": found}
    return admin_page(request, "newsletter/issue/leaving.html", context)


def left_since(request: HttpRequest, issue: Issue) -> dict[str, Any]:
    """Return context with who left after an issue; {} for users who may not see readers."""
    if not request.user.has_perm("newsletter.view_subscriber"):
        return {}
    left = leaving_reasons.after_issue(issue)
    return {"left": left, "words": leaving_reasons.words_of(left)}
