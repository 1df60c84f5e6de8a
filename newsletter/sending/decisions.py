"""How an issue stops: it is paused, canceled, finished or expires. `launch` starts and resumes it.

Each function is one conditional UPDATE; its row count tells whether the status allowed it. Each
records an event with the person who decided.
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
def pause_issue(issue: Issue, reason: str, by: Person = None) -> bool:
    """Pause an issue: no further message begins. Returns whether it was being sent.

    Messages that are with the mail server at this moment are not stopped. Without `by` the site
    paused itself, and the operators are told. Without `reason` the page says who paused.
    """
    sending = Issue.objects.filter(pk=issue.pk, status=Status.SENDING)
    shown = reason or (f"Paused by {by}." if by else "Paused.")
    if not sending.update(status=Status.PAUSED, pause_reason=shown[:300]):
        return False
    record_event(issue, Kind.PAUSED, by, reason)
    if by is None:
        logger.error("Issue %s is paused. %s", issue.number, reason)
    return True


@transaction.atomic
def cancel_issue(issue: Issue, by: Person = None) -> bool:
    """End sending for good; return whether that was possible. Skips the remaining readers."""
    begun = Issue.objects.filter(pk=issue.pk, status__in=[Status.SENDING, Status.PAUSED])
    if not begun.update(status=Status.CANCELED, pause_reason=""):
        return False
    open_rows = Delivery.objects.filter(issue=issue).open()
    left = open_rows.exclude(state=Delivery.State.HANDING_OVER).count()
    record_event(issue, Kind.CANCELED, by, f"{left} not sent")
    ledger.skip_canceled(issue.pk)
    return True


def finish_issue(issue: Issue) -> bool:
    """Mark an issue as sent once it has no open delivery; return whether it was."""
    left = Delivery.objects.open().filter(issue=OuterRef("pk"))
    ready = Issue.objects.filter(~Exists(left), pk=issue.pk, status=Status.SENDING)
    with transaction.atomic():
        if not ready.update(status=Status.SENT, pause_reason=""):
            return False
        Snapshot.objects.filter(issue=issue).update(finished_at=Now())
        record_event(issue, Kind.FINISHED, None)
        limits.delete_idle_paces()
    rows = Delivery.objects.filter(issue=issue)
    if unknown := rows.unknown().count():
        logger.error(
            "Issue %s is sent, but we cannot tell whether %s of its messages arrived. Its sending "
            "page lists them, and you can resend them there.",
            issue.number,
            unknown,
        )
    recipients = Snapshot.objects.values_list("recipients", flat=True).get(issue=issue)
    if (total := rows.count()) != recipients:
        logger.error("Issue %s: %s deliveries, %s readers.", issue.number, total, recipients)
    return True


@transaction.atomic
def expire_issue(issue: Issue, why: str) -> bool:
    """Withdraw an approval whose time has passed; return whether it was still valid."""
    approved = Issue.objects.filter(pk=issue.pk, status=Status.APPROVED, send_at=issue.send_at)
    if not approved.update(status=Status.EXPIRED):
        return False
    record_event(issue, Kind.EXPIRED, None, why)
    return True


def record_event(issue: Issue, kind: SendingEvent.Kind, by: Person, text: str = "") -> None:
    SendingEvent.objects.create(issue=issue, kind=kind, by=by, note=text[:300])
