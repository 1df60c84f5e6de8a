"""What people decide about an issue that is going out, and how it ends. Each is one conditional
UPDATE whose row count says whether it was ours to do; each leaves an event with its author.
"""

import logging
from collections.abc import Iterable

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Exists, F, OuterRef
from django.db.models.functions import Now
from django.template.defaultfilters import pluralize
from django.utils import timezone

from newsletter.models import Delivery, Issue, Pump, SendingEvent, Snapshot
from newsletter.sending import arming, ledger, limits, pump

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
    note(issue, Kind.RESUMED, by)
    pump.ensure(issue)
    return True


@transaction.atomic
def cancel(issue: Issue, by: Person = None) -> bool:
    """End sending for good: whoever has not had the issue is skipped."""
    begun = Issue.objects.filter(pk=issue.pk, status__in=[Status.SENDING, Status.PAUSED])
    if not begun.update(status=Status.CANCELLED, pause_reason=""):
        return False
    open_rows = Delivery.objects.filter(issue=issue).open()
    left = open_rows.exclude(state=Delivery.State.HANDING_OVER).count()
    note(issue, Kind.CANCELLED, by, f"{left} not sent")
    skip_canceled(issue)
    return True


def skip_canceled(issue: Issue) -> int:
    """Skip readers of a canceled issue, so many at a time; the clock goes on with the rest."""
    return ledger.skip_some(issue.pk, "canceled")


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
        note(issue, Kind.RESENT, by, f"{count} deliver{pluralize(count, 'y,ies')}")
        reopen(issue)
        total += count
    return total


def finish(issue: Issue) -> bool:
    """Call an issue sent when nothing about it is open; tell whether it is."""
    left = Delivery.objects.open().filter(issue=OuterRef("pk"))
    ready = Issue.objects.filter(~Exists(left), pk=issue.pk, status=Status.SENDING)
    with transaction.atomic():
        if not ready.update(status=Status.SENT, pause_reason=""):
            return False
        Snapshot.objects.filter(issue=issue).update(finished_at=Now())
        note(issue, Kind.FINISHED, None)
        limits.forget_old()
    _tell_of_doubt(issue)
    return True


@transaction.atomic
def stop_unarmed(issue: Issue, why: str) -> None:
    """Stop for a person: this database may be a copy, and the issue went on elsewhere."""
    if pause(issue, why):
        ledger.doubt_all_in_hand(issue.pk, "in hand when this database was copied")


def note(issue: Issue, kind: SendingEvent.Kind, by: Person, text: str = "") -> None:
    SendingEvent.objects.create(issue=issue, kind=kind, by=by, note=text[:300])


def reopen(issue: Issue) -> None:
    """Go on with an issue that was called sent, because something of it is open again.

    By a person who sends to the unknown, also at the very moment the issue is finished; or by the
    late word of a worker that was believed lost.
    """
    sent = Issue.objects.filter(pk=issue.pk, status=Status.SENT)
    if sent.update(status=Status.SENDING):
        Snapshot.objects.filter(issue=issue).update(finished_at=None, judged_from=Now())
    if is_sending(issue.pk):
        pump.ensure(issue)


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
