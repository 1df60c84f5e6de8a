"""From the press of a Subscribe button to the confirmation mail.

The view records a request; the worker handles it; the clock handles those the worker lost. A
request is mailed at most once (see retrying.py). One that was claimed when we crashed is deleted
a week later. Only a failure that surely delivered nothing is tried again.
"""

import logging
from datetime import timedelta
from functools import partial

from django.db import transaction
from django.utils import timezone

from config.ratelimit import Limit, hit
from newsletter import tasks
from newsletter.mailing import letters, messages, outbox
from newsletter.mailing.retries import (
    AT_ONCE,
    UNBUILT_PAUSE,
    WORKER_TIME,
    Outcome,
    next_try,
    outcome_of,
    work_off,
)
from newsletter.models import (
    ConfirmationToken,
    ConsentEvent,
    Newsletter,
    SignupRequest,
    Subscriber,
    Subscription,
    Suppression,
)
from newsletter.subscribers import subscriptions, tokens
from newsletter.values.addresses import address_key, fold_for_limits

logger = logging.getLogger(__name__)

PER_ADDRESS = [
    Limit(1, timedelta(minutes=15)),
    Limit(3, timedelta(days=1)),
    Limit(5, timedelta(weeks=1)),
]
# More confirmations in an hour than any good day brings: somebody is feeding us addresses.
BREAKER = [Limit(500, timedelta(hours=1))]
BREAKER_PAUSE = timedelta(minutes=10)
ONCE_AN_HOUR = [Limit(1, timedelta(hours=1))]


class BreakerOpenError(Exception):
    """Too many confirmations in the last hour."""


def request(newsletter: Newsletter, address: str, *, page: str) -> None:
    """Record that somebody asked for this newsletter, and wake the worker."""
    row = SignupRequest.objects.create(
        newsletter=newsletter,
        address=address,
        source_page=page,
        consent_text=newsletter.consent_text,
        next_at=timezone.now() + WORKER_TIME,
    )
    # robust: a queue that is down costs the visitor nothing, because the clock finds the row.
    transaction.on_commit(partial(tasks.handle_signup.enqueue, row.pk), robust=True)


def handle_request(request_id: int) -> Outcome:
    """Mail the confirmation a request asks for, unless we may not or need not."""
    try:
        claimed = _claim(request_id)
    except BreakerOpenError:
        return _wait_for_breaker(request_id)
    except Exception:
        # Whatever is wrong with this one, it is not lost, and it holds up no other.
        _wait(request_id, UNBUILT_PAUSE)
        logger.exception("Signup request %s could not be prepared.", request_id)
        return Outcome.DONE
    if claimed is None:
        return Outcome.DONE
    row, letter = claimed
    try:
        messages.hand_over(letter)
    except messages.MailError as error:
        return _after_failure(row, error)
    row.delete()
    return Outcome.DONE


def handle_waiting() -> str:
    """Mail what the worker lost or the mail server did not take (a job of the clock)."""
    ids = list(SignupRequest.objects.due().values_list("pk", flat=True)[:AT_ONCE])
    count = work_off(ids, handle_request)
    done = [f"{count} waiting signups handled" if count else "", outbox.mail_waiting()]
    return ", ".join(filter(None, done))


@transaction.atomic
def _claim(request_id: int) -> tuple[SignupRequest, messages.Letter] | None:
    """Take a request into our hands, with its letter; None when nothing is to be sent."""
    rows = SignupRequest.objects.select_related("newsletter").filter(pk=request_id)
    asked = rows.first()
    if asked is None:
        return None
    # Locked before anything is looked at: a refusal locks him too, so it is either seen here or
    # comes after this mail was decided on.
    readers = Subscriber.objects.select_for_update()
    subscriber, is_new = readers.get_or_create(
        address_key=address_key(asked.address), defaults={"address": asked.address}
    )
    row = rows.select_for_update(of=("self",)).first()
    letter = _prepare(row, subscriber) if row and _is_due(row) else None
    if row and letter:
        return row, letter
    if is_new:
        subscriber.delete()
    return None


def _prepare(row: SignupRequest, subscriber: Subscriber) -> messages.Letter | None:
    """Record the request and build its letter, or drop it when we may not or need not write."""
    if not _may_write(row, subscriber):
        row.delete()
        return None
    subscription = _subscription(row, subscriber)
    if row.attempts == 0:
        subscriptions.record(
            subscription,
            ConsentEvent.Kind.REQUESTED,
            page=row.source_page,
            consent_text=row.consent_text,
            at=row.requested_at,
        )
    row.attempts += 1
    row.next_at = None
    row.save(update_fields=["attempts", "next_at"])
    token = tokens.make(subscription, ConfirmationToken.Purpose.CONFIRM)
    return letters.confirmation(subscription, token, row)


def _is_due(row: SignupRequest) -> bool:
    """The worker may come at any time the first time; after that a pause has to pass."""
    return row.next_at is not None and (row.attempts == 0 or row.next_at <= timezone.now())


def _may_write(row: SignupRequest, subscriber: Subscriber) -> bool:
    key = subscriber.address_key
    has_complained = subscriber.status == Subscriber.Status.COMPLAINED
    forbidden = Suppression.objects.covering(key, row.newsletter)
    if has_complained or forbidden.exists() or _is_reader(row, subscriber):
        return False
    # A mail that failed was counted when it was first tried.
    return row.attempts > 0 or _is_within_limits(key)


def _is_reader(row: SignupRequest, subscriber: Subscriber) -> bool:
    own = subscriber.subscriptions.filter(newsletter=row.newsletter)
    return own.filter(status=Subscription.Status.ACTIVE).exists()


def _is_within_limits(key: str) -> bool:
    """Count this mail against the address and then against everybody; raise BreakerOpenError."""
    if not hit("confirmation", fold_for_limits(key), PER_ADDRESS):
        return False
    if not hit("confirmation-breaker", "", BREAKER):
        # The transaction rolls back, so the address is not charged for what was not sent.
        raise BreakerOpenError
    return True


def _subscription(row: SignupRequest, subscriber: Subscriber) -> Subscription:
    """Find or make the subscription a request is about.

    One that exists keeps its state: who left stays away until he confirms anew, and who paused
    goes on pausing.
    """
    subscription, _ = Subscription.objects.get_or_create(
        subscriber=subscriber,
        newsletter=row.newsletter,
        defaults={"source_page": row.source_page, "consent_text": row.consent_text},
    )
    return subscription


def _wait_for_breaker(request_id: int) -> Outcome:
    _wait(request_id, BREAKER_PAUSE)
    if hit("confirmation-breaker-notice", "", ONCE_AN_HOUR):
        # An error is mailed to the operator by the log itself.
        logger.error(
            "Signups are waiting: over %s confirmation mails in an hour. They are sent as the "
            "hour passes. If nobody is praising us just now, somebody is feeding the form with "
            "addresses that are not his: look at the web server's log.",
            BREAKER[0].count,
        )
    return Outcome.LATER


def _wait(request_id: int, pause: timedelta) -> None:
    """Put a request back that nobody has in his hands."""
    unclaimed = SignupRequest.objects.filter(pk=request_id, next_at__isnull=False)
    unclaimed.update(next_at=timezone.now() + pause)


def _after_failure(row: SignupRequest, error: messages.MailError) -> Outcome:
    """Put a request back for later, or give it up. `error` names no address."""
    next_at = next_try(error, row.attempts)
    if next_at:
        SignupRequest.objects.filter(pk=row.pk).update(next_at=next_at)
        logger.warning("Signup request %s waits: %s", row.pk, error)
    else:
        # A mailbox that does not exist is no news for the operator.
        logger.warning("Signup request %s is given up: %s", row.pk, error)
        row.delete()
    return outcome_of(error)
