"""What an editor is asked on the way to an approved issue."""

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone

from newsletter.issues.composing.approval import free_slot
from newsletter.issues.composing.test_mails import MOST_ADDRESSES
from newsletter.models import Issue
from newsletter.values.addresses import AddressError, on_the_wire
from newsletter.values.schedule import moment

SLOT, TIME, NOW = "slot", "time", "now"
# A later time than this is a typing error in its year.
LATEST = timedelta(days=366)


class TestMailForm(forms.Form):
    addresses = forms.CharField(
        max_length=1_500,
        widget=forms.Textarea(attrs={"rows": 3, "cols": 60}),
        help_text=f"One a line, {MOST_ADDRESSES} at most. They are used for this and kept nowhere.",
    )

    def clean_addresses(self) -> list[str]:
        typed = self.cleaned_data["addresses"].replace(",", " ").split()
        addresses = list(dict.fromkeys(typed))
        if len(addresses) > MOST_ADDRESSES:
            raise ValidationError(
                f"These are {len(addresses)} addresses; {MOST_ADDRESSES} is the most."
            )
        for address in addresses:
            try:
                on_the_wire(address)
            except AddressError as error:
                raise ValidationError(f"{address}: {error}") from error
        return addresses


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
        self.slot = free_slot(issue)
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
