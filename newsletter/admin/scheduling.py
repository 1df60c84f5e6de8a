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

    @property
    def is_now(self) -> bool:
        return bool(self.cleaned_data["when"] == NOW)

    @property
    def at(self) -> datetime:
        """The time that was chosen, in the newsletter's zone."""
        at: datetime = self.cleaned_data["send_at"]
        return at.astimezone(self.issue.newsletter.zone)

    @property
    def said(self) -> str:
        if self.is_now:
            return "now: the clock starts it within a minute"
        return f"on {date_format(self.at, 'l, F j, Y, H:i e')}"

    @property
    def word(self) -> str:
        """The word to type: "" for an issue that is sent later, which can be called back."""
        return "send now" if self.is_now else ""


@issue_step
def check_and_approve(request: HttpRequest, issue: Issue) -> HttpResponse:
    """Show the checklist, then a page that asks for confirmation; only its POST approves."""
    if issue.status != Issue.Status.DRAFT:
        return redirect("admin:newsletter_issue_change", issue.pk)
    if "check_links" in request.POST:
        address_checks.queue_link_checks(issue, again=True)
        messages.info(request, "The links are being checked. Reload this page in a minute.")
        return redirect("admin:newsletter_issue_approve", issue.pk)
    if request.method == "POST":
        return _approve(request, issue)
    items = checklist(issue)
    form = ScheduleForm(issue, request.GET if "when" in request.GET else None)
    context: dict[str, Any] = {
        "title": f"Check and approve: {issue}",
        "audience": audience.count_audience(issue.newsletter),
        "not_armed": arming.reason_not_armed(),
        "may_send": request.user.has_perm(SEND),
        "publishers": publishers(),
        "items": items,
        "is_ready": all(item.is_right for item in items),
        "is_known": not any(item.note for item in items),
        "form": form,
    }
    if not (context["is_ready"] and form.is_bound and form.is_valid()):
        return show_step(request, issue, "approve", context)
    context |= {
        "title": f"Approve: {issue}",
        "left_empty": approval.slot_left_empty(issue, form.at),
        "proof": fields_for(request, form.word),
    }
    return show_step(request, issue, "confirm", context)


def _approve(request: HttpRequest, issue: Issue) -> HttpResponse:
    if not request.user.has_perm(SEND):
        raise PermissionDenied
    form = ScheduleForm(issue, request.POST)
    again = redirect("admin:newsletter_issue_approve", issue.pk)
    if not form.is_valid():
        errors = " ".join(str(text) for texts in form.errors.values() for text in texts)
        messages.error(request, f"Not approved. {errors}")
        return again
    if asked := still_asked(request, form.word):
        return asked
    is_special, at = "special" in request.POST, form.cleaned_data["send_at"]
    try:
        approval.approve_issue(issue, request.user, at, is_special=is_special)
    except approval.StepNotPossible as reason:
        messages.error(request, str(reason))
        return again
    report_change(request, issue, f"Approved. It is sent {form.said}.")
    return redirect("admin:newsletter_issue_change", issue.pk)


def publishers() -> list[str]:
    """Return the names of the people who may approve, for editors who may not."""
    found = approval.publishers().order_by("username")
    return [user.get_full_name() or user.username for user in found]
