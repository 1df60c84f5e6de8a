"""From a press of a Subscribe button to the confirmation mail in the outbox.

The view records a request and decides nothing. The worker decides each request once, in one
transaction that deletes it and queues the mail; the clock decides those the worker lost.
"""

import logging
from datetime import timedelta
from functools import partial
from itertools import takewhile

from django.db import transaction
from django.tasks import task
from django.utils import timezone

from config.ratelimit import Limit, hit
from newsletter.mailing import outbox
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
# For a request that cannot be decided because of a fault of ours.
FAULT_PAUSE = timedelta(hours=1)
ONCE_AN_HOUR = [Limit(1, timedelta(hours=1))]


class BreakerOpenError(Exception):
    """Too many confirmations in the last hour."""


def add(newsletter: Newsletter, address: str, *, page: str) -> None:
    """Record that somebody asked for this newsletter, and wake the worker."""
    request = SignupRequest.objects.create(
        newsletter=newsletter,
        address=address,
        source_page=page,
        consent_text=newsletter.consent_text,
        next_at=timezone.now() + outbox.WORKER_TIME,
    )
    # robust: a queue that is down costs the visitor nothing, because the clock finds the row.
    transaction.on_commit(partial(decide_task.enqueue, request.pk), robust=True)


@task
def decide_task(request_id: int) -> None:
    decide(request_id)


def decide(request_id: int) -> bool:
    """Queue the confirmation mail that a request asks for, unless we may not or need not write.

    Returns False when the next request would fare no better.
    """
    try:
        _decide(request_id)
    except BreakerOpenError:
        _wait(request_id, BREAKER_PAUSE)
        _tell_of_breaker()
        return False
    except Exception:
        # What is wrong with this one holds up no other, and it is not lost.
        _wait(request_id, FAULT_PAUSE)
        logger.exception("Signup request %s could not be decided.", request_id)
    return True


def decide_waiting() -> str:
    """Decide what the worker lost or the breaker held back (a job of the clock)."""
    ids = list(SignupRequest.objects.due().values_list("pk", flat=True)[: outbox.AT_ONCE])
    count = len(list(takewhile(decide, ids)))
    return f"{count} waiting signups handled" if count else ""


@transaction.atomic
def _decide(request_id: int) -> None:
    rows = SignupRequest.objects.filter(pk=request_id)
    request = rows.select_related("newsletter").first()
    if request is None:
        return
    # Locked before anything is looked at: a refusal locks the reader too, so it is either seen
    # here or comes after this mail was decided on.
    readers = Subscriber.objects.select_for_update()
    reader, is_new = readers.get_or_create(
        address_key=address_key(request.address), defaults={"address": request.address}
    )
    is_ours, _ = rows.delete()
    if is_ours and _may_write(request, reader):
        _invite(request, reader)
    elif is_new:
        reader.delete()


def _may_write(request: SignupRequest, reader: Subscriber) -> bool:
    key = reader.address_key
    has_complained = reader.status == Subscriber.Status.COMPLAINED
    forbidden = Suppression.objects.covering(key, request.newsletter)
    if has_complained or forbidden.exists() or _is_active(request, reader):
        return False
    return _is_within_limits(key)


def _is_active(request: SignupRequest, reader: Subscriber) -> bool:
    own = reader.subscriptions.filter(newsletter=request.newsletter)
    return own.filter(status=Subscription.Status.ACTIVE).exists()


def _is_within_limits(key: str) -> bool:
    """Count this mail against the address and then against everybody; raise BreakerOpenError."""
    if not hit("confirmation", fold_for_limits(key), PER_ADDRESS):
        return False
    if not hit("confirmation-breaker", "", BREAKER):
        # The transaction rolls back, so the address is not charged for what was not sent.
        raise BreakerOpenError
    return True


def _invite(request: SignupRequest, reader: Subscriber) -> None:
    """Record the request and queue its mail.

    A subscription that exists keeps its state: readers who left stay away until they confirm
    again, and those who paused go on pausing.
    """
    subscription, _ = Subscription.objects.get_or_create(
        subscriber=reader,
        newsletter=request.newsletter,
        defaults={"source_page": request.source_page, "consent_text": request.consent_text},
    )
    subscriptions.record_consent(
        subscription,
        ConsentEvent.Kind.REQUESTED,
        page=request.source_page,
        consent_text=request.consent_text,
        at=request.requested_at,
    )
    link = tokens.prepare(
        subscription, ConfirmationToken.Purpose.CONFIRM, asked_at=request.requested_at
    )
    outbox.queue(outbox.Kind.CONFIRMATION, subscription, token=link)


def _wait(request_id: int, pause: timedelta) -> None:
    SignupRequest.objects.filter(pk=request_id).update(next_at=timezone.now() + pause)


def _tell_of_breaker() -> None:
    if hit("confirmation-breaker-notice", "", ONCE_AN_HOUR):
        # An error is mailed to the operator by the log itself.
        logger.error(
            "Signups are waiting: over %s confirmation mails in an hour. They are sent as the "
            "hour passes. If nobody is praising us just now, somebody is feeding the form with "
            "addresses that are not theirs: look at the web server's log.",
            BREAKER[0].count,
        )
