"""The issue that comes next, at the top of the front page of admin."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.db.models import Case, Q, Value, When, prefetch_related_objects
from django.template.defaultfilters import pluralize
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format

from newsletter.admin import scheduling, steps
from newsletter.admin.steps import NextStep, Stage
from newsletter.issues.composing import approval
from newsletter.issues.composing.checklist import unwritten
from newsletter.models import Delivery, Issue, Newsletter
from newsletter.sending import progress

Status = Issue.Status
PAUSED, NOT_STARTED, IN_DOUBT, SENDING, OPEN = range(5)
NO_TIME = datetime.max.replace(tzinfo=UTC)
# What is said of an issue in trouble, and the page that leads on.
DOUBT = "It is not known whether some readers got it. Only a person resends to them."
TROUBLE = {
    NOT_STARTED: ("It did not start at its time.", "Open the issue", "change"),
    IN_DOUBT: (DOUBT, "See these readers", "sending"),
}


@dataclass(frozen=True)
class ComingIssue:
    """The issue at the top of the desk, and what to do next about it.

    `at` is when it is due or was sent, in its newsletter's time zone; `form` is the address of its
    form, or "".
    """

    name: str
    title: str
    at: datetime | None = None
    stages: tuple[Stage, ...] = ()
    notes: tuple[str, ...] = ()
    next: NextStep | None = None
    form: str = ""
    is_trouble: bool = False


def coming_issue(user: Any) -> ComingIssue | None:
    """Return the issue that needs an editor most; None for users who write no issues."""
    if not user.has_perm("newsletter.change_issue"):
        return None
    if issue := _most_urgent():
        return _shown(issue, issue.rank, user)
    newsletter = Newsletter.objects.default()
    if newsletter is None:
        return _without_newsletter(user)
    at = newsletter.next_slot(timezone.now())
    # The canceled or expired issue of its next day.
    issue = newsletter.issues.select_related("newsletter").filter(slot_on=at.date()).first()
    return _shown(issue, OPEN, user) if issue else _not_begun(newsletter, at, user)


def _most_urgent() -> Any:
    """Return the issue in trouble, else the one being sent, else the open one that is due first."""
    in_doubt = progress.has_deliveries(Delivery.State.UNKNOWN, progress.FRESH)
    statuses = [Status.PAUSED, Status.SENDING, Status.DRAFT, Status.APPROVED]
    rank = Case(
        When(status=Status.PAUSED, then=Value(PAUSED)),
        When(progress.is_late(), then=Value(NOT_STARTED)),
        When(in_doubt, then=Value(IN_DOUBT)),
        When(status=Status.SENDING, then=Value(SENDING)),
        default=Value(OPEN),
    )
    found: Any = Issue.objects.filter(Q(status__in=statuses) | in_doubt).annotate(rank=rank)
    return min(
        found.select_related("newsletter"),
        key=lambda issue: (issue.rank, issue.send_at or issue.slot or NO_TIME),
        default=None,
    )


def _shown(issue: Issue, rank: int, user: Any) -> ComingIssue:
    prefetch_related_objects([issue], "data_points")
    at = issue.moment
    notes, step = _notes(issue, rank, user), steps.next_step(issue, user)
    if rank in TROUBLE:
        note, label, name = TROUBLE[rank]
        notes, step = [note], NextStep(label, steps.step_url(issue, name))
    return ComingIssue(
        name=_name(at, issue.newsletter, issue.number),
        title=issue.subject or "No subject yet",
        at=at,
        stages=steps.stages(issue),
        notes=tuple(filter(None, notes)),
        next=step,
        form=steps.step_url(issue, "change"),
        is_trouble=rank < SENDING,
    )


def _notes(issue: Issue, rank: int, user: Any) -> list[str]:
    if rank == PAUSED:
        return [issue.pause_reason or "Paused."]
    if rank == SENDING:
        if not hasattr(issue, "snapshot"):
            return ["Sending starts."]
        sent = progress.measure(issue.snapshot)
        return [f"{sent.done:,} of {sent.recipients:,} reader{pluralize(sent.recipients)} done."]
    note = steps.note_on(issue)
    if issue.status == Status.APPROVED:
        return ["Nothing is left to do: it starts at its time.", note]
    if issue.status != Status.DRAFT:
        return [note]
    notes = [note, *unwritten(issue)]
    if not user.has_perm(approval.SEND):
        notes.append(f"Who may approve it: {', '.join(scheduling.publishers()) or 'nobody yet'}.")
    return notes


def _days(at: datetime | None) -> str:
    return f"{date_format(at, 'l')}’s issue" if at else "The next issue"


def _name(at: datetime | None, newsletter: Newsletter, number: int) -> str:
    """Return "Friday’s issue · No. 3", with the newsletter's name if it is not the main one."""
    named = "" if newsletter.is_default else f" · {newsletter}"
    return f"{_days(at)}{named} · No. {number}"


def _not_begun(newsletter: Newsletter, at: datetime, user: Any) -> ComingIssue:
    url = reverse("admin:newsletter_issue_propose_next")
    propose = NextStep(f"Propose {_days(at)}", url, is_press=True)
    return ComingIssue(
        name=_name(at, newsletter, newsletter.next_number()),
        title="No issue yet",
        at=at,
        stages=steps.stages(None),
        notes=("Proposing it makes the draft, with the three numbers that moved most.",),
        next=propose if user.has_perm("newsletter.add_issue") else None,
    )


def _without_newsletter(user: Any) -> ComingIssue:
    add = NextStep("Set up the newsletter", reverse("admin:newsletter_newsletter_add"))
    return ComingIssue(
        name="The newsletter",
        title="No newsletter yet",
        notes=("Issues, their day and the signup form belong to a newsletter.",),
        next=add if user.has_perm("newsletter.add_newsletter") else None,
    )
