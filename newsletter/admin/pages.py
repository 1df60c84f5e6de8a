"""Shared by the newsletter's own pages of admin: finding the issue, the page frame, decisions."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import wraps
from typing import Any

from django.contrib.admin import ModelAdmin
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.functional import cached_property

from config.reauthentication import fields_for
from config.sessions import person
from newsletter.models import Issue
from newsletter.subscribers.exports import csv_parts

View = Callable[..., HttpResponse]
MOST_LISTED = 2_000  # rows of a list


@dataclass(frozen=True)
class Decision:
    """A decision about an issue, its texts, and the statuses in which it is offered."""

    act: Callable[..., object]
    question: str
    meaning: str
    button: str
    done: str = ""
    statuses: tuple[str, ...] = ()
    rank: str = ""  # the class of its button: "default" is the main one, "danger" cannot be undone
    sends: bool = False  # so it asks who it is
    word: str = ""  # to type


@dataclass(frozen=True)
class Question:
    """What a page asks before its button does something; `rank` is the class of the button."""

    title: str
    meaning: str
    button: str
    rank: str = "default"
    word: str | None = None  # to type, or "" if it only asks who it is


class BoundedPaginator(Paginator[Any]):
    """Count no more rows than anybody turns pages for: counting a million takes too long."""

    @cached_property
    def counted(self) -> int:
        rows = self.object_list
        assert isinstance(rows, QuerySet)  # noqa: S101 (admin pages only these)
        return rows.order_by()[: MOST_LISTED + 1].count()

    @property
    def is_bounded(self) -> bool:
        return self.counted > MOST_LISTED

    @cached_property
    def count(self) -> int:
        return min(self.counted, MOST_LISTED)


def require(request: HttpRequest, permission: str) -> User:
    """Return the user, who has a permission of this app. Raises PermissionDenied."""
    user = person(request)
    if not user.has_perm(f"newsletter.{permission}"):
        raise PermissionDenied
    return user


def issue_step(view: View) -> View:
    """Pass the issue to a view, if the user may change issues.

    Once sending has started it redirects to the issue's form, which shows the status.
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


def download(columns: Sequence[str], rows: Iterable[Sequence[Any]], name: str) -> HttpResponseBase:
    """Answer with a CSV file of that name and today's day, row by row."""
    response = StreamingHttpResponse(csv_parts(columns, rows), content_type="text/csv")
    file = f"{name}-{timezone.localdate()}.csv"
    response["Content-Disposition"] = f'attachment; filename="{file}"'
    return response


def show(
    model_admin: ModelAdmin[Any],
    request: HttpRequest,
    template: str,
    context: dict[str, Any],
    part: str = "",
) -> HttpResponse:
    """Render a template of templates/admin/newsletter/ as a page of admin, or a part such as #x."""
    frame = {
        **model_admin.admin_site.each_context(request),
        "opts": model_admin.opts,
        "media": model_admin.media,
    }
    return TemplateResponse(request, f"admin/newsletter/{template}.html{part}", frame | context)


def show_page(
    model_admin: ModelAdmin[Any],
    request: HttpRequest,
    issue: Issue,
    name: str,
    context: dict[str, Any],
) -> HttpResponse:
    """Render templates/admin/newsletter/issue/`name`.html as a page of admin."""
    return show(model_admin, request, f"issue/{name}", {"original": issue} | context)


def ask(
    model_admin: ModelAdmin[Any],
    request: HttpRequest,
    issue: Issue,
    decision: Decision,
    **context: Any,
) -> HttpResponse:
    """Ask for confirmation on a page that explains a decision; its button POSTs."""
    texts = {"title": decision.question, "meaning": decision.meaning, "button": decision.button}
    if decision.sends:
        context["proof"] = fields_for(request, decision.word)
    return show_page(model_admin, request, issue, "decide", texts | context)


def ask_first(
    model_admin: ModelAdmin[Any], request: HttpRequest, question: Question, **context: Any
) -> HttpResponse:
    """Ask for confirmation of what is not about an issue; the button POSTs.

    The context may have `facts`, a `form`, `hidden` fields and the `action` to POST to.
    """
    if question.word is not None:
        context["proof"] = fields_for(request, question.word)
    return show(
        model_admin, request, "ask", {"question": question, "title": question.title} | context
    )
