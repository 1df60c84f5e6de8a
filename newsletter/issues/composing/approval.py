"""An issue's steps between draft and approved. Once it is being sent: newsletter.sending."""

from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from newsletter.issues.composing.checklist import problems_of
from newsletter.models import Issue

# The fields that only steps change; forms and restored versions leave them alone.
STATE = (
    "status", "slot_on", "send_at", "approved_at", "approved_by", "tested_at",
    "tested_fingerprint", "proposed_at", "warned_at", "sent_at", "pause_reason", "readings",
    "intro_html",
)  # fmt: skip

SEND = "newsletter.send_issue"
Status = Issue.Status
# How long an editor may look at the page before pressing “Send now”.
JUST_NOW = timedelta(minutes=1)


class StepNotPossible(Exception):
    """The step is not possible now; the text says why and what to do."""


def publishers() -> QuerySet[User]:
    """Return the people who may approve issues, also by their groups."""
    return User.objects.with_perm(SEND, backend="django.contrib.auth.backends.ModelBackend")


def free_slot(issue: Issue) -> datetime | None:
    """Return the issue's own slot, or the newsletter's next if no other issue has that day."""
    now = timezone.now()
    if issue.slot and issue.slot > now:
        return issue.slot
    newsletter = issue.newsletter
    slot = newsletter.next_slot(now)
    is_taken = newsletter.issues.filter(slot_on=slot.date()).exclude(pk=issue.pk).exists()
    return None if is_taken else slot


def slot_left_empty(issue: Issue, send_at: datetime) -> datetime | None:
    """Return the issue's own slot, if sending at `send_at` leaves no issue for its day."""
    slot, day = issue.slot, send_at.astimezone(issue.newsletter.zone).date()
    return slot if slot and slot > timezone.now() and day != issue.slot_on else None


@transaction.atomic
def approve_issue(issue: Issue, by: Any, send_at: datetime, *, is_special: bool = False) -> None:
    """Schedule a draft to be sent at `send_at`, now or later. Raises StepNotPossible.

    A special issue gives up its slot, for which the clock makes another draft.
    """
    held = lock_issue(issue, {Status.DRAFT})
    if send_at < timezone.now() - JUST_NOW:
        raise StepNotPossible("That time has passed. Choose a later one.")
    if left := problems_of(held):
        raise StepNotPossible(f"Not approved: {' '.join(left)}")
    if is_special:
        held.slot_on = None
    elif send_at == free_slot(held):
        held.slot_on = send_at.astimezone(held.newsletter.zone).date()
    _move(held, Status.APPROVED, send_at, by)


def lock_for_edit(issue: Issue) -> Issue:
    """Lock an open issue in the caller's transaction, and copy its stored STATE to `issue`.

    Returns the stored issue. Raises StepNotPossible when it is no longer open.
    """
    stored = lock_issue(issue, {Status.DRAFT, Status.APPROVED})
    for name in STATE:
        setattr(issue, name, getattr(stored, name))
    return stored


@transaction.atomic
def withdraw_approval(issue: Issue) -> None:
    """Make an approved issue a draft again. Raises StepNotPossible once sending has started."""
    _move(lock_issue(issue, {Status.APPROVED}), Status.DRAFT)


@transaction.atomic
def call_off(issue: Issue) -> None:
    """Cancel an issue before sending starts. Raises StepNotPossible."""
    _move(lock_issue(issue, {Status.DRAFT, Status.APPROVED}), Status.CANCELED)


@transaction.atomic
def reopen_issue(issue: Issue) -> None:
    """Make a canceled or expired issue a draft again. Raises StepNotPossible."""
    held = lock_issue(issue, {Status.CANCELED, Status.EXPIRED})
    if held.slot and held.slot < timezone.now():
        held.slot_on = None
    _move(held, Status.DRAFT)


def lock_issue(issue: Issue, states: set[Status]) -> Issue:
    """Lock an issue that has one of these states; return it as stored.

    Rows that refer to it may still be inserted (no_key): the clock does so while it holds the lock
    on names, which the caller may ask for next. Raises StepNotPossible.
    """
    held = Issue.objects.select_for_update(of=("self",), no_key=True)
    found = held.select_related("newsletter").get(pk=issue.pk)
    if found.is_frozen:
        raise StepNotPossible("Sending has started meanwhile. See its sending page.")
    if found.status not in states:
        raise StepNotPossible(f"It is {found.get_status_display().lower()} now. Open it again.")
    return found


def _move(held: Issue, status: Status, send_at: datetime | None = None, by: Any = None) -> None:
    held.status, held.send_at, held.approved_by = status, send_at, by
    held.approved_at = timezone.now() if send_at else None
    held.save()
