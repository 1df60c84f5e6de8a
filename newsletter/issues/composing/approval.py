"""From draft to approved and back. What begins to be sent is newsletter.sending's."""

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from newsletter.issues.composing.checklist import Item, checklist, problems
from newsletter.models import Issue

__all__ = ["Item", "NotPossible", "approve", "call_off", "checklist", "problems", "take_up"]

# What the steps of an issue's life change, and no form and no old version of its words.
STATE = (
    "status", "slot_on", "send_at", "approved_at", "approved_by", "tested_at",
    "tested_fingerprint", "proposed_at", "warned_at", "sent_at", "pause_reason", "readings",
    "intro_html",
)  # fmt: skip

Status = Issue.Status
# So long may an editor look at the page before he presses “Send now”.
JUST_NOW = timedelta(minutes=1)


class NotPossible(Exception):
    """The issue stays as it is; the text says why and what to do."""


class NotReady(NotPossible):
    """The checklist has something left; `items` are what to mend."""

    def __init__(self, items: list[Item]) -> None:
        said = " ".join(problem for item in items for problem in item.problems)
        super().__init__(f"Not approved: {said}")
        self.items = items


def open_slot(issue: Issue) -> datetime | None:
    """Return the issue's own slot, or the newsletter's next if no other issue is for that day."""
    now = timezone.now()
    if issue.slot and issue.slot > now:
        return issue.slot
    newsletter = issue.newsletter
    slot = newsletter.next_slot(now)
    is_taken = newsletter.issues.filter(slot_on=slot.date()).exclude(pk=issue.pk).exists()
    return None if is_taken else slot


@transaction.atomic
def approve(issue: Issue, by: Any, send_at: datetime) -> None:
    """Let a draft go out at `send_at`, which is now or later. Raises NotPossible."""
    held = hold(issue, {Status.DRAFT})
    if send_at < timezone.now() - JUST_NOW:
        raise NotPossible("That time has passed. Choose a later one.")
    if left := problems(held):
        raise NotReady(left)
    if send_at == open_slot(held):
        held.slot_on = send_at.astimezone(held.newsletter.zone).date()
    _move(held, Status.APPROVED, send_at=send_at, approved_at=timezone.now(), approved_by=by)


def edit(issue: Issue) -> Issue:
    """Lock an open issue, in the caller's transaction, and give a copy in memory its state of now.

    Returns the issue as stored. Raises NotPossible when it is no longer open.
    """
    stored = hold(issue, {Status.DRAFT, Status.APPROVED})
    for name in STATE:
        setattr(issue, name, getattr(stored, name))
    return stored


@transaction.atomic
def withdraw(issue: Issue) -> None:
    """Make an approved issue a draft again. Raises NotPossible once it began to be sent."""
    _back_to_draft(hold(issue, {Status.APPROVED}))


@transaction.atomic
def call_off(issue: Issue) -> None:
    """Decide that an issue which has not begun is not sent at all. Raises NotPossible."""
    held = hold(issue, {Status.DRAFT, Status.APPROVED})
    _move(held, Status.CANCELLED, send_at=None, approved_at=None, approved_by=None)


@transaction.atomic
def take_up(issue: Issue) -> None:
    """Make a canceled or expired issue a draft again, for another time. Raises NotPossible."""
    held = hold(issue, {Status.CANCELLED, Status.EXPIRED})
    if held.slot and held.slot < timezone.now():
        held.slot_on = None
    _back_to_draft(held)


def _back_to_draft(held: Issue) -> None:
    _move(held, Status.DRAFT, send_at=None, approved_at=None, approved_by=None)


def hold(issue: Issue, states: set[Status]) -> Issue:
    """Lock the issue as it stands now, so that neither the clock nor anybody else moves it.

    Rows that point to it may come meanwhile (no_key): the clock links texts while it holds the
    names, which whoever locks an issue may ask for next.
    """
    held = Issue.objects.select_for_update(of=("self",), no_key=True)
    found = held.select_related("newsletter").get(pk=issue.pk)
    if found.is_frozen:
        raise NotPossible("It began to be sent meanwhile. Look at its sending page.")
    if found.status not in states:
        raise NotPossible(f"It is {found.get_status_display().lower()} now. Look at it again.")
    return found


def _move(held: Issue, status: Status, **fields: Any) -> None:
    for name, value in (fields | {"status": status}).items():
        setattr(held, name, value)
    held.save()
