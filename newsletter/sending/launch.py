"""How an issue begins to go out, how it goes on, and how the clock keeps it going."""

import hashlib
import logging
import secrets
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Exists, F, OuterRef
from django.db.models.functions import Now
from django.template.defaultfilters import pluralize
from django.utils import timezone

from config.ratelimit import Limit, hit
from glossary import search
from newsletter.issues.freezing import Unreadable, freeze
from newsletter.issues.rendering import Rendered, render
from newsletter.mailing import messages
from newsletter.models import Delivery, Issue, IssuePicture, Pump, SendingEvent, Snapshot
from newsletter.models.issues import IssueQuerySet
from newsletter.models.ledger import OPEN
from newsletter.sending import arming, audience, decisions, ledger, pump
from newsletter.sending.decisions import Person
from newsletter.values import addresses

logger = logging.getLogger(__name__)

# An issue that could not begin for that long asks for a new approval: its numbers have aged.
LATE = timedelta(hours=6)
ONCE_AN_HOUR = [Limit(1, timedelta(hours=1))]
Status = Issue.Status
IN_HAND = (Delivery.State.CLAIMED, Delivery.State.HANDING_OVER)


def start_due() -> str:
    """Begin to send the issues whose time has come (a job of the clock)."""
    due = Issue.objects.filter(status=Status.APPROVED, send_at__lte=timezone.now())
    started = sum(_start_or_expire(issue) for issue in due.select_related("newsletter"))
    return f"{started} issue{pluralize(started)} begun" if started else ""


def start_now(issue: Issue, by: Person = None) -> bool:
    """Begin to send an approved issue at once. Raises NotArmed, Unreadable."""
    return _start(issue, timezone.now(), by)


@transaction.atomic
def resume(issue: Issue, by: Person = None) -> bool:
    """Go on sending. Failures so far have been seen and do not count again.

    Raises NotArmed.
    """
    arming.check()
    paused = Issue.objects.filter(pk=issue.pk, status=Status.PAUSED, snapshot__isnull=False)
    if not paused.update(status=Status.SENDING, pause_reason=""):
        return False
    Snapshot.objects.filter(issue=issue).update(judged_from=Now())
    Pump.objects.filter(issue=issue).update(failures_in_row=0, due_at=timezone.now())
    decisions.note(issue, SendingEvent.Kind.RESUMED, by)
    pump.ensure(issue)
    return True


@transaction.atomic
def resend_unknown(delivery_ids: Iterable[int], by: User) -> int:
    """Queue deliveries again of which nobody knows whether they arrived; return how many.

    A person's decision, for these readers may get the issue twice. The message keeps its
    Message-ID, by which many mailboxes show the second copy as the first.
    """
    open_issue = Issue.objects.filter(
        pk=OuterRef("issue_id"), status__in=[Status.SENDING, Status.PAUSED, Status.SENT]
    )
    chosen = Delivery.objects.unknown().filter(Exists(open_issue), pk__in=list(delivery_ids))
    issues = list(Issue.objects.filter(deliveries__in=chosen).distinct())
    total = 0
    for issue in issues:
        count = chosen.filter(issue=issue).update(
            state=Delivery.State.QUEUED, resends=F("resends") + 1, next_at=Now(), lease=""
        )
        decisions.note(
            issue, SendingEvent.Kind.RESENT, by, f"{count} deliver{pluralize(count, 'y,ies')}"
        )
        _reopen(issue)
        total += count
    return total


def keep_going() -> str:
    """Put right what dead workers left, and have pumps for what is being sent (for the clock)."""
    lost = sum(ledger.expire_leases(issue.pk) for issue in _issues_with(IN_HAND))
    for issue in _issues_with(OPEN).filter(status=Status.CANCELLED):
        decisions.skip_canceled(issue)
    for issue in _issues_with(OPEN).filter(status=Status.SENT):
        _reopen(issue)
    for issue in Issue.objects.filter(status=Status.SENDING, snapshot__isnull=False):
        if why := arming.why_not():
            decisions.stop_unarmed(issue, why)
        elif not decisions.finish(issue):
            pump.ensure(issue)
    return f"{lost} deliver{pluralize(lost, 'y,ies')} in doubt" if lost else ""


def _issues_with(states: Sequence[Delivery.State]) -> IssueQuerySet:
    rows = Delivery.objects.filter(issue=OuterRef("pk"), state__in=states)
    return Issue.objects.filter(Exists(rows))


def _reopen(issue: Issue) -> None:
    """Go on with an issue that was called sent, because something of it is open again.

    By a person who sends to the unknown, also at the very moment the issue is finished; or by the
    late word of a worker that was believed lost.
    """
    sent = Issue.objects.filter(pk=issue.pk, status=Status.SENT)
    if sent.update(status=Status.SENDING):
        Snapshot.objects.filter(issue=issue).update(finished_at=None, judged_from=Now())
    if decisions.is_sending(issue.pk):
        pump.ensure(issue)


def _start_or_expire(issue: Issue) -> bool:
    if issue.send_at and issue.send_at < timezone.now() - LATE:
        _expire(issue)
        return False
    try:
        return _start(issue, issue.send_at or timezone.now())
    except (arming.NotArmed, Unreadable) as error:
        _tell(issue, str(error))
    except Exception as error:
        # Whatever is wrong with this one, it holds up no other, and nothing of it was begun.
        _tell(issue, f"{type(error).__name__}.", with_traceback=True)
    return False


def _tell(issue: Issue, why: str, *, with_traceback: bool = False) -> None:
    """Tell the operators that an issue cannot begin, though it is tried every minute."""
    if hit("issue-cannot-begin", str(issue.pk), ONCE_AN_HOUR):
        words = "Issue %s is approved and cannot begin. %s"
        logger.error(words, issue.number, why, exc_info=with_traceback)


def _expire(issue: Issue) -> None:
    approved = Issue.objects.filter(pk=issue.pk, status=Status.APPROVED, send_at=issue.send_at)
    if approved.update(status=Status.EXPIRED):
        decisions.note(issue, SendingEvent.Kind.EXPIRED, None, f"it was due at {issue.send_at}")
        logger.error(
            "Issue %s was to go out more than six hours ago and did not begin. It is not sent; "
            "look at its numbers and approve it again.",
            issue.number,
        )


@transaction.atomic
def _start(issue: Issue, send_at: datetime, by: Person = None) -> bool:
    """Freeze an issue, fill the ledger and queue its pumps: all of it or nothing, and once."""
    arming.check()
    # For the time we know of: an editor may have put it off since we looked.
    approved = Issue.objects.filter(pk=issue.pk, status=Status.APPROVED, send_at=issue.send_at)
    if not approved.update(status=Status.SENDING, sent_at=timezone.now(), send_at=send_at):
        return False
    issue = Issue.objects.select_related("newsletter").get(pk=issue.pk)
    freeze(issue)
    snapshot = _keep(issue, render(issue))
    found = audience.fill_ledger(issue)
    Snapshot.objects.filter(pk=snapshot.pk).update(
        candidates=found.candidates, recipients=found.recipients, excluded=found.excluded
    )
    decisions.note(issue, SendingEvent.Kind.STARTED, by, f"to {found.recipients}")
    pump.ensure(issue)
    search.after_commit("issue", [issue.pk])
    return True


def _keep(issue: Issue, rendered: Rendered) -> Snapshot:
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


def checksum(snapshot: Snapshot, pictures: list[IssuePicture]) -> str:
    """Return SHA-256 over all that readers see, each part after its length."""
    digest = hashlib.sha256()
    words = ("subject", "html", "text", "sender", "reply_to")
    parts = [getattr(snapshot, word).encode() for word in words]
    for picture in sorted(pictures, key=lambda each: each.name):
        parts += [picture.name.encode(), picture.alt.encode(), bytes(picture.png)]
    for part in parts:
        digest.update(len(part).to_bytes(8))
        digest.update(part)
    return digest.hexdigest()
