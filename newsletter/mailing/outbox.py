"""The outbox of single mails: each is a row first, and goes out at most once.

queue → claim → written → handed over → sent, which deletes the row; or waiting again; or given up.

A row is claimed, and that is committed, before the mail server is spoken to: so a second worker
finds nothing to do, and no mail goes out twice. If we crash in between, the row stays claimed and
its mail may be missing. That is the cheaper mistake: every single mail of ours can be asked for
again, while a second one to a person who never asked is what gets a sender reported.
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

from newsletter.mailing import messages
from newsletter.models import ConfirmationToken, OutboxMail, Subscription, Suppression
from newsletter.values.addresses import address_key

logger = logging.getLogger(__name__)

type Writer = Callable[[OutboxMail], messages.Letter | None]
Kind = OutboxMail.Kind
State = OutboxMail.State

# What writes each kind of mail, or returns None when it is not wanted any more. The writers live in
# rooms above, so newsletter/apps.py registers them here.
WRITERS: dict[str, Writer] = {}

# How long the worker has before the clock takes a row for lost.
WORKER_TIME = timedelta(minutes=2)
# After each failed attempt. After the last one a mail is given up that the reader's own server
# puts off again and again; while our own side fails, it waits for as long as it is kept.
PAUSES = [timedelta(minutes=5), timedelta(minutes=15), timedelta(hours=1), timedelta(hours=6)]
# For a mail that cannot even be written.
UNWRITTEN_PAUSE = timedelta(hours=1)
KEPT = timedelta(days=7)
AT_ONCE = 200  # rows one round of the clock takes up


def queue(
    kind: OutboxMail.Kind,
    subscription: Subscription,
    *,
    token: ConfirmationToken | None = None,
    to: str = "",
) -> OutboxMail:
    """Record that a mail is to be sent, and wake the worker."""
    next_at = timezone.now() + WORKER_TIME
    mail = OutboxMail.objects.create(
        kind=kind, subscription=subscription, token=token, to=to, next_at=next_at
    )
    # robust: a queue that is down costs the reader nothing, because the clock finds the row.
    transaction.on_commit(partial(send_task.enqueue, mail.pk), robust=True)
    return mail


@task
def send_task(mail_id: int) -> None:
    send(mail_id)


def send(mail_id: int) -> bool:
    """Send a mail that waits; tell whether the next one may fare better if this one failed."""
    try:
        claimed = _claim(mail_id)
    except Exception as error:
        # What is wrong with this one holds up no other, and it is not lost.
        waiting = OutboxMail.objects.filter(pk=mail_id, state=State.WAITING)
        waiting.update(
            next_at=timezone.now() + UNWRITTEN_PAUSE, last_error=f"writing: {type(error).__name__}"
        )
        logger.exception("Mail %s cannot be written.", mail_id)
        return True
    if claimed is None:
        return True
    mail, letter = claimed
    try:
        messages.hand_over(letter)
    except messages.MailError as error:
        _record_failure(mail, error)
        return not error.is_ours
    mail.delete()
    return True


def send_waiting() -> str:
    """Send what the worker lost or the mail server did not take (a job of the clock)."""
    ids = list(OutboxMail.objects.due().values_list("pk", flat=True)[:AT_ONCE])
    count = len(list(takewhile(send, ids)))
    return f"{count} waiting mails handled" if count else ""


@transaction.atomic
def _claim(mail_id: int) -> tuple[OutboxMail, messages.Letter] | None:
    """Take a mail in hand and write it; None when it is not ours to send, or not wanted.

    A refusal deletes the row, so it either comes before this UPDATE or waits for this commit.
    """
    # The worker may come at any time the first time; after that a pause has to pass.
    is_due = Q(attempts=0) | Q(next_at__lte=timezone.now())
    due = OutboxMail.objects.filter(is_due, pk=mail_id, state=State.WAITING)
    taken = {"state": State.HANDING_OVER, "attempts": F("attempts") + 1, "next_at": None}
    if not due.update(**taken):
        return None
    related = OutboxMail.objects.select_related(
        "subscription__subscriber", "subscription__newsletter", "token"
    )
    mail = related.get(pk=mail_id)
    letter = None if _is_forbidden(mail) else WRITERS[mail.kind](mail)
    if letter is None:
        (mail.token or mail).delete()  # a link that is not mailed is deleted with its mail
        return None
    return mail, letter


def _is_forbidden(mail: OutboxMail) -> bool:
    newsletter = mail.subscription.newsletter
    return Suppression.objects.covering(address_key(mail.address), newsletter).exists()


@transaction.atomic
def _record_failure(mail: OutboxMail, error: messages.MailError) -> None:
    """Put a mail back for later, or give it up. `error` names no address."""
    next_at = _next_try(error, mail.attempts)
    OutboxMail.objects.filter(pk=mail.pk).update(
        state=State.WAITING if next_at else State.GIVEN_UP,
        next_at=next_at,
        last_error=str(error)[:200],
    )
    if next_at:
        # A link that did not arrive opens nothing; the next attempt makes another.
        ConfirmationToken.objects.filter(mail=mail).update(digest=None)
    # A mailbox that does not exist is no news for the operator.
    verdict = "waits" if next_at else "is given up"
    logger.warning("Mail %s (%s) %s: %s", mail.pk, mail.kind, verdict, error)


def _next_try(error: messages.MailError, attempts: int) -> datetime | None:
    """Return when to try again; None when it is of no use, or the mail might arrive twice."""
    if not error.may_retry or (attempts > len(PAUSES) and not error.is_ours):
        return None
    return timezone.now() + PAUSES[min(attempts, len(PAUSES)) - 1]
