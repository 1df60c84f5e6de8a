"""Approving an issue: the checklist, the time, the number of readers, and a confirmation."""

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.formats import date_format

from config.reauthentication import fields_for, still_asked
from newsletter.admin.pages import issue_step, report_change, show_step
from newsletter.issues.composing import address_checks, approval
from newsletter.issues.composing.approval import SEND
from newsletter.issues.composing.checklist import checklist
from newsletter.mailing import arming
from newsletter.models import Issue
from newsletter.sending import audience
from newsletter.values.schedule import moment

SLOT, TIME, NOW = "slot", "time", "now"
# A later time than this is a typing error in its year.
LATEST = timedelta(days=366)


class ScheduleForm(forms.Form):
    """When an issue is sent. Days and times are in the newsletter's time zone."""

    when = forms.ChoiceField(widget=forms.RadioSelect)
    day = forms.DateField(
        required=False, widget=forms.DateInput({"type": "date", "aria-label": "Day"}, "%Y-%m-%d")
    )
    time = forms.TimeField(
        required=False, widget=forms.TimeInput({"type": "time", "aria-label": "Time"}, "%H:%M")
    )

    def __init__(self, issue: Issue, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.issue = issue
        self.slot = approval.free_slot(issue)
        choices = [(SLOT, "In its slot")] if self.slot else []
        choices += [(TIME, "At a time of your choice"), (NOW, "Now")]
        self.fields["when"].choices = choices  # type: ignore[attr-defined]
        self.fields["when"].initial = choices[0][0]

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        when = values.get("when")
        if when == TIME:
            values["send_at"] = self._time(values)
        elif when:
            values["send_at"] = self.slot if when == SLOT else timezone.now()
        return values

    def _time(self, values: dict[str, Any]) -> datetime | None:
        day, hour = values.get("day"), values.get("time")
        if day is None or hour is None:
            if not self.errors:
                self.add_error("day", "Say on which day and at what time.")
            return None
        at, now = moment(day, hour, self.issue.newsletter.zone), timezone.now()
        if at.timestamp() <= now.timestamp():
            self.add_error("day", "That time has passed. Choose a later one, or “Now”.")
        elif at.timestamp() > (now + LATEST).timestamp():
            self.add_error("day", "That is more than a year away. Choose an earlier time.")
        return at


@issue_step
def check_and_approve(request: HttpRequest, issue: Issue) -> HttpResponse:
    """Show the checklist, then a page that asks for confirmation; only its POST approves."""
    if issue.status != Issue.Status.DRAFT:
        return redirect("admin:newsletter_issue_change", issue.pk)
    if "check_links" in request.POST:
        address_checks.check_again(issue)
        messages.info(request, "The links are being checked. Reload this page in a minute.")
        return redirect("admin:newsletter_issue_approve", issue.pk)
    if request.method == "POST":
        return _approve(request, issue)
    items = checklist(issue)
    is_ready = all(item.is_right for item in items)
    form = ScheduleForm(issue, request.GET if "when" in request.GET else None)
    context = _context(request, issue) | {"items": items, "is_ready": is_ready, "form": form}
    context["is_known"] = not any(item.note for item in items)
    if is_ready and form.is_bound and form.is_valid():
        context |= _confirmed(issue, form) | {"proof": fields_for(request, _word(form))}
        return show_step(request, issue, "confirm", context)
    return show_step(request, issue, "approve", context)


def _approve(request: HttpRequest, issue: Issue) -> HttpResponse:
    if not request.user.has_perm(SEND):
        raise PermissionDenied
    form = ScheduleForm(issue, request.POST)
    if not form.is_valid():
        errors = " ".join(str(text) for texts in form.errors.values() for text in texts)
        messages.error(request, f"Not approved. {errors}")
        return redirect("admin:newsletter_issue_approve", issue.pk)
    if asked := still_asked(request, _word(form)):
        return asked
    try:
        is_special = "special" in request.POST
        at = form.cleaned_data["send_at"]
        approval.approve_issue(issue, request.user, at, is_special=is_special)
    except approval.StepNotPossible as reason:
        messages.error(request, str(reason))
        return redirect("admin:newsletter_issue_approve", issue.pk)
    report_change(request, issue, f"Approved. It is sent {_when(issue, form)}.")
    return redirect("admin:newsletter_issue_change", issue.pk)


def _word(form: ScheduleForm) -> str:
    """Return the word to type: "" for an issue that is sent later, which can be called back."""
    return "send now" if form.cleaned_data["when"] == NOW else ""


def _context(request: HttpRequest, issue: Issue) -> dict[str, Any]:
    return {
        "title": f"Check and approve: {issue}",
        "audience": audience.count_audience(issue.newsletter),
        "not_armed": arming.reason_not_armed(),
        "may_send": request.user.has_perm(SEND),
        "publishers": publishers(),
    }


def _confirmed(issue: Issue, form: ScheduleForm) -> dict[str, Any]:
    at = form.cleaned_data["send_at"].astimezone(issue.newsletter.zone)
    return {
        "title": f"Approve: {issue}",
        "at": at,
        "is_now": form.cleaned_data["when"] == NOW,
        "when": _when(issue, form),
        "left_empty": approval.slot_left_empty(issue, form.cleaned_data["send_at"]),
    }


def _when(issue: Issue, form: ScheduleForm) -> str:
    if form.cleaned_data["when"] == NOW:
        return "now: the clock starts it within a minute"
    at = form.cleaned_data["send_at"].astimezone(issue.newsletter.zone)
    return f"on {date_format(at, 'l, F j, Y, H:i e')}"


def publishers() -> list[str]:
    """Return the names of the people who may approve, for editors who may not."""
    found = approval.publishers().order_by("username")
    return [user.get_full_name() or user.username for user in found]
