"""How sending an issue starts and resumes, and how the clock keeps it going."""

import hashlib
import logging
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import asdict

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Exists, F, OuterRef
from django.db.models.expressions import CombinedExpression
from django.db.models.functions import Now
from django.template.defaultfilters import pluralize
from django.utils import timezone

from config.ratelimit import ONCE_AN_HOUR, hit
from glossary.mentions import linked_names
from newsletter.issues import listings
from newsletter.issues.corrections import settle_told
from newsletter.issues.freezing import UnreadableFigure, freeze
from newsletter.issues.rendering import RenderedMail, render_mail
from newsletter.mailing import arming, messages
from newsletter.models import Delivery, Issue, IssuePicture, Pump, SendingEvent, Snapshot
from newsletter.models.issues import IssueQuerySet
from newsletter.models.ledger import OPEN, DeliveryQuerySet
from newsletter.sending import audience, decisions, ledger, pump
from newsletter.sending.decisions import Person
from newsletter.values import addresses
from newsletter.values.schedule import EXPIRED_AFTER

logger = logging.getLogger(__name__)

Status = Issue.Status
IN_HAND = (Delivery.State.CLAIMED, Delivery.State.HANDING_OVER)


def start_due() -> str:
    """Start sending the issues that are due (a scheduled job)."""
    due = Issue.objects.filter(status=Status.APPROVED, send_at__lte=timezone.now())
    started = sum(_start_or_expire(issue) for issue in due.select_related("newsletter"))
    return f"{started} issue{pluralize(started)} started" if started else ""


@transaction.atomic
def start_issue(issue: Issue) -> bool:
    """Freeze an issue, fill the ledger and queue its pumps, in one transaction and only once.

    Returns whether it was approved. Raises NotArmed, UnreadableFigure.
    """
    arming.require_armed()
    linked_names.hold()  # before the issue, in the order of the clock when it links texts
    # Only if the time is still the one we read: an editor may have changed it since.
    approved = Issue.objects.filter(pk=issue.pk, status=Status.APPROVED, send_at=issue.send_at)
    if not approved.update(status=Status.SENDING, sent_at=timezone.now()):
        return False
    issue = Issue.objects.select_related("newsletter").get(pk=issue.pk)
    freeze(issue)
    settle_told(issue)
    snapshot = _save_snapshot(issue, render_mail(issue))
    filled = audience.fill_ledger(issue)
    Snapshot.objects.filter(pk=snapshot.pk).update(**asdict(filled))
    decisions.record_event(issue, SendingEvent.Kind.STARTED, None, f"to {filled.recipients}")
    pump.ensure_pumps(issue)
    listings.refresh_after_commit([issue])
    return True


@transaction.atomic
def resume_issue(issue: Issue, by: Person = None) -> bool:
    """Resume a paused issue; return whether it was paused. Raises NotArmed.

    Earlier failures do not count towards the next pause.
    """
    arming.require_armed()
    paused = Issue.objects.filter(pk=issue.pk, status=Status.PAUSED, snapshot__isnull=False)
    if not paused.update(status=Status.SENDING, pause_reason=""):
        return False
    Snapshot.objects.filter(issue=issue).update(judged_from=Now())
    Pump.objects.filter(issue=issue).update(
        failures_in_row=0, failed_in_row=[], due_at=timezone.now()
    )
    decisions.record_event(issue, SendingEvent.Kind.RESUMED, by)
    pump.ensure_pumps(issue)
    return True


def queue_unknown(rows: DeliveryQuerySet, by: User) -> int:
    """Queue those of the deliveries that are in state unknown again; return how many.

    Only a person decides this, because these readers may get the issue twice. The message keeps
    its Message-ID, so that many mailboxes show both copies as one.
    """
    return _queue_again(rows.unknown(), by, "unknown", resends=F("resends") + 1)


def queue_failed(issue: Issue, by: User) -> int:
    """Queue an issue's failed deliveries again; return how many.

    Their messages were refused, so no reader gets the issue twice. They are tried as often as at
    first. A worker still skips readers who left or were suppressed since.
    """
    failed = Delivery.objects.certainly_failed().filter(issue=issue)
    return _queue_again(failed, by, "failed", attempts=0, deferrals=0)


def queue_returned(issue: Issue, by: User) -> int:
    """Queue an issue's returned messages again, of readers who still get mail; return how many."""
    returned = Delivery.objects.returned().filter(issue=issue)
    return _queue_again(returned, by, "returned", attempts=0, deferrals=0)


@transaction.atomic
def _queue_again(
    rows: DeliveryQuerySet, by: User, kind: str, **counts: CombinedExpression | int
) -> int:
    """Queue rows of open issues; the new `counts` permit their next attempt."""
    open_issue = Issue.objects.filter(
        pk=OuterRef("issue_id"), status__in=[Status.SENDING, Status.PAUSED, Status.SENT]
    )
    chosen = rows.filter(Exists(open_issue))
    queued = {"state": Delivery.State.QUEUED, "next_at": Now(), "has_place": False, "lease": ""}
    total = 0
    for issue in list(Issue.objects.filter(deliveries__in=chosen).distinct()):
        count = chosen.filter(issue=issue).update(**queued, **counts)
        note = f"{count} {kind} deliver{pluralize(count, 'y,ies')}"
        decisions.record_event(issue, SendingEvent.Kind.RESENT, by, note)
        _reopen(issue)
        total += count
    return total


def keep_going() -> str:
    """Clean up after dead workers and keep pumps for issues being sent (a scheduled job)."""
    lost = sum(ledger.expire_leases(issue.pk) for issue in _issues_with(IN_HAND))
    for issue in _issues_with(OPEN).filter(status=Status.CANCELED):
        ledger.skip_canceled(issue.pk)
    for issue in _issues_with(OPEN).filter(status=Status.SENT):
        _reopen(issue)
    for issue in Issue.objects.filter(status=Status.SENDING, snapshot__isnull=False):
        if why := arming.reason_not_armed():
            decisions.pause_issue(issue, why)
        elif not decisions.finish_issue(issue):
            pump.ensure_pumps(issue)
    return f"{lost} deliver{pluralize(lost, 'y,ies')} unknown" if lost else ""


def _issues_with(states: Sequence[Delivery.State]) -> IssueQuerySet:
    rows = Delivery.objects.filter(issue=OuterRef("pk"), state__in=states)
    return Issue.objects.filter(Exists(rows))


def _reopen(issue: Issue) -> None:
    """Send a finished issue again, because it has an open delivery.

    A person resent unknown deliveries, perhaps while the issue was being finished, or a worker
    that was believed lost recorded a late result.
    """
    sent = Issue.objects.filter(pk=issue.pk, status=Status.SENT)
    if sent.update(status=Status.SENDING):
        Snapshot.objects.filter(issue=issue).update(finished_at=None, judged_from=Now())
    if decisions.is_sending(issue.pk):
        pump.ensure_pumps(issue)


def _start_or_expire(issue: Issue) -> bool:
    if issue.send_at and issue.send_at < timezone.now() - EXPIRED_AFTER:
        if decisions.expire_issue(issue, f"it was due at {issue.send_at}"):
            logger.error(
                "Issue %s was due more than six hours ago and did not start. It is not sent; check "
                "its numbers and approve it again.",
                issue.number,
            )
        return False
    try:
        return start_issue(issue)
    except Exception as error:
        # An issue that fails must not delay the others; its transaction was rolled back.
        is_known = isinstance(error, arming.NotArmed | UnreadableFigure)
        # The clock tries every minute.
        if hit("issue-cannot-start", str(issue.pk), ONCE_AN_HOUR):
            why = str(error) if is_known else f"{type(error).__name__}."
            text = "Issue %s is approved and cannot start. %s"
            logger.error(text, issue.number, why, exc_info=not is_known)  # noqa: TRY400
    return False


def _save_snapshot(issue: Issue, rendered: RenderedMail) -> Snapshot:
    newsletter = issue.newsletter
    snapshot = Snapshot(
        issue=issue,
        subject=rendered.subject,
        html=rendered.html,
        text=rendered.text,
        sender=messages.sender_of(newsletter),
        reply_to=newsletter.reply_to and addresses.on_the_wire(newsletter.reply_to),
        secret=secrets.token_hex(16),
    )
    pictures = [
        IssuePicture(snapshot=snapshot, name=each.name, alt=each.alt, png=each.png)
        for each in rendered.pictures
    ]
    snapshot.checksum = checksum(snapshot, pictures)
    snapshot.save()
    IssuePicture.objects.bulk_create(pictures)
    return snapshot


def checksum(snapshot: Snapshot, pictures: Iterable[IssuePicture]) -> str:
    """Return the SHA-256, in hex, of what readers see, each part after its length in 8 bytes."""
    digest = hashlib.sha256()
    fields = ("subject", "html", "text", "sender", "reply_to")
    parts = [getattr(snapshot, field).encode() for field in fields]
    for picture in sorted(pictures, key=lambda each: each.name):
        parts += [picture.name.encode(), picture.alt.encode(), bytes(picture.png)]
    for part in parts:
        digest.update(len(part).to_bytes(8))
        digest.update(part)
    return digest.hexdigest()
