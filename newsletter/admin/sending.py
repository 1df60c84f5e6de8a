"""The pages that show the sending of an issue and its readers, and the decisions made there.

GET shows and POST acts. Each decision has a page that explains it and asks for confirmation.
"""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Exists
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern
from django.utils import timezone

from config.forms import ID
from config.reauthentication import still_asked
from config.sessions import person
from newsletter.admin import pages
from newsletter.issues.composing.approval import SEND
from newsletter.mailing import arming
from newsletter.models import Delivery, Issue, ReaderAction, Snapshot
from newsletter.sending import decisions, launch, progress
from newsletter.subscribers import exports, leaving_reasons
from newsletter.values.addresses import masked

State, Status = Delivery.State, Issue.Status
SHOWN = 100  # readers on a page
NOT_STARTED = "Sending this issue has not started."
ELSEWHERE = "This issue was not sent from here, so there is no record of its sending."
STARTED = (Status.SENDING, Status.PAUSED, Status.SENT)
# The counts of a receiving domain, by what its column is called.
COUNTS = {
    "readers": "readers",
    "arrived": "accepted",
    "waiting": "waiting",
    "deferred": "deferred",
    "failed": "failed",
    "unknown_deliveries": "unknown",
}

DECISIONS = {
    "pause": pages.Decision(
        "Pause sending?",
        "No more messages are sent, except the few that are with the mail server at this moment. "
        "All other readers wait until you resume.",
        "Pause",
        act=lambda issue, by: decisions.pause_issue(issue, "", by),
        done="Sending is paused. “Resume” on this page goes on where it stopped.",
        statuses=(Status.SENDING,),
    ),
    "resume": pages.Decision(
        "Resume sending?",
        "The waiting readers get the issue. Earlier failures no longer count: only new ones can "
        "pause sending again.",
        "Resume",
        rank="default",
        word="",
        act=launch.resume_issue,
        done="Sending is resumed.",
        statuses=(Status.PAUSED,),
    ),
    "resend-all": pages.Decision(
        "Resend to all unknown readers?",
        "All of them may get the issue a second time, also those that this page does not list. Do "
        "this when you know that none got it, such as after a restore of a site that sent nothing "
        "since the backup. Readers who left since get nothing.",
        "Resend to all unknown readers",
        word="resend",
        act=lambda issue, by: launch.queue_unknown(issue.deliveries.all(), by),
        done="The unknown readers are queued again.",
        statuses=STARTED,
    ),
    "queue-failed": pages.Decision(
        "Queue the failed readers again?",
        "Their messages were refused, so no reader gets the issue twice. Do this once the cause "
        "is removed: see the answers of mail servers. Readers who left since get nothing.",
        "Queue failed readers again",
        word="",
        act=launch.queue_failed,
        done="The failed readers are queued again.",
        statuses=STARTED,
    ),
    "queue-returned": pages.Decision(
        "Queue the returned readers again?",
        "Their messages came back, so no reader gets the issue twice. Do this once the cause is "
        "removed, such as a block list. Readers who left since, or whose mailbox does not exist, "
        "get nothing.",
        "Queue returned readers again",
        word="",
        act=launch.queue_returned,
        done="The returned readers are queued again.",
        statuses=STARTED,
    ),
    "cancel": pages.Decision(
        "Cancel the rest?",
        "No other reader gets the issue, and you cannot undo this.",
        "Cancel the rest",
        rank="danger",
        act=decisions.cancel_issue,
        done="Sending is canceled for good.",
        statuses=(Status.SENDING, Status.PAUSED),
    ),
}

# What a person may decide about all readers in a state; the others have it, get it, or left.
WHOLE = {
    State.FAILED: "queue-failed",
    State.BOUNCED: "queue-returned",
    State.UNKNOWN: "resend-all",
}
EXPORT = pages.Question(
    "Export these readers?",
    "The file has their addresses and what became of this issue for each. Your name is recorded.",
    "Export",
    word="export",
)


def urls() -> list[URLPattern]:
    at = "<int:pk>/sending/"
    return [
        pages.page(f"{at}readers/", list_readers, "issue_recipients"),
        pages.page(f"{at}readers/export/", export_readers, "issue_recipients_export"),
        pages.page(at, watch_sending, "issue_sending"),
        pages.page(f"{at}resend/", resend_deliveries, "issue_resend"),
        *(
            pages.page(f"{at}{name}/", decide_sending, f"issue_{name}", decision=each)
            for name, each in DECISIONS.items()
        ),
    ]


def watch_sending(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the progress of an issue; with `?part=numbers` only the part that changes."""
    issue = issue_to_watch(request, pk)
    snapshot = Snapshot.objects.select_related("issue").filter(issue=issue).first()
    if snapshot is None:
        messages.info(request, ELSEWHERE if issue.is_sent else NOT_STARTED)
        return redirect("admin:newsletter_issue_change", pk)
    measured = progress.measure(snapshot)
    domains = progress.largest_domains(issue)
    shown = {key: label for key, label in COUNTS.items() if any(each[key] for each in domains)}
    numbers = {
        "original": issue,
        "progress": measured,
        "is_stalled": _is_stalled(issue, measured),
        # Each domain, and (label, count) of every column that is not empty for all.
        "domains": [
            (each["name"], [(label, each[key]) for key, label in shown.items()]) for each in domains
        ],
        "refusals": progress.refusals(issue),
    }
    if request.GET.get("part") == "numbers":
        return TemplateResponse(request, "admin/newsletter/issue/sending.html#numbers", numbers)
    may_send = request.user.has_perm(SEND)
    may_see = request.user.has_perm("newsletter.view_subscriber")
    left = leaving_reasons.after_issue(issue) if may_see else None
    context = {
        "title": f"Sending: {issue}",
        "snapshot": snapshot,
        "steps": steps(issue) if may_send else [],
        "may_send": may_send,
        "may_pause": may_pause(issue, request.user),
        "unknown": with_addresses(request, progress.unknown_deliveries(issue)),
        "events": progress.sending_events(issue),
        "broken": progress.broken_promises(issue) if "audit" in request.GET else None,
        "left": left,
        "words": left and leaving_reasons.words_of(left),
        "link": pages.step_url(issue, "sending", part="numbers"),
    }
    return pages.show_step(request, issue, "sending", numbers | context)


def decide_sending(request: HttpRequest, pk: int, decision: pages.Decision) -> HttpResponse:
    """Ask for confirmation; a POST carries the decision out.

    Buttons that pause POST directly, because each second counts and it can be undone.
    """
    issue = _issue_to_send(request, pk)
    place = {"original": issue, "back": pages.step_url(issue, "sending")}
    if asked := pages.ask_first(request, decision, "issue/decide", **place):
        return asked
    try:
        is_done = decision.act(issue, by=person(request))
    except arming.NotArmed as reason:
        messages.error(request, f"Nothing was changed. {reason}")
    else:
        _report(request, issue, bool(is_done), decision.done)
    return redirect("admin:newsletter_issue_sending", pk)


def resend_deliveries(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask for confirmation; a confirmed POST resends the chosen unknown deliveries."""
    issue = _issue_to_send(request, pk)
    chosen = pages.chosen_ids(request.POST.getlist("delivery"))
    found = Delivery.objects.unknown().filter(issue=issue, pk__in=chosen)
    ids = list(found.values_list("pk", flat=True))
    if not ids:
        messages.info(request, "Choose the readers to resend to.")
    elif "sure" not in request.POST:
        context = {"original": issue, "chosen": ids, "back": pages.step_url(issue, "sending")}
        return pages.ask(request, _resending(len(ids)), "issue/decide", **context)
    elif asked := still_asked(request):
        return asked
    else:
        count = launch.queue_unknown(found, person(request))
        _report(request, issue, bool(count), f"Queued to be resent: {count}.")
    return redirect("admin:newsletter_issue_sending", pk)


def list_readers(request: HttpRequest, pk: int) -> HttpResponse:
    """List readers in one state in the order of the ledger, from a delivery on."""
    issue = issue_to_watch(request, pk)
    snapshot = get_object_or_404(Snapshot.objects.select_related("issue"), issue=issue)
    state = _state(request)
    after = request.GET.get("after", "")
    rows = _rows(issue, state).filter(pk__gt=int(after) if ID.fullmatch(after) else 0)
    shown = list(rows.select_related("subscriber")[: SHOWN + 1])
    name, may_send = WHOLE.get(state), request.user.has_perm(SEND)
    further = f"?state={state}&after={shown[SHOWN - 1].pk}" if len(shown) > SHOWN else None
    context = {
        "title": f"Readers: {issue}",
        "state": state,
        "states": progress.measure(snapshot).rows,
        "meaning": progress.MEANINGS[state],
        "rows": with_addresses(request, shown[:SHOWN]),
        "further": further,
        "steps": steps(issue, name) if name and may_send else [],
    }
    return pages.show_step(request, issue, "recipients", context)


def export_readers(request: HttpRequest, pk: int) -> HttpResponseBase:
    by = pages.require(request, "export_list")
    issue = issue_to_watch(request, pk)
    state = _state(request)
    about = f"{issue.newsletter.slug}, issue {issue.number}: {state.label}"
    if asked := pages.ask_first(request, EXPORT, opts=Issue._meta, facts=about):
        return asked
    rows = _rows(issue, state)
    ReaderAction.objects.record(ReaderAction.Kind.EXPORTED, by, count=rows.count(), about=about)
    name = f"issue-{issue.number}-{state}"
    columns = exports.RECIPIENT_COLUMNS
    return pages.download(columns, exports.cells(columns, rows), name)


def issue_to_watch(request: HttpRequest, pk: int) -> Issue:
    issue = get_object_or_404(Issue.objects.select_related("newsletter"), pk=pk)
    if not admin.site.get_model_admin(Issue).has_view_permission(request, issue):
        raise PermissionDenied
    return issue


def _is_stalled(issue: Issue, measured: progress.Progress) -> bool:
    """Return whether readers wait and none was reached in the last minute."""
    is_sending = issue.status == Status.SENDING and not measured.per_second
    began = issue.sent_at or timezone.now()
    return is_sending and bool(measured.waiting) and began < timezone.now() - timedelta(minutes=1)


def _issue_to_send(request: HttpRequest, pk: int) -> Issue:
    issue = issue_to_watch(request, pk)
    if not request.user.has_perm(SEND):
        raise PermissionDenied
    return issue


def may_pause(issue: Issue, user: Any) -> bool:
    return issue.status in DECISIONS["pause"].statuses and bool(user.has_perm(SEND))


def steps(issue: Issue, only: str = "") -> list[tuple[str, str, str]]:
    """Return (label, rank, address) of each decision that is possible now and asks first.

    `only`: the name of one decision; "" for all.
    """
    rows = Delivery.objects.filter(issue=issue)
    concerned = {
        "resend-all": rows.unknown(),
        "queue-failed": rows.certainly_failed(),
        "queue-returned": rows.returned(),
    }
    found = Issue.objects.filter(pk=issue.pk).values_list(*map(Exists, concerned.values())).get()
    impossible = {
        "pause",
        *(name for name, is_any in zip(concerned, found, strict=True) if not is_any),
    }
    return [
        (decision.button, decision.rank, pages.step_url(issue, name))
        for name, decision in DECISIONS.items()
        if issue.status in decision.statuses and name not in impossible and only in ("", name)
    ]


def with_addresses(request: HttpRequest, rows: Iterable[Delivery]) -> list[tuple[Delivery, str]]:
    """Return the deliveries with addresses, masked for users who may not see readers."""
    may_see = request.user.has_perm("newsletter.view_subscriber")
    return [(row, _name(row, may_see)) for row in rows]


def _name(row: Delivery, may_see: bool) -> str:
    if row.subscriber is None:
        return "an erased reader"
    return row.subscriber.address if may_see else masked(row.subscriber.address)


def _resending(count: int) -> pages.Question:
    return pages.Question(
        "Resend?",
        f"{'One reader' if count == 1 else f'{count} readers'} may get the issue a second time: "
        "the mail server may have accepted it before the connection broke. Many mailboxes show "
        "both copies as one, because they have the same Message-ID.",
        "Resend",
        word="",
    )


def _report(request: HttpRequest, issue: Issue, is_done: bool, done: str) -> None:
    if is_done:
        pages.report_change(request, issue, done)
    else:
        issue.refresh_from_db(fields=["status"])
        status = issue.get_status_display().lower()
        messages.info(request, f"Nothing was changed: the issue is {status}.")


def _state(request: HttpRequest) -> Delivery.State:
    try:
        return State(request.GET.get("state", State.FAILED))
    except ValueError as error:
        raise Http404 from error


def _rows(issue: Issue, state: Delivery.State) -> Any:
    return Delivery.objects.filter(issue=issue, state=state).order_by("pk")
