"""The page on which people watch an issue go out, and what they may decide there.

GET shows, POST acts, and each decision is asked for on a page that says what it means.
"""

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

from django.contrib import messages
from django.contrib.admin import ModelAdmin
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse

from newsletter import sending
from newsletter.admin.pages import show
from newsletter.models import Delivery, Issue, Snapshot
from newsletter.sending import progress
from newsletter.values.addresses import masked

Status = Issue.Status
SEND = "newsletter.send_issue"
VIEW_READERS = "newsletter.view_subscriber"


class Decision(NamedTuple):
    """A verb of newsletter.sending: when it is offered, and what it means."""

    act: Callable[..., bool]
    when: tuple[str, ...]
    question: str
    meaning: str
    button: str
    done: str


DECISIONS = {
    "pause": Decision(
        lambda issue, by: sending.pause_issue(issue, f"Paused by {by.get_username()}.", by),
        (Status.SENDING,),
        "Pause sending?",
        "No further message begins. The few that are with the mail server at this moment still "
        "go out. Everybody else waits until you resume.",
        "Pause",
        "Sending is paused.",
    ),
    "resume": Decision(
        sending.resume_issue,
        (Status.PAUSED,),
        "Go on sending?",
        "Readers who wait get the issue. Failures so far count as seen: sending stops itself "
        "again only over new ones.",
        "Resume",
        "Sending goes on.",
    ),
    "cancel": Decision(
        sending.cancel_issue,
        (Status.SENDING, Status.PAUSED),
        "Cancel the rest?",
        "Whoever has the issue keeps it. Nobody else gets it, and this cannot be taken back.",
        "Cancel the rest",
        "Sending is canceled for good.",
    ),
}


def urls(model_admin: ModelAdmin[Any]) -> list[Any]:
    def page(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        return model_admin.admin_site.admin_view(partial(view, model_admin))

    at = "<int:pk>/sending/"
    return [
        path(at, page(watch), name="newsletter_issue_sending"),
        path(f"{at}resend/", page(resend), name="newsletter_issue_resend"),
        *(
            path(f"{at}{name}/", page(partial(decide, name=name)), name=f"newsletter_issue_{name}")
            for name in DECISIONS
        ),
    ]


def watch(model_admin: ModelAdmin[Any], request: HttpRequest, pk: int) -> HttpResponse:
    """Show how far an issue has come; with `?part=numbers` what changes while it does."""
    issue = _issue(model_admin, request, pk)
    snapshot = Snapshot.objects.select_related("issue").filter(issue=issue).first()
    if snapshot is None:
        messages.info(request, _why_nothing(issue))
        return redirect("admin:newsletter_issue_change", pk)
    numbers = {
        "original": issue,
        "progress": progress.measure(snapshot),
        "domains": progress.largest_domains(issue),
        "refusals": progress.refusals(issue),
    }
    if request.GET.get("part") == "numbers":
        return TemplateResponse(request, "admin/newsletter/issue/sending.html#numbers", numbers)
    may_send = request.user.has_perm(SEND)
    context = {
        "title": f"Sending: {issue}",
        "snapshot": snapshot,
        "steps": _steps(issue) if may_send else [],
        "may_send": may_send,
        "unknown": _named(request, issue),
        "events": progress.sending_events(issue),
        "audited": _audited(request, issue),
        "link": f"{reverse('admin:newsletter_issue_sending', args=[pk])}?part=numbers",
    }
    return show(model_admin, request, issue, "sending", numbers | context)


def decide(model_admin: ModelAdmin[Any], request: HttpRequest, pk: int, name: str) -> HttpResponse:
    """Ask first; then pause, resume or cancel."""
    issue, decision = _issue_to_send(model_admin, request, pk), DECISIONS[name]
    if request.method != "POST":
        context = {"title": decision.question, "meaning": decision.meaning}
        return _ask(model_admin, request, issue, context | {"button": decision.button})
    try:
        is_done = decision.act(issue, by=_person(request))
    except sending.NotArmed as reason:
        messages.error(request, f"Nothing was changed. {reason}")
    else:
        _report(model_admin, request, issue, is_done, decision.done)
    return redirect("admin:newsletter_issue_sending", pk)


def resend(model_admin: ModelAdmin[Any], request: HttpRequest, pk: int) -> HttpResponse:
    """Ask first; then send again to the chosen readers of whom nobody knows."""
    issue = _issue_to_send(model_admin, request, pk)
    typed = request.POST.getlist("delivery")
    # No longer than the database's own numbers.
    chosen = [int(each) for each in typed if each.isdecimal() and len(each) <= 18]
    found = Delivery.objects.unknown().filter(issue=issue, pk__in=chosen)
    ids = list(found.values_list("pk", flat=True))
    if not ids:
        messages.info(request, "Choose whom to send to again.")
    elif "sure" not in request.POST:
        return _ask(model_admin, request, issue, _resending(ids))
    else:
        count = sending.resend_unknown(ids, _person(request))
        _report(model_admin, request, issue, bool(count), f"Queued again: {count}.")
    return redirect("admin:newsletter_issue_sending", pk)


def _issue(model_admin: ModelAdmin[Any], request: HttpRequest, pk: int) -> Issue:
    issue = get_object_or_404(Issue.objects.select_related("newsletter"), pk=pk)
    if not model_admin.has_view_permission(request, issue):
        raise PermissionDenied
    return issue


def _why_nothing(issue: Issue) -> str:
    if issue.is_sent:
        return "This issue was not sent from here, so nothing is known of its sending."
    return "This issue has not begun to be sent."


def _issue_to_send(model_admin: ModelAdmin[Any], request: HttpRequest, pk: int) -> Issue:
    issue = _issue(model_admin, request, pk)
    if not request.user.has_perm(SEND):
        raise PermissionDenied
    return issue


def _person(request: HttpRequest) -> User:
    assert isinstance(request.user, User)  # noqa: S101 (admin_view let nobody else in)
    return request.user


def _steps(issue: Issue) -> list[tuple[str, str]]:
    """Return (label, address) of each decision that can be made now."""
    return [
        (decision.button, reverse(f"admin:newsletter_issue_{name}", args=[issue.pk]))
        for name, decision in DECISIONS.items()
        if issue.status in decision.when
    ]


def _named(request: HttpRequest, issue: Issue) -> list[tuple[Delivery, str]]:
    """Name the readers of whom nobody knows; whole addresses for those who may see readers."""
    may_see = request.user.has_perm(VIEW_READERS)
    return [(row, _name(row, may_see)) for row in progress.unknown_deliveries(issue)]


def _name(row: Delivery, may_see: bool) -> str:
    if row.subscriber is None:
        return "an erased reader"
    return row.subscriber.address if may_see else masked(row.subscriber.address)


def _audited(request: HttpRequest, issue: Issue) -> dict[str, Any] | None:
    if "audit" not in request.GET:
        return None
    return {"broken": progress.broken_promises(issue)}


def _resending(ids: list[int]) -> dict[str, Any]:
    one = len(ids) == 1
    return {
        "title": "Send again?",
        "meaning": (
            f"{'One reader' if one else f'{len(ids)} readers'} may get the issue a second time: "
            "the mail server may have taken it before the connection broke. Many mailboxes show "
            "both copies as one, because they carry the same Message-ID."
        ),
        "button": "Send again",
        "chosen": ids,
    }


def _ask(
    model_admin: ModelAdmin[Any], request: HttpRequest, issue: Issue, context: dict[str, Any]
) -> HttpResponse:
    back = reverse("admin:newsletter_issue_sending", args=[issue.pk])
    return show(model_admin, request, issue, "decide", context | {"back": back})


def _report(
    model_admin: ModelAdmin[Any], request: HttpRequest, issue: Issue, is_done: bool, done: str
) -> None:
    if is_done:
        model_admin.log_change(request, issue, done)
        messages.success(request, done)
    else:
        messages.info(request, "Nothing was changed: somebody was faster, or it has ended.")
