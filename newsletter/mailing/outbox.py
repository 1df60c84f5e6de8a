"""Mails that a reader had sent to himself, from the planned row to the mail server.

The row is there before its mail: the worker sends it at once, and the clock sends what the worker
lost or the mail server did not take.
"""

import logging
from functools import partial

from django.db import transaction
from django.utils import timezone

from newsletter import tasks
from newsletter.issues import welcome
from newsletter.mailing import letters, messages
from newsletter.mailing.retries import (
    AT_ONCE,
    UNBUILT_PAUSE,
    Outcome,
    next_try,
    outcome_of,
    work_off,
)
from newsletter.models import ConfirmationToken, Subscription, Suppression
from newsletter.subscribers import subscriptions, tokens
from newsletter.values.addresses import address_key

logger = logging.getLogger(__name__)

Purpose = ConfirmationToken.Purpose
# Their rows end with the mail: it has no link that anybody could still press.
WITHOUT_LINK = {Purpose.NOTE, Purpose.WELCOME}


def plan(
    subscription: Subscription,
    purpose: ConfirmationToken.Purpose,
    *,
    new_address: str = "",
    note_to: str = "",
) -> None:
    """Record that a mail is to be sent, and wake the worker."""
    token = tokens.plan(subscription, purpose, new_address=new_address, note_to=note_to)
    # robust: a queue that is down costs the reader nothing, because the clock finds the row.
    transaction.on_commit(partial(tasks.mail_link.enqueue, token.pk), robust=True)


def mail_planned(token_id: int) -> Outcome:
    """Mail a planned row, at most once."""
    try:
        claimed = _claim(token_id)
    except Exception:
        waiting = ConfirmationToken.objects.filter(pk=token_id, next_at__isnull=False)
        waiting.update(next_at=timezone.now() + UNBUILT_PAUSE)
        logger.exception("Planned mail %s could not be prepared.", token_id)
        return Outcome.DONE
    if claimed is None:
        return Outcome.DONE
    token, letter = claimed
    try:
        messages.hand_over(letter)
    except messages.MailError as error:
        return _after_failure(token, error)
    if token.purpose in WITHOUT_LINK:
        token.delete()
    return Outcome.DONE


def mail_waiting() -> str:
    """Mail what the worker lost or could not send (for the clock)."""
    ids = list(ConfirmationToken.objects.due().values_list("pk", flat=True)[:AT_ONCE])
    count = work_off(ids, mail_planned)
    return f"{count} planned mails handled" if count else ""


@transaction.atomic
def _claim(token_id: int) -> tuple[ConfirmationToken, messages.Letter] | None:
    """Take a row into our hands, with its letter; None when nothing is to be sent."""
    rows = ConfirmationToken.objects.filter(pk=token_id)
    planned = rows.first()
    if planned is None or subscriptions.lock_reader(planned.subscription_id) is None:
        return None
    locked = rows.select_for_update(of=("self",))
    token = locked.select_related("subscription__subscriber", "subscription__newsletter").first()
    if token is None or not _is_due(token):
        return None
    if _is_unwanted(token):
        token.delete()
        return None
    token.attempts += 1
    token.next_at = None
    token.save(update_fields=["attempts", "next_at"])
    return token, _letter(token)


def _letter(token: ConfirmationToken) -> messages.Letter:
    if token.purpose == Purpose.NOTE:
        return letters.change_note(token)
    if token.purpose == Purpose.WELCOME:
        return welcome.letter(token.subscription)
    return letters.own_data(token, tokens.give_text(token))


def _is_unwanted(token: ConfirmationToken) -> bool:
    """Tell whether he is not to be written to, or no reader any more when he is to be welcomed."""
    readers = Subscription.objects.mailable().filter(pk=token.subscription_id)
    if token.purpose == Purpose.WELCOME and not readers.exists():
        return True
    return Suppression.objects.covering(
        address_key(_recipient(token)), token.subscription.newsletter
    ).exists()


def _is_due(token: ConfirmationToken) -> bool:
    """The worker may come at any time the first time; after that a pause has to pass."""
    return token.next_at is not None and (token.attempts == 0 or token.next_at <= timezone.now())


def _recipient(token: ConfirmationToken) -> str:
    return token.note_to or token.new_address or token.subscription.subscriber.address


def _after_failure(token: ConfirmationToken, error: messages.MailError) -> Outcome:
    """Put a row back for later, or give it up. `error` names no address."""
    next_at = next_try(error, token.attempts)
    if next_at:
        # The text that did not arrive is forgotten; the next attempt makes another.
        ConfirmationToken.objects.filter(pk=token.pk).update(digest=None, next_at=next_at)
    verdict = "waits" if next_at else "is given up"
    logger.warning("Planned mail %s %s: %s", token.pk, verdict, error)
    return outcome_of(error)
