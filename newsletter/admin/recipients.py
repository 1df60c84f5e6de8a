"""The readers of an issue by what became of their message, for a person's decision."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import URLPattern

from config.forms import ID
from newsletter.admin import sending
from newsletter.admin.pages import Question, ask_first, download, page, require, show_step
from newsletter.issues.composing import approval
from newsletter.models import Delivery, Issue, ReaderAction, Snapshot
from newsletter.sending import progress
from newsletter.subscribers import exports

State = Delivery.State

SHOWN = 100
# What a person may decide about all readers in a state; the others have it, get it, or left.
DECISIONS = {
    State.FAILED: "queue-failed",
    State.BOUNCED: "queue-returned",
    State.UNKNOWN: "resend-all",
}
EXPORT = Question(
    "Export these readers?",
    "The file has their addresses and what became of this issue for each. Your name is recorded.",
    "Export",
    word="export",
)


def urls() -> list[URLPattern]:
    at = "<int:pk>/sending/readers/"
    return [
        page(at, _recipients, "issue_recipients"),
        page(f"{at}export/", _export, "issue_recipients_export"),
    ]


def _recipients(request: HttpRequest, pk: int) -> HttpResponse:
    """List readers in one state in the order of the ledger, from a delivery on."""
    issue = sending.issue_to_watch(request, pk)
    snapshot = get_object_or_404(Snapshot.objects.select_related("issue"), issue=issue)
    state = _state(request)
    after = request.GET.get("after", "")
    rows = _rows(issue, state).filter(pk__gt=int(after) if ID.fullmatch(after) else 0)
    shown = list(rows.select_related("subscriber")[: SHOWN + 1])
    name, may_send = DECISIONS.get(state), request.user.has_perm(approval.SEND)
    further = f"?state={state}&after={shown[SHOWN - 1].pk}" if len(shown) > SHOWN else None
    context = {
        "title": f"Readers: {issue}",
        "state": state,
        "states": progress.measure(snapshot).rows,
        "meaning": progress.MEANINGS[state],
        "rows": sending.with_addresses(request, shown[:SHOWN]),
        "further": further,
        "steps": sending.steps(issue, name) if name and may_send else [],
    }
    return show_step(request, issue, "recipients", context)


def _export(request: HttpRequest, pk: int) -> HttpResponseBase:
    by = require(request, "export_list")
    issue = sending.issue_to_watch(request, pk)
    state = _state(request)
    about = f"{issue.newsletter.slug}, issue {issue.number}: {state.label}"
    if asked := ask_first(request, EXPORT, opts=Issue._meta, facts=about):
        return asked
    rows = _rows(issue, state)
    ReaderAction.objects.record(ReaderAction.Kind.EXPORTED, by, count=rows.count(), about=about)
    name = f"issue-{issue.number}-{state}"
    columns = exports.RECIPIENT_COLUMNS
    return download(columns, exports.cells(columns, rows), name)


def _state(request: HttpRequest) -> State:
    try:
        return State(request.GET.get("state", State.FAILED))
    except ValueError as error:
        raise Http404 from error


def _rows(issue: Issue, state: State) -> Any:
    return Delivery.objects.filter(issue=issue, state=state).order_by("pk")
