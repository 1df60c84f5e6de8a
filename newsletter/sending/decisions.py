"""How an issue that is going out stops: paused, canceled, finished.

Each is one conditional UPDATE whose row count says whether it was ours to do, and leaves an event
with its author. How it goes on: sending.launch.
"""

import logging

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Exists, OuterRef
from django.db.models.functions import Now

from newsletter.models import Delivery, Issue, SendingEvent, Snapshot
from newsletter.sending import ledger, limits

logger = logging.getLogger(__name__)

Status = Issue.Status
Kind = SendingEvent.Kind
type Person = User | None


def is_sending(issue_id: int) -> bool:
    return Issue.objects.filter(pk=issue_id, status=Status.SENDING).exists()


@transaction.atomic
def pause(issue: Issue, reason: str, by: Person = None) -> bool:
    """Let no further message begin. Without a person it is the site that stops itself, and says so.

    What is with the mail server at this moment still ends there.
    """
    sending = Issue.objects.filter(pk=issue.pk, status=Status.SENDING)
    if not sending.update(status=Status.PAUSED, pause_reason=reason[:300]):
        return False
    note(issue, Kind.PAUSED, by, reason)
    if by is None:
        logger.error("Issue %s is paused. %s", issue.number, reason)
    return True


@transaction.atomic
def cancel(issue: Issue, by: Person = None) -> bool:
    """End sending for good: readers who have not had the issue are skipped."""
    begun = Issue.objects.filter(pk=issue.pk, status__in=[Status.SENDING, Status.PAUSED])
    if not begun.update(status=Status.CANCELLED, pause_reason=""):
        return False
    open_rows = Delivery.objects.filter(issue=issue).open()
    left = open_rows.exclude(state=Delivery.State.HANDING_OVER).count()
    note(issue, Kind.CANCELLED, by, f"{left} not sent")
    skip_canceled(issue)
    return True


def skip_canceled(issue: Issue) -> None:
    """Skip some readers of a canceled issue; the clock does the rest, batch by batch."""
    ledger.skip_open(issue.pk, "canceled")


def finish(issue: Issue) -> bool:
    """Call an issue sent when nothing about it is open; tell whether it is."""
    left = Delivery.objects.open().filter(issue=OuterRef("pk"))
    ready = Issue.objects.filter(~Exists(left), pk=issue.pk, status=Status.SENDING)
    with transaction.atomic():
        if not ready.update(status=Status.SENT, pause_reason=""):
            return False
        Snapshot.objects.filter(issue=issue).update(finished_at=Now())
        note(issue, Kind.FINISHED, None)
        limits.delete_idle_paces()
    _tell_of_doubt(issue)
    return True


@transaction.atomic
def stop_unarmed(issue: Issue, why: str) -> None:
    """Stop for a person: this database may be a copy, and the issue went on elsewhere."""
    if pause(issue, why):
        ledger.mark_in_hand_unknown(issue.pk, "in hand when this database was copied")


def note(issue: Issue, kind: SendingEvent.Kind, by: Person, text: str = "") -> None:
    SendingEvent.objects.create(issue=issue, kind=kind, by=by, note=text[:300])


def _tell_of_doubt(issue: Issue) -> None:
    rows = Delivery.objects.filter(issue=issue)
    if unknown := rows.unknown().count():
        logger.error(
            "Issue %s is out, but of %s of its messages nobody knows whether they arrived. They "
            "are listed on its sending page, where you may send to them again.",
            issue.number,
            unknown,
        )
    recipients = Snapshot.objects.values_list("recipients", flat=True).get(issue=issue)
    if (total := rows.count()) != recipients:
        logger.error("Issue %s: %s deliveries, %s readers.", issue.number, total, recipients)
