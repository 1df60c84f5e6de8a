"""Shared by the newsletter's own pages of admin: finding the issue, the page frame, decisions."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import wraps
from typing import Any

from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.functional import cached_property

from config.admin_pages import LookOnly, admin_page
from config.forms import ID
from config.reauthentication import fields_for, still_asked
from config.sessions import person
from newsletter.models import Issue
from newsletter.subscribers.exports import csv_parts

View = Callable[..., HttpResponse]
MOST_LISTED = 2_000  # rows of a list


@dataclass(frozen=True)
class Question:
    """What a page asks before its button does something."""

    title: str
    meaning: str
    button: str
    rank: str = ""  # the class of its button: "default" is the main one, "danger" cannot be undone
    word: str | None = None  # to type, "" if it only asks who it is


@dataclass(frozen=True, kw_only=True)
class Decision(Question):
    """A decision about an issue, what is said once it is done, and the statuses that offer it."""

    act: Callable[..., object]
    done: str
    statuses: tuple[str, ...] = ()


class BoundedPaginator(Paginator[Any]):
    """Pages of at most MOST_LISTED rows, because counting a million takes too long."""

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


class LongList(LookOnly, admin.ModelAdmin[Any]):
    """A list of rows that nobody edits, of which there may be a million."""

    show_full_result_count = False
    paginator = BoundedPaginator


def page(at: str, view: Callable[..., HttpResponseBase], name: str, /, **given: Any) -> URLPattern:
    """Return a page of admin; `given` are arguments of its view beside those of the address."""
    return path(at, admin.site.admin_view(view), given, name=f"newsletter_{name}")


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
    def step(request: HttpRequest, pk: int, **given: Any) -> HttpResponse:
        if not request.user.has_perm("newsletter.change_issue"):
            raise PermissionDenied
        issue = get_object_or_404(Issue.objects.select_related("newsletter"), pk=pk)
        if issue.is_frozen:
            return redirect("admin:newsletter_issue_change", pk)
        return view(request, issue, **given)

    return step


def chosen_ids(texts: Iterable[str]) -> list[int]:
    """Return the ids among the texts; other texts are left out."""
    return [int(each) for each in texts if ID.fullmatch(each)]


def report_change(request: HttpRequest, issue: Issue, done: str) -> None:
    """Show a message about what was done with an issue, and record it in its history."""
    admin.site.get_model_admin(Issue).log_change(request, issue, done)
    messages.success(request, done)


def download(columns: Iterable[str], rows: Iterable[Sequence[Any]], name: str) -> HttpResponseBase:
    """Return a CSV file, streamed row by row; its name is `name` and today's date."""
    response = StreamingHttpResponse(csv_parts(columns, rows), content_type="text/csv")
    file = f"{name}-{timezone.localdate()}.csv"
    response["Content-Disposition"] = f'attachment; filename="{file}"'
    return response


def step_url(issue: Issue, name: str, **query: str) -> str:
    """Return the address of a page about an issue: its form ("change"), a step or a decision."""
    return reverse(f"admin:newsletter_issue_{name}", args=[issue.pk], query=query)


def show_step(
    request: HttpRequest, issue: Issue, name: str, context: dict[str, Any]
) -> HttpResponse:
    """Render templates/admin/newsletter/issue/`name`.html as a page of admin."""
    return admin_page(request, f"newsletter/issue/{name}.html", {"original": issue} | context)


def ask_first(
    request: HttpRequest, question: Question, template: str = "ask", **context: Any
) -> HttpResponse | None:
    """Return None for a POST that may act; for others the page that asks, or asks who it is."""
    if request.method != "POST":
        return ask(request, question, template, **context)
    return still_asked(request, question.word) if question.word is not None else None


def ask(
    request: HttpRequest, question: Question, template: str = "ask", **context: Any
) -> HttpResponse:
    """Show a page that explains a question; its button POSTs.

    The context has the `opts` of the rows in question, and for ask.html it may have `facts`, a
    `form`, `hidden` fields and the `action` to POST to.
    """
    if question.word is not None:
        context["proof"] = fields_for(request, question.word)
    context |= {"question": question, "title": question.title}
    return admin_page(request, f"newsletter/{template}.html", context)
