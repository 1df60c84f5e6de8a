"""The steps from a draft to an approved issue, each a page: propose, preview, test mail, approve.

GET shows, POST acts. What a page says is read from the issue as it is stored.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.contrib import messages
from django.contrib.admin import ModelAdmin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path, reverse

from newsletter.admin import preview, scheduling
from newsletter.admin.forms import TestMailForm
from newsletter.admin.pages import View, show, step
from newsletter.issues.composing import approval, proposals, test_mails
from newsletter.models import Issue
from newsletter.models.issues import DATA_POINTS


def urls(model_admin: ModelAdmin[Any]) -> list[Any]:
    def page(view: View) -> View:
        return model_admin.admin_site.admin_view(partial(view, model_admin))

    steps: dict[str, View] = {
        "propose": propose,
        "test": send_test,
        "approve": scheduling.approve,
        "preview": preview.preview,
        **{name: partial(decide, name=name) for name in DECISIONS},
    }
    return [
        path("preview/", page(preview.preview), name="newsletter_issue_preview_new"),
        *(
            path(f"<int:pk>/{name.replace('_', '-')}/", page(view), name=f"newsletter_issue_{name}")
            for name, view in steps.items()
        ),
    ]


def preview_ways(issue: Issue | None) -> list[tuple[str, str, str]]:
    """Return (name, label, address) of each way to look at what stands in the form."""
    at = (
        reverse("admin:newsletter_issue_preview", args=[issue.pk])
        if issue
        else reverse("admin:newsletter_issue_preview_new")
    )
    return [(name, label, f"{at}?as={name}") for name, label in preview.WAYS.items()]


@step
def propose(model_admin: ModelAdmin[Any], request: HttpRequest, issue: Issue) -> HttpResponse:
    """Show what could be told and why; fill the empty places, or one place, by it."""
    if request.method == "POST":
        return _fill(request, issue)
    points = {point.position: point for point in issue.data_points.select_related("series")}
    context = {
        "title": f"Propose numbers: {issue}",
        "candidates": proposals.candidates(issue),
        "places": [(place, points.get(place)) for place in range(1, DATA_POINTS + 1)],
        "told": {point.series.slug for point in points.values() if point.series},
        "is_draft": issue.status == Issue.Status.DRAFT,
        "is_full": len(points) == DATA_POINTS,
    }
    return show(model_admin, request, issue, "propose", context)


def _fill(request: HttpRequest, issue: Issue) -> HttpResponse:
    """Take “slug:place” of the pressed button; without one fill what is empty."""
    slug, _, place = request.POST.get("use", "").partition(":")
    try:
        if slug and place.isdecimal():
            filled = [proposals.use(issue, slug, int(place))]
        else:
            filled = proposals.propose(issue)
    except (proposals.NotADraft, LookupError) as problem:
        messages.error(request, f"Nothing was changed. {problem}")
        return redirect("admin:newsletter_issue_propose", issue.pk)
    for point in filled:
        messages.success(request, f"Data point {point.position}: {point.headline}")
    if not filled:
        messages.info(request, "Nothing was empty, so nothing was filled.")
    return redirect("admin:newsletter_issue_change", issue.pk)


@step
def send_test(model_admin: ModelAdmin[Any], request: HttpRequest, issue: Issue) -> HttpResponse:
    form = TestMailForm(request.POST or None, initial={"addresses": _own_address(request)})
    if request.method != "POST" or not form.is_valid():
        context = {"title": f"Send a test mail: {issue}", "form": form}
        return show(model_admin, request, issue, "test", context)
    receipts = test_mails.send_test(issue, form.cleaned_data["addresses"])
    for receipt in receipts:
        if receipt.problem:
            messages.error(request, f"Not sent to {receipt.address}: {receipt.problem}.")
        else:
            messages.success(request, f"Sent to {receipt.address}. Read it before you approve.")
    if any(receipt.problem for receipt in receipts):
        return redirect("admin:newsletter_issue_test", issue.pk)
    return redirect("admin:newsletter_issue_change", issue.pk)


def _own_address(request: HttpRequest) -> str:
    return getattr(request.user, "email", "")


@dataclass(frozen=True)
class Decision:
    """What a person decides about an issue that has not begun: asked, meant, done."""

    act: Callable[[Issue], None]
    question: str
    meaning: str
    button: str
    done: str


DECISIONS = {
    "withdraw": Decision(
        approval.withdraw,
        "Take the approval back?",
        "The issue becomes a draft again, and is not sent until somebody approves it anew.",
        "Take the approval back",
        "The approval was taken back: the issue is a draft again.",
    ),
    "call_off": Decision(
        approval.call_off,
        "Call this issue off?",
        "It is not sent. Its text stays here, and it can be taken up again.",
        "Call it off",
        "The issue was called off: it is not sent.",
    ),
    "take_up": Decision(
        approval.take_up,
        "Take this issue up again?",
        "It becomes a draft again. It is sent only once somebody approves it for a new time.",
        "Take it up again",
        "The issue is a draft again.",
    ),
}


@step
def decide(
    model_admin: ModelAdmin[Any], request: HttpRequest, issue: Issue, name: str
) -> HttpResponse:
    """Ask first, with a page that says what the step means; then do it."""
    decision = DECISIONS[name]
    if request.method != "POST":
        context = {"title": decision.question, "meaning": decision.meaning}
        return show(model_admin, request, issue, "decide", context | {"button": decision.button})
    try:
        decision.act(issue)
    except approval.NotPossible as reason:
        messages.error(request, f"Nothing was changed. {reason}")
    else:
        model_admin.log_change(request, issue, decision.done)
        messages.success(request, decision.done)
    return redirect("admin:newsletter_issue_change", issue.pk)
