"""The status of an issue and the possible next steps, for the top of its form."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils import timezone

from newsletter.admin import sending
from newsletter.issues.composing import approval
from newsletter.issues.composing.checklist import unwritten
from newsletter.issues.composing.reviewing import is_tested
from newsletter.models import Issue

Status = Issue.Status
STAGES = ("Draft", "Three numbers", "Test mail", "Checked", "Approved", "Sent")


@dataclass(frozen=True)
class NextStep:
    label: str
    url: str
    is_next: bool = False
    is_press: bool = False  # it acts directly, without a page that asks
    is_end: bool = False  # it ends the work on an issue


@dataclass(frozen=True)
class Stage:
    label: str
    state: str  # "done", "next" or "open"


@dataclass(frozen=True)
class StatusLine:
    """The status of an issue in words; `at` is the time that `moment_of` returns."""

    text: str
    at: datetime | None
    note: str
    steps: tuple[NextStep, ...]
    stages: tuple[Stage, ...]
    unwritten: tuple[str, ...]  # what an editor still has to write

    @property
    def next(self) -> NextStep | None:
        return next((step for step in self.steps if step.is_next), None)

    @property
    def others(self) -> list[NextStep]:
        return [step for step in self.steps if not step.is_next]


def status_line(issue: Issue, user: Any) -> StatusLine:
    return StatusLine(
        text=_text(issue),
        at=moment_of(issue),
        note=note_on(issue),
        steps=tuple(_steps(issue, user)),
        stages=() if issue.is_sample else stages(issue),
        unwritten=tuple(unwritten(issue)) if issue.status == Status.DRAFT else (),
    )


def moment_of(issue: Issue) -> datetime | None:
    """Return when it was sent or is due, in its newsletter's time zone."""
    at = issue.sent_at or issue.send_at or issue.slot
    return at.astimezone(issue.newsletter.zone) if at else None


def stages(issue: Issue | None) -> tuple[Stage, ...]:
    """Return the stages of an issue: done, next or open. Without an issue the first is next."""
    done = _done(issue) if issue else [False] * len(STAGES)
    first = done.index(False) if False in done else None
    return tuple(
        Stage(label, "done" if is_done else "next" if n == first else "open")
        for n, (label, is_done) in enumerate(zip(STAGES, done, strict=True))
    )


def _done(issue: Issue) -> list[bool]:
    if issue.is_frozen or issue.status == Status.APPROVED:
        return [True] * 5 + [issue.is_sent]
    # Only approving runs the whole checklist, because it renders the mail.
    return [True, not unwritten(issue), is_tested(issue), False, False, False]


def next_step(issue: Issue, user: Any) -> NextStep | None:
    """Return an editor's next step with an issue; None if there is none, or the clock is next."""
    if issue.is_frozen:
        has_page = issue.status in (Status.SENDING, Status.PAUSED) and hasattr(issue, "snapshot")
        return NextStep("See the sending", step_url(issue, "sending")) if has_page else None
    if issue.status == Status.APPROVED or not user.has_perm("newsletter.change_issue"):
        return None
    if issue.status != Status.DRAFT:
        return NextStep("Reopen as draft", step_url(issue, "take_up"))
    return _next_of_draft(issue, user)


def _next_of_draft(issue: Issue, user: Any) -> NextStep:
    if not issue.data_points.all():
        return NextStep("Propose three numbers", step_url(issue, "propose"), is_press=True)
    if unwritten(issue):
        return NextStep("Write the issue", step_url(issue, "change"))
    if not is_tested(issue):
        return NextStep("Send a test mail", step_url(issue, "test"))
    may_send = user.has_perm(approval.SEND)
    label = "Check and approve" if may_send else "See the checklist"
    return NextStep(label, step_url(issue, "approve"))


def step_url(issue: Issue, name: str) -> str:
    return reverse(f"admin:newsletter_issue_{name}", args=[issue.pk])


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
    for label, name in _possible(issue, user):
        url = step_url(issue, name)
        is_next = bool(step and step.url == url)
        yield NextStep(label, url, is_next=is_next, is_end=name == "call_off")


def _possible(issue: Issue, user: Any) -> Iterator[tuple[str, str]]:
    """Yield label and name of each page that leads on from an issue."""
    if issue.is_frozen:
        if hasattr(issue, "snapshot"):  # issues imported into the archive have none
            yield "Sending", "sending"
        return
    if not user.has_perm("newsletter.change_issue"):
        return
    if issue.status == Status.DRAFT:
        yield "Propose numbers", "propose"
    if issue.is_open:
        yield "Send a test mail", "test"
    if issue.status == Status.DRAFT:
        yield "Check and approve", "approve"
    if issue.status == Status.APPROVED:
        yield "Withdraw approval", "withdraw"
    yield ("Cancel this issue", "call_off") if issue.is_open else ("Reopen as draft", "take_up")
