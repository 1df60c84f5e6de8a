"""From the Subscribe button to the confirmation mail in the outbox.

The view only records a request. The worker decides each request once, in a transaction that
deletes it and queues the mail; the clock decides requests that the worker lost.
"""

import logging
from datetime import timedelta
from functools import partial
from itertools import takewhile

from django.db import transaction
from django.tasks import task
from django.utils import timezone

from config.ratelimit import Limit, digest, has_room, hit
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
# More confirmations per hour than on the best day: an attacker enters other people's addresses.
BREAKER = [Limit(500, timedelta(hours=1))]
# The last fifth is kept for networks (/16, /48) without a confirmation in that hour, so that one of
# them cannot close signup for all.
FOR_SEEN_NETWORKS = [Limit(400, timedelta(hours=1))]
BREAKER_PAUSE = timedelta(minutes=10)
# The pause of a request that cannot be decided because of a bug.
FAULT_PAUSE = timedelta(hours=1)
ONCE_AN_HOUR = [Limit(1, timedelta(hours=1))]


class BreakerOpenError(Exception):
    """Too many confirmations in the last hour."""


def add_request(newsletter: Newsletter, address: str, *, page: str, network: str) -> None:
    """Record a request for this newsletter and enqueue its task.

    `network` is the /16 or /48 that it came from.
    """
    request = SignupRequest.objects.create(
        newsletter=newsletter,
        address=address,
        source_page=page,
        consent_text=newsletter.consent_text,
        network_key=digest("network", network),
        next_at=timezone.now() + outbox.WORKER_TIME,
    )
    # robust: if the task queue is down, the clock finds the row.
    transaction.on_commit(partial(decide_task.enqueue, request.pk), robust=True)


@task
def decide_task(request_id: int) -> None:
    decide_request(request_id)


def decide_request(request_id: int) -> bool:
    """Queue the confirmation mail of a request, unless we may not or need not write.

    Returns False if every other request would have to wait as well.
    """
    try:
        _decide(request_id)
    except BreakerOpenError:
        _wait(request_id, BREAKER_PAUSE)
        _report_breaker()
        return has_room("confirmation-breaker", "", BREAKER)
    except Exception:
        # A fault in this request must not delay the others, and it is tried again.
        _wait(request_id, FAULT_PAUSE)
        logger.exception("Signup request %s could not be decided.", request_id)
    return True


def decide_waiting() -> str:
    """Decide requests that the worker lost or the breaker delayed (a scheduled job)."""
    ids = list(SignupRequest.objects.due().values_list("pk", flat=True)[: outbox.BATCH])
    count = len(list(takewhile(decide_request, ids)))
    return f"{count} waiting signups handled" if count else ""


@transaction.atomic
def _decide(request_id: int) -> None:
    rows = SignupRequest.objects.filter(pk=request_id)
    request = rows.select_related("newsletter").first()
    if request is None:
        return
    # The reader is locked first. A refusal locks them too, so either it is visible here or it
    # happens after the decision about this mail.
    readers = Subscriber.objects.select_for_update()
    reader, is_new = readers.get_or_create(
        address_key=address_key(request.address), defaults={"address": request.address}
    )
    if _has_just_left(request, reader):
        rows.update(next_at=request.requested_at + PER_ADDRESS[0].window)
        same = SignupRequest.objects.filter(newsletter=request.newsletter, address=request.address)
        same.filter(pk__lt=request.pk).delete()
        return
    is_ours, _ = rows.delete()
    if is_ours and _may_write(request, reader):
        _invite(request, reader)
    elif is_new:
        reader.delete()


def _has_just_left(request: SignupRequest, reader: Subscriber) -> bool:
    """Return whether the request comes from a reader who left, too soon for another mail.

    They were told that a mail is on its way, so their newest request waits until it may go.
    """
    waits_until = request.requested_at + PER_ADDRESS[0].window
    own = reader.subscriptions.filter(newsletter=request.newsletter)
    has_left = own.filter(status=Subscription.Status.UNSUBSCRIBED).exists()
    if timezone.now() >= waits_until or not has_left:
        return False
    return not has_room("confirmation", fold_for_limits(reader.address_key), PER_ADDRESS[:1])


def _may_write(request: SignupRequest, reader: Subscriber) -> bool:
    key = reader.address_key
    has_complained = reader.status == Subscriber.Status.COMPLAINED
    forbidden = Suppression.objects.covering(key, request.newsletter)
    if has_complained or forbidden.exists() or _is_active(request, reader):
        return False
    return _is_within_limits(key, request.network_key)


def _is_active(request: SignupRequest, reader: Subscriber) -> bool:
    """Return whether the reader gets the newsletter, and does not have to prove their mailbox."""
    if reader.status == Subscriber.Status.BOUNCED:
        return False
    own = reader.subscriptions.filter(newsletter=request.newsletter)
    return own.filter(status=Subscription.Status.ACTIVE).exists()


def _is_within_limits(key: str, network_key: str) -> bool:
    """Count this mail against the address and against the total. Raises BreakerOpenError."""
    if not hit("confirmation", fold_for_limits(key), PER_ADDRESS):
        return False
    is_new = hit("confirmation-network", network_key, ONCE_AN_HOUR)
    limits = BREAKER if is_new else BREAKER + FOR_SEEN_NETWORKS
    if not hit("confirmation-breaker", "", limits):
        # The transaction rolls back, so the mail does not count against the address.
        raise BreakerOpenError
    return True


def _invite(request: SignupRequest, reader: Subscriber) -> None:
    """Record the request and queue its mail.

    An existing subscription keeps its status until the reader confirms: it stays unsubscribed or
    paused.
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
    link = tokens.make_token(
        subscription, ConfirmationToken.Purpose.CONFIRM, asked_at=request.requested_at
    )
    outbox.queue(outbox.Kind.CONFIRMATION, subscription, token=link)


def _wait(request_id: int, pause: timedelta) -> None:
    SignupRequest.objects.filter(pk=request_id).update(next_at=timezone.now() + pause)


def _report_breaker() -> None:
    if hit("confirmation-breaker-notice", "", ONCE_AN_HOUR):
        # Errors in the log are mailed to the operators.
        logger.error(
            "Signups are waiting: over %s confirmation mails in an hour. They are sent as the "
            "hour passes; networks that had none in it go first, up to %s. Unless we are in the "
            "news, somebody is entering addresses that are not theirs: check the web server's log.",
            min(limit.count for limit in BREAKER + FOR_SEEN_NETWORKS),
            BREAKER[0].count,
        )
