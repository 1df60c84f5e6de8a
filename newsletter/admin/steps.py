"""Where an issue stands, and which steps lead on from there, for the top of its form."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils import timezone

from newsletter.models import Issue

Status = Issue.Status


@dataclass(frozen=True)
class Step:
    label: str
    url: str
    is_next: bool = False


@dataclass(frozen=True)
class Standing:
    """`at` is when the issue goes out or is due, in its newsletter's zone."""

    text: str
    at: datetime | None
    note: str
    steps: tuple[Step, ...]


def of(issue: Issue, user: Any) -> Standing:
    at = issue.sent_at or issue.send_at or issue.slot
    return Standing(
        text=_text(issue),
        at=at.astimezone(issue.newsletter.zone) if at else None,
        note=_note(issue),
        steps=tuple(_steps(issue, user.has_perm("newsletter.change_issue"))),
    )


def page(issue: Issue, name: str) -> str:
    return reverse(f"admin:newsletter_issue_{name}", args=[issue.pk])


def _text(issue: Issue) -> str:
    status = issue.get_status_display()
    if issue.is_frozen:
        return f"{status}. It began to be sent on"
    if issue.status == Status.APPROVED:
        return "Approved. It goes out on"
    has_time = issue.send_at or issue.slot_on
    return f"{status}, for" if has_time else f"{status}. No time is set"


def _note(issue: Issue) -> str:
    if issue.is_frozen:
        return "It is frozen: nothing in it changes any more."
    if issue.status == Status.APPROVED:
        by = f" by {issue.approved_by}" if issue.approved_by else ""
        return f"Approved{by}. Saving a change takes the approval back."
    if issue.status in (Status.CANCELLED, Status.EXPIRED):
        return "It was not sent. Take it up again to change or send it."
    if issue.slot and issue.slot < timezone.now():
        return "That time has passed: send it now, or choose another time."
    return ""


def _steps(issue: Issue, may_change: bool) -> Iterator[Step]:
    if issue.is_frozen:
        if hasattr(issue, "snapshot"):  # what came from elsewhere was not sent by us
            is_next = issue.status in (Status.SENDING, Status.PAUSED)
            yield Step("How it is sent", page(issue, "sending"), is_next)
        return
    if not may_change:
        return
    if issue.status == Status.DRAFT:
        is_empty = not issue.data_points.exists()
        yield Step("Propose numbers", page(issue, "propose"), is_next=is_empty)
        yield Step("Send a test mail", page(issue, "test"))
        yield Step("Check and approve", page(issue, "approve"), is_next=not is_empty)
    if issue.status == Status.APPROVED:
        yield Step("Send a test mail", page(issue, "test"))
        yield Step("Take the approval back", page(issue, "withdraw"))
    if issue.is_open:
        yield Step("Call it off", page(issue, "call_off"))
    else:
        yield Step("Take it up again", page(issue, "take_up"), is_next=True)
