"""A person lets a copied or restored database send again, from this machine."""

from pathlib import Path
from typing import NamedTuple

from django.db import transaction
from django.utils import timezone

from newsletter.mailing import arming, outbox
from newsletter.models import Issue, OutboxMail
from newsletter.sending import decisions, ledger
from newsletter.subscribers import leave_log, leave_replay
from newsletter.subscribers.leave_replay import Replayed

Status = Issue.Status


class Released(NamedTuple):
    """The result of a release, for the person who ran it.

    `doubtful` are the deliveries that became unknown, by issue; `given_up` the single mails that
    may have been sent, `waiting` those that go out now.
    """

    left: Replayed
    expired: list[Issue]
    doubtful: dict[Issue, int]
    given_up: int
    waiting: int


@transaction.atomic
def release_mail(files: list[Path]) -> Released:
    """Let mail go out from here again; only a person decides this. Raises OSError, DamagedLog.

    Before that those who left by `files` are unsubscribed. The original of this database may have
    sent every message that is open in this one, so all of them become unknown, and single mails
    are given up; issues that were approved for a time in the past expire.
    """
    left, why = leave_replay.replay(leave_log.read(files)), arming.reason_not_armed()
    doubtful = {}
    begun = Issue.objects.filter(status__in=[Status.SENDING, Status.PAUSED], snapshot__isnull=False)
    for issue in begun.order_by("number"):
        decisions.pause_issue(issue, why)
        if count := ledger.mark_open_unknown(issue.pk):
            doubtful[issue] = count
    missed = Issue.objects.filter(status=Status.APPROVED, send_at__lte=timezone.now())
    why = "it may have been sent already: this database was copied or restored"
    expired = [issue for issue in missed if decisions.expire_issue(issue, why)]
    copied_by = arming.copied_by()
    given_up = outbox.give_up_until(copied_by) if copied_by else 0
    arming.arm()
    waiting = OutboxMail.objects.filter(state=OutboxMail.State.WAITING).count()
    return Released(left, expired, doubtful, given_up, waiting)
