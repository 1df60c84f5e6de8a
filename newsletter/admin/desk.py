"""For the front page of admin: issues that need an editor, the readers, the last sending."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.contrib.auth.models import AbstractUser
from django.db.models import Q
from django.template.defaultfilters import pluralize
from django.urls import reverse

from glossary.admin.desk import Desk, Line, Need, Urgency, needs_of
from glossary.admin.filters import QuerySetMethod, QuestionFilter
from glossary.charts.plots import Plot
from glossary.charts.sparklines import Sparkline, sparkline
from glossary.values.points import Point
from newsletter.issues import corrections
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


def held_mail(user: AbstractUser) -> Desk:
    """Return the alarm that no mail goes out, for users who write issues."""
    why = arming.reason_not_armed() if user.has_perm("newsletter.change_issue") else ""
    return Desk(alarms=(why,) if why else ())


def held_signups(user: AbstractUser) -> Desk:
    """Return a line for operators if signups waited: somebody may enter others' addresses."""
    count = signup_counts.waited_lately() if user.has_perm("newsletter.view_heldsignup") else 0
    text = f"signup{pluralize(count)} waited in the last 24 hours, because there were too many"
    url = reverse("admin:newsletter_heldsignup_changelist")
    return Desk(needs=(Need(Urgency.TROUBLE, count, text, url),))


def returned_mail(user: AbstractUser) -> Desk:
    """Return a line with the number of unmatched mails, for users who may decide about them."""
    rows = MailEvent.objects.unmatched()
    count = rows.count() if user.has_perm("newsletter.handle_mailevent") else 0
    text = f"returned mail{pluralize(count)} could not be matched to a reader"
    url = f"{reverse('admin:newsletter_mailevent_changelist')}?state__exact=unmatched"
    return Desk(needs=(Need(Urgency.OTHER, count, text, url),))


def issue_needs(user: AbstractUser) -> Desk:
    if not user.has_perm("newsletter.change_issue"):
        return Desk()
    return Desk(needs_of(Issue.objects.all(), _lines()))


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
