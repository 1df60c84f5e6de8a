"""The status of an issue and the possible next steps, for the top of its form."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils import timezone

from newsletter.admin import sending
from newsletter.models import Issue

Status = Issue.Status


@dataclass(frozen=True)
class NextStep:
    label: str
    url: str
    is_next: bool = False
    is_press: bool = False  # it acts directly, without a page that asks


@dataclass(frozen=True)
class StatusLine:
    """`at` is when the issue is sent or due, in its newsletter's time zone."""

    text: str
    at: datetime | None
    note: str
    steps: tuple[NextStep, ...]


def status_line(issue: Issue, user: Any) -> StatusLine:
    at = issue.sent_at or issue.send_at or issue.slot
    return StatusLine(
        text=_text(issue),
        at=at.astimezone(issue.newsletter.zone) if at else None,
        note=_note(issue),
        steps=tuple(_steps(issue, user)),
    )


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


def _note(issue: Issue) -> str:
    if issue.is_frozen:
        return "It is frozen and can no longer change."
    if issue.status == Status.APPROVED:
        by = f" by {issue.approved_by}" if issue.approved_by else ""
        return f"Approved{by}. Saving a change withdraws the approval."
    if issue.status in (Status.CANCELLED, Status.EXPIRED):
        return "It was not sent. Reopen it to change or send it."
    if issue.slot and issue.slot < timezone.now():
        return "That time has passed. Send it now, or choose another time."
    return ""


def _steps(issue: Issue, user: Any) -> Iterator[NextStep]:
    if sending.may_pause(issue, user):
        yield NextStep("Pause", step_url(issue, "pause"), is_press=True)
    if issue.is_frozen:
        if hasattr(issue, "snapshot"):  # issues imported into the archive have none
            is_next = issue.status in (Status.SENDING, Status.PAUSED)
            yield NextStep("Sending", step_url(issue, "sending"), is_next)
        return
    if not user.has_perm("newsletter.change_issue"):
        return
    if issue.status == Status.DRAFT:
        is_empty = not issue.data_points.exists()
        yield NextStep("Propose numbers", step_url(issue, "propose"), is_next=is_empty)
        yield NextStep("Send a test mail", step_url(issue, "test"))
        yield NextStep("Check and approve", step_url(issue, "approve"), is_next=not is_empty)
    if issue.status == Status.APPROVED:
        yield NextStep("Send a test mail", step_url(issue, "test"))
        yield NextStep("Withdraw approval", step_url(issue, "withdraw"))
    if issue.is_open:
        yield NextStep("Cancel this issue", step_url(issue, "call_off"))
    else:
        yield NextStep("Reopen as draft", step_url(issue, "take_up"), is_next=True)
