"""The status of an issue and the possible next steps, for the top of its form."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.utils import timezone

from newsletter.admin import sending
from newsletter.admin.pages import step_url
from newsletter.issues.composing import approval
from newsletter.issues.composing.checklist import unwritten
from newsletter.issues.composing.reviewing import is_tested
from newsletter.models import Issue

Status = Issue.Status
STAGES = ("Draft", "Three numbers", "Test mail", "Checked", "Approved", "Sent")
# Each page that leads on from an issue which is not sent yet, and the statuses that have it.
PAGES = (
    ("Propose numbers", "propose", {Status.DRAFT}),
    ("Send a test mail", "test", {Status.DRAFT, Status.APPROVED}),
    ("Check and approve", "approve", {Status.DRAFT}),
    ("Withdraw approval", "withdraw", {Status.APPROVED}),
    ("Cancel this issue", "call_off", {Status.DRAFT, Status.APPROVED}),
    ("Reopen as draft", "take_up", {Status.CANCELED, Status.EXPIRED}),
)


@dataclass(frozen=True)
class NextStep:
    label: str
    url: str
    is_next: bool = False
    is_press: bool = False  # it acts directly, without a page that asks
    is_end: bool = False  # it ends the work on an issue


class Stage(NamedTuple):
    label: str
    state: str  # "done", "next" or "open"


class StatusLine:
    """The status of an issue in words, and its steps; `at` is its moment."""

    def __init__(self, issue: Issue, user: Any) -> None:
        self.text, self.note, self.at = _text(issue), note_on(issue), issue.moment
        self.stages = () if issue.is_sample else stages(issue)
        # What an editor still has to write.
        self.unwritten = unwritten(issue) if issue.status == Status.DRAFT else []
        steps = list(_steps(issue, user))
        self.next = next((step for step in steps if step.is_next), None)
        self.others = [step for step in steps if not step.is_next]


def stages(issue: Issue | None) -> tuple[Stage, ...]:
    """Return the stages of an issue: done, next or open. Without an issue the first is next."""
    done = [False] * len(STAGES)
    if issue and (issue.is_frozen or issue.status == Status.APPROVED):
        done = [True] * 5 + [issue.is_sent]
    elif issue:
        # Only approving runs the whole checklist, because it renders the mail.
        done[:3] = True, not unwritten(issue), is_tested(issue)
    first = done.index(False) if False in done else None
    return tuple(
        Stage(label, "done" if is_done else "next" if n == first else "open")
        for n, (label, is_done) in enumerate(zip(STAGES, done, strict=True))
    )


def next_step(issue: Issue, user: Any) -> NextStep | None:
    """Return an editor's next step with an issue; None if there is none, or the clock is next."""
    if issue.is_frozen:
        has_page = issue.status in (Status.SENDING, Status.PAUSED) and hasattr(issue, "snapshot")
        return NextStep("See the sending", step_url(issue, "sending")) if has_page else None
    if issue.status == Status.APPROVED or not user.has_perm("newsletter.change_issue"):
        return None
    if issue.status != Status.DRAFT:
        return NextStep("Reopen as draft", step_url(issue, "take_up"))
    if not issue.data_points.all():
        return NextStep("Propose three numbers", step_url(issue, "propose"), is_press=True)
    if unwritten(issue):
        return NextStep("Write the issue", step_url(issue, "change"))
    if not is_tested(issue):
        return NextStep("Send a test mail", step_url(issue, "test"))
    may_send = user.has_perm(approval.SEND)
    label = "Check and approve" if may_send else "See the checklist"
    return NextStep(label, step_url(issue, "approve"))


def _text(issue: Issue) -> str:
    status = issue.get_status_display()
    if issue.is_sample:
        return "Sample, never sent. It is dated"
    if issue.is_frozen:
        return f"{status}. Sending started on"
    if issue.status == Status.APPROVED:
        return "Approved. It is sent on"
    has_time = issue.send_at or issue.slot_on
    return f"{status}, for" if has_time else f"{status}. No time is set"


def note_on(issue: Issue) -> str:
    if issue.is_frozen:
        return "It is frozen and can no longer change."
    if issue.status == Status.APPROVED:
        by = f" by {issue.approved_by}" if issue.approved_by else ""
        return f"Approved{by}. Saving a change withdraws the approval."
    if issue.status in (Status.CANCELED, Status.EXPIRED):
        return "It was not sent. Reopen it to change or send it."
    if issue.slot and issue.slot < timezone.now():
        return "That time has passed. Send it now, or choose another time."
    return ""


def _steps(issue: Issue, user: Any) -> Iterator[NextStep]:
    if sending.may_pause(issue, user):
        yield NextStep("Pause", step_url(issue, "pause"), is_press=True)
    step = next_step(issue, user)
    if step and step.url == step_url(issue, "change"):
        place = "#data_points-group" if issue.subject.strip() else "#id_subject"
        yield NextStep("Go to what is empty", place, is_next=True)
    pages = []
    if issue.is_frozen and hasattr(issue, "snapshot"):  # issues imported into the archive have none
        pages = [("Sending", "sending")]
    elif not issue.is_frozen and user.has_perm("newsletter.change_issue"):
        pages = [(label, name) for label, name, those in PAGES if issue.status in those]
    for label, name in pages:
        url = step_url(issue, name)
        is_next = bool(step and step.url == url)
        yield NextStep(label, url, is_next=is_next, is_end=name == "call_off")
