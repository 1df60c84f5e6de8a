"""The outbox of single mails. Each mail starts as a row and is sent at most once.

queue → claim → write → hand over → sent, which deletes the row; or waiting again; or given up.

The claim of a row is committed before the worker contacts the mail server, so a second worker
cannot send the mail again. If we crash in between, the row stays claimed and its mail may be
missing. That is the smaller mistake: readers can ask for every single mail again, while a second
mail to a person who never asked gets a sender reported.
"""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from itertools import takewhile

from django.db import transaction
from django.db.models import F, Q
from django.tasks import task
from django.utils import timezone

from config.health import Finding, age, ago
from config.health import State as Health
from newsletter.mailing import arming, messages
from newsletter.mailing.smtp.answers import Answer, DeliveryOutcome
from newsletter.models import ConfirmationToken, OutboxMail, Subscription, Suppression
from newsletter.values.addresses import address_key

logger = logging.getLogger(__name__)

type Writer = Callable[[OutboxMail], messages.Letter | None]
Kind = OutboxMail.Kind
State = OutboxMail.State

# The function that writes each kind of mail, or returns None when it is no longer wanted. They are
# in packages that import this one, so newsletter/apps.py registers them here.
WRITERS: dict[str, Writer] = {}

# How long the worker has before the clock considers a row lost.
WORKER_TIME = timedelta(minutes=2)
# The pause after each failed attempt. After the last one a mail is given up if the reader's server
# keeps deferring it; if the cause is ours, or no server answers, it waits until it is deleted.
PAUSES = [timedelta(minutes=5), timedelta(minutes=15), timedelta(hours=1), timedelta(hours=6)]
# The pause of a mail that cannot be written.
UNWRITTEN_PAUSE = timedelta(hours=1)
# When this many readers in a row are refused for good, the cause is probably ours.
MOST_REFUSED_IN_ROW = 3
REFUSED_IN_ROW = Q(refused_in_row=True)
# Then their mails are tried once more, after a pause in which operators can remove the cause.
REFUSED_PAUSE = timedelta(hours=1)
KEPT = timedelta(days=7)
# Operators are told of a mail that waits for longer, after two attempts.
LONGEST_WAIT = timedelta(minutes=20)
BATCH = 200  # rows that the clock handles in one run


def queue(
    kind: OutboxMail.Kind,
    subscription: Subscription,
    *,
    token: ConfirmationToken | None = None,
    to: str = "",
) -> OutboxMail:
    """Add a mail to the outbox and enqueue its task."""
    next_at = timezone.now() + WORKER_TIME
    mail = OutboxMail.objects.create(
        kind=kind, subscription=subscription, token=token, to=to, next_at=next_at
    )
    # robust: if the task queue is down, the clock finds the row.
    transaction.on_commit(partial(send_task.enqueue, mail.pk), robust=True)
    return mail


@task
def send_task(mail_id: int) -> None:
    send(mail_id)


def send(mail_id: int) -> bool:
    """Send a waiting mail; return False if the next one would probably fail as well."""
    try:
        arming.require_armed()
    except arming.NotArmed:
        return False  # the clock logs it, and tries again
    try:
        claimed = _claim(mail_id)
    except Exception as error:
        # A fault in this mail must not delay the others, and the mail is tried again.
        waiting = OutboxMail.objects.filter(pk=mail_id, state=State.WAITING)
        waiting.update(
            next_at=timezone.now() + UNWRITTEN_PAUSE, last_error=f"writing: {type(error).__name__}"
        )
        logger.exception("Mail %s cannot be written.", mail_id)
        return True
    if claimed is None:
        return True
    mail, letter = claimed
    answer = messages.hand_over(letter)
    if not answer.is_accepted:
        return _record_failure(mail, answer) and not answer.is_ours
    mail.delete()
    with transaction.atomic():  # the row of refusals ends
        lock_mails(REFUSED_IN_ROW)
        OutboxMail.objects.filter(REFUSED_IN_ROW).update(refused_in_row=False)
    return True


def send_waiting() -> str:
    """Send mails that the worker lost or the mail server did not accept (a scheduled job)."""
    ids = list(OutboxMail.objects.due().values_list("pk", flat=True)[:BATCH])
    count = len(list(takewhile(send, ids)))
    return f"{count} waiting mails handled" if count else ""


def single_mails() -> Finding:
    """Return a Finding: how long single mails have waited (a look of config.health)."""
    waiting = OutboxMail.objects.filter(state=State.WAITING)
    oldest = waiting.order_by("created_at").first()
    if oldest is None:
        return Finding(Health.OK, "None waits.", 0)
    seconds = age(oldest.created_at)
    text = f"{waiting.count()} wait, the oldest was queued {ago(oldest.created_at)}"
    if seconds < LONGEST_WAIT.total_seconds():
        return Finding(Health.OK, f"{text}.", seconds)
    why = f" ({oldest.last_error})" if oldest.last_error else ""
    return Finding(Health.LOOK, f"{text}{why}. See the log of the worker.", seconds)


@transaction.atomic
def give_up_until(moment: datetime) -> int:
    """Give up mails queued until `moment`, which another site may have sent; return how many."""
    queued = Q(state=State.WAITING, created_at__lte=moment)
    lock_mails(queued)
    given_up = {"state": State.GIVEN_UP, "attempts": F("attempts") + 1, "next_at": None}
    why = "queued before this database was copied or restored"
    return OutboxMail.objects.filter(queued).update(**given_up, last_error=why)


@transaction.atomic
def _claim(mail_id: int) -> tuple[OutboxMail, messages.Letter] | None:
    """Claim a mail and write it; None if another worker has it, or if it is no longer wanted.

    A refusal deletes the row, so it happens before this UPDATE or waits for this commit.
    """
    # The first attempt may start at any time; later ones only after a pause.
    is_due = Q(attempts=0) | Q(next_at__lte=timezone.now())
    due = OutboxMail.objects.filter(is_due, pk=mail_id, state=State.WAITING)
    taken = {"state": State.HANDING_OVER, "attempts": F("attempts") + 1, "next_at": None}
    if not due.update(**taken):
        return None
    related = OutboxMail.objects.select_related(
        "subscription__subscriber", "subscription__newsletter", "token"
    )
    mail = related.get(pk=mail_id)
    newsletter = mail.subscription.newsletter
    forbidden = Suppression.objects.covering(address_key(mail.address), newsletter)
    letter = None if forbidden.exists() else WRITERS[mail.kind](mail)
    if letter is None:
        (mail.token or mail).delete()  # a link that is not mailed is deleted with its mail
        return None
    return mail, letter


@transaction.atomic
def _record_failure(mail: OutboxMail, answer: Answer) -> bool:
    """Let a mail wait or give it up; return False if too many readers in a row were refused."""
    is_refused = answer.outcome is DeliveryOutcome.FAILED
    if is_refused:
        lock_mails(REFUSED_IN_ROW | Q(pk=mail.pk))
    next_at = None  # trying again is useless, or the mail might arrive twice
    is_last = mail.attempts > len(PAUSES) and not answer.is_ours
    if answer.outcome is DeliveryOutcome.DEFERRED and not is_last:
        next_at = timezone.now() + PAUSES[min(mail.attempts, len(PAUSES)) - 1]
    state = State.WAITING if next_at else State.GIVEN_UP
    OutboxMail.objects.filter(pk=mail.pk).update(
        state=state, next_at=next_at, last_error=answer.said[:200]
    )
    if next_at:
        _empty_token(mail)
    elif is_refused and _count_refusal(mail):
        logger.error(
            "The mail server refuses one reader after another, so single mails wait. Its log says "
            "why; the last answer: %s",
            answer.said,
        )
        return False
    # Only a warning the first time, because operators need not hear of mailboxes that do not
    # exist or of a server that starts again.
    level = logging.ERROR if answer.is_ours and mail.attempts > 1 else logging.WARNING
    text = "waits" if next_at else "is given up"
    logger.log(level, "Mail %s (%s) %s: %s", mail.pk, mail.kind, text, answer.said)
    return True


def lock_mails(condition: Q) -> None:
    """Lock several mails in one order, so that two transactions do not wait for each other."""
    rows = OutboxMail.objects.filter(condition).select_for_update().order_by("pk")
    list(rows.values_list("pk", flat=True))


def _count_refusal(mail: OutboxMail) -> bool:
    """Count a refusal for good; return whether it and those before it were put back to wait.

    Only mails that were tried once are put back: mailboxes that do not exist would otherwise be
    tried until their mails are deleted.
    """
    OutboxMail.objects.filter(pk=mail.pk).update(refused_in_row=True)
    in_row = OutboxMail.objects.filter(REFUSED_IN_ROW)
    readers = in_row.order_by().values("subscription__subscriber", "to").distinct().count()
    if readers < MOST_REFUSED_IN_ROW:
        return False
    put_back = list(in_row.filter(state=State.GIVEN_UP, attempts=1))
    for each in put_back:
        next_at = timezone.now() + REFUSED_PAUSE
        OutboxMail.objects.filter(pk=each.pk).update(state=State.WAITING, next_at=next_at)
        _empty_token(each)
    return bool(put_back)


def _empty_token(mail: OutboxMail) -> None:
    """The link in a mail that did not arrive must not work; the next attempt makes another."""
    ConfirmationToken.objects.filter(mail=mail).update(digest=None)
