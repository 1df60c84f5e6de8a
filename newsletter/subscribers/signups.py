"""From the Subscribe button to the confirmation mail in the outbox.

The view only records a request. The worker decides each request once, in a transaction that
deletes it and queues the mail; the clock decides requests that the worker lost.
"""

import logging
from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from itertools import takewhile

from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.tasks import task
from django.utils import timezone

from config.ratelimit import ONCE_AN_HOUR, Limit, digest, has_room, hit
from newsletter.mailing import outbox
from newsletter.models import (
    ConfirmationToken,
    ConsentEvent,
    HeldSignup,
    Newsletter,
    SignupRequest,
    Subscriber,
    Subscription,
    Suppression,
)
from newsletter.subscribers import held_signups, subscriptions, tokens
from newsletter.values.addresses import address_key, fold_for_limits

logger = logging.getLogger(__name__)
Reason = HeldSignup.Reason

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
# Confirmations in all after which imported readers wait, so that signups have more than half.
FOR_IMPORTED = [Limit(200, timedelta(hours=1))]
BREAKER_PAUSE = timedelta(minutes=10)
# The pause of a request that cannot be decided because of a bug.
FAULT_PAUSE = timedelta(hours=1)


class BreakerOpenError(Exception):
    """Too many confirmations in the last hour."""


class NoRoomForImportedError(Exception):
    """An imported reader waits: too many confirmations went out, in all or to them."""


@transaction.atomic
def add_request(
    newsletters: Sequence[Newsletter], address: str, *, page: str, network: str
) -> None:
    """Record one request and enqueue it; `network` is the /16 or /48 that it came from."""
    now = timezone.now()
    leader = None
    for newsletter in newsletters:
        request = SignupRequest.objects.create(
            newsletter=newsletter,
            leader=leader,
            address=address,
            source_page=page,
            consent_text=newsletter.consent_text,
            network_key=digest("network", network),
            requested_at=now,
            next_at=now + outbox.WORKER_TIME,
        )
        leader = leader or request
    if leader:
        # robust: if the task queue is down, the clock finds the row.
        transaction.on_commit(partial(decide_task.enqueue, leader.pk), robust=True)


@task
def decide_task(request_id: int) -> None:
    decide_request(request_id)


def decide_request(request_id: int) -> bool:
    """Queue the mail of a request if it may go. Returns False if all others would wait, too."""
    try:
        _decide(request_id)
    except BreakerOpenError:
        request = SignupRequest.objects.filter(pk=request_id).first()
        # Counted the first time that it has to wait.
        if request and request.next_at <= request.requested_at + outbox.WORKER_TIME:
            _count_held(Reason.BREAKER, request)
        _wait(request_id, BREAKER_PAUSE)
        _report_breaker()
        return has_room("confirmation-breaker", "", BREAKER)
    except NoRoomForImportedError:
        _wait(request_id, BREAKER_PAUSE)
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
    rows = SignupRequest.objects.filter(Q(pk=request_id) | Q(leader=request_id))
    asked = list(rows.select_related("newsletter").order_by("pk"))
    if not asked:
        return
    request = asked[0]
    # The reader is locked first. A refusal locks them too, so either it is visible here or it
    # happens after the decision about this mail.
    readers = Subscriber.objects.select_for_update()
    reader, is_new = readers.get_or_create(
        address_key=address_key(request.address), defaults={"address": request.address}
    )
    if _has_just_left(asked, reader):
        rows.update(next_at=request.requested_at + PER_ADDRESS[0].window)
        # Older requests of the address for nothing else than these newsletters.
        own = [each.newsletter_id for each in asked]
        older = SignupRequest.objects.filter(
            address=request.address, pk__lt=request.pk, leader=None
        )
        others = SignupRequest.objects.filter(leader=OuterRef("pk")).exclude(newsletter__in=own)
        older.filter(~Exists(others), newsletter__in=own).delete()
        return
    is_ours, _ = rows.delete()
    wanted = [each for each in asked if _may_write(each, reader)]
    if is_ours and wanted and _is_within_limits(reader.address_key, request):
        _invite(wanted, reader)
    elif is_new:
        reader.delete()


def _has_just_left(asked: Sequence[SignupRequest], reader: Subscriber) -> bool:
    """Return whether the requests come from a reader who left, too soon for another mail.

    They were told that a mail is on its way, so their newest request waits until it may go.
    """
    waits_until = asked[0].requested_at + PER_ADDRESS[0].window
    own = reader.subscriptions.filter(newsletter__in=[each.newsletter_id for each in asked])
    has_left = own.filter(status=Subscription.Status.UNSUBSCRIBED).exists()
    if timezone.now() >= waits_until or not has_left:
        return False
    return not has_room("confirmation", fold_for_limits(reader.address_key), PER_ADDRESS[:1])


def _may_write(request: SignupRequest, reader: Subscriber) -> bool:
    """Return whether the reader may be asked about this newsletter, and does not get it yet."""
    forbidden = Suppression.objects.covering(reader.address_key, request.newsletter)
    if reader.status == Subscriber.Status.COMPLAINED or forbidden.exists():
        _count_held(Reason.REFUSED, request)
        return False
    own = reader.subscriptions.filter(newsletter=request.newsletter)
    if request.is_imported:  # and did not sign up, leave or bounce while they waited
        return reader.status == Subscriber.Status.OK and not own.exists()
    # Readers whose mail bounced have to prove their mailbox.
    has_bounced = reader.status == Subscriber.Status.BOUNCED
    return has_bounced or not own.filter(status=Subscription.Status.ACTIVE).exists()


def _is_within_limits(key: str, request: SignupRequest) -> bool:
    """Count this mail against the address and against the total.

    Raises BreakerOpenError, NoRoomForImportedError; the transaction rolls back then, so the mail
    does not count against the address.
    """
    may_be_asked = hit("confirmation", fold_for_limits(key), PER_ADDRESS)
    if request.is_imported:
        if not (may_be_asked and hit("confirmation-breaker", "", FOR_IMPORTED)):
            raise NoRoomForImportedError
        return True
    if not may_be_asked:
        _count_held(Reason.ADDRESS, request)
        return False
    is_new = hit("confirmation-network", request.network_key, ONCE_AN_HOUR)
    limits = BREAKER if is_new else BREAKER + FOR_SEEN_NETWORKS
    if not hit("confirmation-breaker", "", limits):
        raise BreakerOpenError
    return True


def _invite(asked: Sequence[SignupRequest], reader: Subscriber) -> None:
    """Record the requests, and queue one mail whose link confirms them all.

    An existing subscription keeps its status until the reader confirms: it stays unsubscribed or
    paused.
    """
    leader = None
    for request in asked:
        consent = {"source_page": request.source_page, "consent_text": request.consent_text}
        subscription, _ = Subscription.objects.get_or_create(
            subscriber=reader, newsletter=request.newsletter, defaults=consent
        )
        subscriptions.record_consent(
            subscription,
            ConsentEvent.Kind.REQUESTED,
            page=request.source_page,
            consent_text=request.consent_text,
            at=request.requested_at,
        )
        purpose, at = ConfirmationToken.Purpose.CONFIRM, request.requested_at
        token = tokens.make_token(subscription, purpose, asked_at=at, leader=leader)
        leader = leader or token
    if leader:
        outbox.queue(outbox.Kind.CONFIRMATION, leader.subscription, token=leader)


def _count_held(reason: HeldSignup.Reason, request: SignupRequest) -> None:
    """Count a request that gets no mail; its hash is cut to what tells one network from another."""
    if not request.is_imported:
        held_signups.record(reason, f"#{request.network_key[:8]}")


def _wait(request_id: int, pause: timedelta) -> None:
    SignupRequest.objects.filter(pk=request_id).update(next_at=timezone.now() + pause)


def _report_breaker() -> None:
    if hit("confirmation-breaker-notice", "", ONCE_AN_HOUR):
        # Errors in the log are mailed to the operators.
        logger.error(
            "Signups are waiting: over %s confirmation mails in an hour. They are sent as the "
            "hour passes; networks that had none in it go first, up to %s. Unless we are in the "
            "news, somebody is entering addresses that are not theirs: see Held signups in admin.",
            min(limit.count for limit in BREAKER + FOR_SEEN_NETWORKS),
            BREAKER[0].count,
        )
