"""For the front page of admin: the issue that comes next, what needs a person, the readers, the
last sending.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from enum import IntEnum
from typing import Any

from django.contrib.auth.models import AbstractUser
from django.db.models import Case, Q, Value, When, prefetch_related_objects
from django.template.defaultfilters import pluralize
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format

from glossary.admin.desk import Desk, Line, Need, Urgency, needs_of
from glossary.admin.filters import QuerySetMethod, QuestionFilter
from glossary.charts.plots import Plot
from glossary.charts.sparklines import Sparkline, sparkline
from glossary.values.points import Point
from newsletter.admin import scheduling, steps
from newsletter.admin.pages import step_url
from newsletter.admin.steps import NextStep, Stage
from newsletter.issues import corrections
from newsletter.issues.composing import approval
from newsletter.issues.composing.checklist import unwritten
from newsletter.mailing import arming
from newsletter.models import Delivery, Issue, MailEvent, Newsletter, Snapshot
from newsletter.sending import progress
from newsletter.subscribers import held_signups as signup_counts
from newsletter.subscribers.growth import WEEKS, Growth, growth

State, Status = Delivery.State, Issue.Status
SPARK_WIDTH, SPARK_HEIGHT = 240, 40  # pixels


def _filter(condition: Callable[..., Q], *given: Any) -> QuerySetMethod:
    return lambda issues: issues.filter(condition(*given))


class TroubleFilter(QuestionFilter):
    """Issues that need a person for a reason that their status does not show."""

    title = parameter_name = "trouble"
    questions = {
        "late": ("Did not start", _filter(progress.is_late)),
        "unknown": ("Readers in doubt", _filter(progress.has_deliveries, State.UNKNOWN)),
        "failed": ("Readers refused", _filter(progress.has_deliveries, State.FAILED)),
        "corrected": ("Corrected, readers not told", _filter(corrections.has_untold)),
    }


def _lines() -> list[Line]:
    """Return the lines about issues. Refused mail is urgent for a day."""
    is_fresh = Issue.objects.filter(progress.has_deliveries(State.FAILED, progress.FRESH)).exists()
    trouble, refused = Urgency.TROUBLE, Urgency.TROUBLE if is_fresh else Urgency.OTHER
    rows: tuple[tuple[Urgency, str, str, Issue.Status | str], ...] = (
        (trouble, "issue is paused", "issues are paused", Status.PAUSED),
        (trouble, "approved issue did not start at its time",
         "approved issues did not start at their time", "late"),
        (trouble, "issue has readers who may not have got it",
         "issues have readers who may not have got them", "unknown"),
        (refused, "issue has readers whose mail was refused",
         "issues have readers whose mail was refused", "failed"),
        (trouble, "issue expired and was not sent", "issues expired and were not sent",
         Status.EXPIRED),
        (Urgency.CLAIM, "sent issue has a correction that readers were not told",
         "sent issues have corrections that readers were not told", "corrected"),
        (Urgency.TIDY, "approved issue waits to be sent", "approved issues wait to be sent",
         Status.APPROVED),
        (Urgency.TIDY, "issue in draft", "issues in draft", Status.DRAFT),
    )  # fmt: skip
    return [Line(urgency, one, several, *_asks(what)) for urgency, one, several, what in rows]


def _asks(what: Issue.Status | str) -> tuple[dict[str, str], QuerySetMethod]:
    """Return the query and the question of a status, or of a trouble of TroubleFilter."""
    if isinstance(what, Status):
        return {"status__exact": what.value}, lambda issues: issues.filter(status=what)
    return TroubleFilter.asks(what)


def issue_needs(user: AbstractUser) -> Desk:
    if not user.has_perm("newsletter.change_issue"):
        return Desk()
    return Desk(needs_of(Issue.objects.all(), _lines()))


def mail_needs(user: AbstractUser) -> Desk:
    """Return the alarm that no mail goes out, for users who write issues; for operators a line if
    signups waited, because somebody may enter others' addresses; and one with the number of
    unmatched mails, for users who may decide about them.
    """
    why = arming.reason_not_armed() if user.has_perm("newsletter.change_issue") else ""
    waited = signup_counts.waited_lately() if user.has_perm("newsletter.view_heldsignup") else 0
    told = f"signup{pluralize(waited)} waited in the last 24 hours, because there were too many"
    signups = reverse("admin:newsletter_heldsignup_changelist")
    rows = MailEvent.objects.unmatched()
    mails = rows.count() if user.has_perm("newsletter.handle_mailevent") else 0
    text = f"returned mail{pluralize(mails)} could not be matched to a reader"
    url = reverse("admin:newsletter_mailevent_changelist", query={"state__exact": "unmatched"})
    held = Need(Urgency.TROUBLE, waited, told, signups)
    returned = Need(Urgency.OTHER, mails, text, url)
    return Desk((held, returned), alarms=(why,) if why else ())


@dataclass(frozen=True)
class Readers:
    """The readers of the default newsletter: numbers, and a line of the last weeks."""

    newsletter: Newsletter
    growth: Growth
    line: Sparkline
    weeks: int = WEEKS


def readers(user: Any) -> Readers | None:
    """Return the readers; None for users who may not see them, or without a newsletter."""
    if not user.has_perm("newsletter.view_subscription"):
        return None
    newsletter = Newsletter.objects.default()
    if newsletter is None:
        return None
    counted = progress.cached(growth)(newsletter)
    points = tuple(Point(at.date(), Decimal(count)) for at, count in counted.weeks)
    line = sparkline(Plot("Readers", points), WEEKS + 1, SPARK_WIDTH, SPARK_HEIGHT)
    return Readers(newsletter, counted, line)


@dataclass(frozen=True)
class LastSending:
    """The newest issue that was sent from here, and its numbers."""

    issue: Issue
    progress: progress.Progress


def last_sending(user: Any) -> LastSending | None:
    """Return the last sending; None for users who may not see issues, or before the first."""
    if not user.has_perm("newsletter.view_issue"):
        return None
    sent = Snapshot.objects.select_related("issue__newsletter").defer("html", "text")
    newest = sent.order_by("-frozen_at", "-pk").first()
    return LastSending(newest.issue, progress.measure(newest)) if newest else None


class Rank(IntEnum):
    """Which issue the desk shows first: those in trouble, the one being sent, the open ones."""

    PAUSED = 0
    NOT_STARTED = 1
    IN_DOUBT = 2
    SENDING = 3
    OPEN = 4


NO_TIME = datetime.max.replace(tzinfo=UTC)
DOUBT = "It is not known whether some readers got it. Only a person resends to them."
# What the desk says of an issue of this rank, then the label of its next step and the page.
NEXT_STEPS = {
    Rank.NOT_STARTED: ("It did not start at its time.", "Open the issue", "change"),
    Rank.IN_DOUBT: (DOUBT, "See these readers", "sending"),
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
        return _shown(issue, Rank(issue.rank), user)
    newsletter = Newsletter.objects.default()
    if newsletter is None:
        return _without_newsletter(user)
    at = newsletter.next_slot(timezone.now())
    # The canceled or expired issue of its next day.
    issue = newsletter.issues.select_related("newsletter").filter(slot_on=at.date()).first()
    return _shown(issue, Rank.OPEN, user) if issue else _not_begun(newsletter, at, user)


def _most_urgent() -> Any:
    """Return the issue in trouble, else the one being sent, else the open one that is due first."""
    in_doubt = progress.has_deliveries(Delivery.State.UNKNOWN, progress.FRESH)
    statuses = [Status.PAUSED, Status.SENDING, Status.DRAFT, Status.APPROVED]
    rank = Case(
        When(status=Status.PAUSED, then=Value(Rank.PAUSED)),
        When(progress.is_late(), then=Value(Rank.NOT_STARTED)),
        When(in_doubt, then=Value(Rank.IN_DOUBT)),
        When(status=Status.SENDING, then=Value(Rank.SENDING)),
        default=Value(Rank.OPEN),
    )
    found: Any = Issue.objects.filter(Q(status__in=statuses) | in_doubt).annotate(rank=rank)
    return min(
        found.select_related("newsletter"),
        key=lambda issue: (issue.rank, issue.send_at or issue.slot or NO_TIME),
        default=None,
    )


def _shown(issue: Issue, rank: Rank, user: Any) -> ComingIssue:
    prefetch_related_objects([issue], "data_points")
    at = issue.moment
    notes, step = _notes(issue, rank, user), steps.next_step(issue, user)
    if rank in NEXT_STEPS:
        note, label, name = NEXT_STEPS[rank]
        notes, step = [note], NextStep(label, step_url(issue, name))
    return ComingIssue(
        name=_name(at, issue.newsletter, issue.number),
        title=issue.subject or "No subject yet",
        at=at,
        stages=steps.stages(issue),
        notes=tuple(filter(None, notes)),
        next=step,
        form=step_url(issue, "change"),
        is_trouble=rank < Rank.SENDING,
    )


def _notes(issue: Issue, rank: Rank, user: Any) -> list[str]:
    if rank == Rank.PAUSED:
        return [issue.pause_reason or "Paused."]
    if rank == Rank.SENDING:
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
