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
NOT_STARTED_NOTE = "It did not start at its time."
IN_DOUBT_NOTE = "It is not known whether some readers got it. Only a person resends to them."


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
        return _shown(issue, user)
    newsletter = Newsletter.objects.default()
    if newsletter is None:
        return _without_newsletter(user)
    # The canceled or expired issue of its next day.
    day = newsletter.next_slot(timezone.now()).date()
    issue = newsletter.issues.select_related("newsletter").filter(slot_on=day).first()
    return _shown(issue, user) if issue else _not_begun(newsletter, user)


def _most_urgent() -> Issue | None:
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


def _shown(issue: Issue, user: Any) -> ComingIssue:
    rank = getattr(issue, "rank", OPEN)
    prefetch_related_objects([issue], "data_points")
    at = steps.moment_of(issue)
    return ComingIssue(
        name=_kicker(at, issue.newsletter, issue.number),
        title=issue.subject or "No subject yet",
        at=at,
        stages=steps.stages(issue),
        notes=tuple(_notes(issue, rank, user)),
        next=_next(issue, rank, user),
        form=steps.step_url(issue, "change"),
        is_trouble=rank < SENDING,
    )


def _next(issue: Issue, rank: int, user: Any) -> NextStep | None:
    if rank == IN_DOUBT:
        return NextStep("See these readers", steps.step_url(issue, "sending"))
    if rank == NOT_STARTED:
        return NextStep("Open the issue", steps.step_url(issue, "change"))
    return steps.next_step(issue, user)


def _notes(issue: Issue, rank: int, user: Any) -> list[str]:
    if rank == PAUSED:
        return [issue.pause_reason or "Paused."]
    if rank in (NOT_STARTED, IN_DOUBT):
        return [NOT_STARTED_NOTE if rank == NOT_STARTED else IN_DOUBT_NOTE]
    if rank == SENDING:
        return [_progress(issue)]
    note = steps.note_on(issue)
    if issue.status == Status.APPROVED:
        return ["Nothing is left to do: it starts at its time.", note]
    if issue.status != Status.DRAFT:
        return [note]
    notes = [*filter(None, [note]), *unwritten(issue)]
    if not user.has_perm(approval.SEND):
        notes.append(f"Who may approve it: {', '.join(scheduling.publishers()) or 'nobody yet'}.")
    return notes


def _progress(issue: Issue) -> str:
    snapshot = getattr(issue, "snapshot", None)
    if snapshot is None:
        return "Sending starts."
    sent = progress.measure(snapshot)
    return f"{sent.done:,} of {sent.recipients:,} reader{pluralize(sent.recipients)} done."


def _name(at: datetime | None) -> str:
    return f"{date_format(at, 'l')}’s issue" if at else "The next issue"


def _kicker(at: datetime | None, newsletter: Newsletter, number: int | None) -> str:
    """Return "Friday’s issue · No. 3", with the newsletter's name if it is not the main one."""
    named = "" if newsletter.is_default else f" · {newsletter}"
    return f"{_name(at)}{named} · No. {number}"


def _not_begun(newsletter: Newsletter, user: Any) -> ComingIssue:
    at = newsletter.next_slot(timezone.now())
    propose = NextStep(
        f"Propose {_name(at)}", reverse("admin:newsletter_issue_propose_next"), is_press=True
    )
    return ComingIssue(
        name=_kicker(at, newsletter, newsletter.next_number()),
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
