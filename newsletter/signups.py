"""From the press of a Subscribe button to the confirmation mail.

The view records a request; the worker handles it; the clock handles those the worker lost. A
request is mailed at most once. It is claimed, and that is committed, before the mail server is
spoken to, so a second worker finds nothing to do. If we crash in between, the request stays
claimed and is deleted a week later: one mail may then be missing. That is the cheaper mistake:
a missing confirmation can be asked for again, while a second one to a person who never asked is
what gets a sender reported. Only a failure that surely delivered nothing is tried again.
"""

import logging
from datetime import timedelta
from enum import Enum
from functools import partial

from django.core.mail import mail_admins
from django.db import transaction
from django.utils import timezone

from config.ratelimit import Limit, hit
from newsletter import mail, mails, subscriptions, tasks, tokens
from newsletter.addresses import address_hash, address_key, fold_for_limits
from newsletter.models import (
    ConfirmationToken,
    ConsentEvent,
    Newsletter,
    SignupRequest,
    Subscriber,
    Subscription,
    Suppression,
)

logger = logging.getLogger(__name__)

# How long the worker has before the clock takes a request for lost.
WORKER_TIME = timedelta(minutes=2)
# After each failed attempt; after the last one a request is given up that the reader's own
# server puts off again and again.
PAUSES = [timedelta(minutes=5), timedelta(minutes=15), timedelta(hours=1), timedelta(hours=6)]
AT_ONCE = 200  # requests one round of the clock takes up

PER_ADDRESS = [
    Limit(1, timedelta(minutes=15)),
    Limit(3, timedelta(days=1)),
    Limit(5, timedelta(weeks=1)),
]
# More confirmations in an hour than any good day brings: somebody is feeding us addresses.
BREAKER = [Limit(500, timedelta(hours=1))]
BREAKER_PAUSE = timedelta(minutes=10)
ONCE_AN_HOUR = [Limit(1, timedelta(hours=1))]


class Outcome(Enum):
    DONE = "done"
    LATER = "later"  # and the next request would fare no better now


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
        _wait(request_id, timedelta(hours=1))
        logger.exception("Signup request %s could not be prepared.", request_id)
        return Outcome.DONE
    if claimed is None:
        return Outcome.DONE
    row, letter = claimed
    try:
        mail.hand_over(letter)
    except mail.MailError as error:
        return _after_failure(row, error)
    row.delete()
    return Outcome.DONE


def handle_waiting() -> str:
    """Handle requests whose task was lost or whose mail failed (a job of the clock)."""
    ids = list(SignupRequest.objects.due().values_list("pk", flat=True)[:AT_ONCE])
    count = 0
    for request_id in ids:
        if handle_request(request_id) is Outcome.LATER:
            break
        count += 1
    return f"{count} waiting signups handled" if count else ""


@transaction.atomic
def _claim(request_id: int) -> tuple[SignupRequest, mail.Letter] | None:
    """Take a request into our hands, with its letter; None when nothing is to be sent."""
    rows = SignupRequest.objects.select_for_update(of=("self",)).select_related("newsletter")
    row = rows.filter(pk=request_id).first()
    if row is None or not _is_due(row):
        return None
    if not _may_write(row):
        row.delete()
        return None
    subscription = _subscription(row)
    if row.attempts == 0:
        kind = ConsentEvent.Kind.REQUESTED
        subscriptions.record(subscription, kind, row.source_page, row.consent_text)
    row.attempts += 1
    row.next_at = None
    row.save(update_fields=["attempts", "next_at"])
    token = tokens.make_text(tokens.plan(subscription, ConfirmationToken.Purpose.CONFIRM))
    return row, mails.confirmation(subscription, token or "", row)


def _is_due(row: SignupRequest) -> bool:
    """The worker may come at any time the first time; after that a pause has to pass."""
    return row.next_at is not None and (row.attempts == 0 or row.next_at <= timezone.now())


def _may_write(row: SignupRequest) -> bool:
    key = address_key(row.address)
    if Suppression.objects.covering(address_hash(key), row.newsletter).exists():
        return False
    if _is_reader(key, row.newsletter):
        return False
    # A mail that failed was counted when it was first tried.
    return row.attempts > 0 or _is_within_limits(key)


def _is_reader(key: str, newsletter: Newsletter) -> bool:
    """Tell whether he gets it already, or has complained of us."""
    existing = Subscription.objects.select_for_update(of=("self",)).select_related("subscriber")
    found = existing.filter(subscriber__address_key=key, newsletter=newsletter).first()
    if found is None:
        return False
    is_active = found.status == Subscription.Status.ACTIVE
    return is_active or found.subscriber.status == Subscriber.Status.COMPLAINED


def _is_within_limits(key: str) -> bool:
    """Count this mail against the address and then against everybody; raise BreakerOpenError."""
    if not hit("confirmation", fold_for_limits(key), PER_ADDRESS):
        return False
    if not hit("confirmation-breaker", "", BREAKER):
        # The transaction rolls back, so the address is not charged for what was not sent.
        raise BreakerOpenError
    return True


def _subscription(row: SignupRequest) -> Subscription:
    """Find or make the subscription a request is about.

    One that exists keeps its state: who left stays away until he confirms anew, and who paused
    goes on pausing.
    """
    subscriber, _ = Subscriber.objects.get_or_create(
        address_key=address_key(row.address), defaults={"address": row.address}
    )
    subscription, _ = Subscription.objects.get_or_create(
        subscriber=subscriber,
        newsletter=row.newsletter,
        defaults={"source_page": row.source_page, "consent_text": row.consent_text},
    )
    return subscription


def _wait_for_breaker(request_id: int) -> Outcome:
    _wait(request_id, BREAKER_PAUSE)
    if hit("confirmation-breaker-notice", "", ONCE_AN_HOUR):
        count = BREAKER[0].count
        logger.error("Over %s confirmation mails in an hour. Further signups wait.", count)
        _tell_operator(
            "Signups are waiting",
            f"More than {count} people were sent a confirmation within an hour. Further requests "
            "wait and are sent as the hour passes. If nobody is praising us just now, somebody "
            "is feeding the form with addresses that are not his: look at the web server's log.",
        )
    return Outcome.LATER


def _wait(request_id: int, pause: timedelta) -> None:
    """Put a request back that nobody has in his hands."""
    unclaimed = SignupRequest.objects.filter(pk=request_id, next_at__isnull=False)
    unclaimed.update(next_at=timezone.now() + pause)


def _tell_operator(subject: str, text: str) -> None:
    try:
        mail_admins(subject, text)
    except OSError as error:
        logger.error("The operator could not be mailed: %s", type(error).__name__)  # noqa: TRY400


def _after_failure(row: SignupRequest, error: mail.MailError) -> Outcome:
    """Put a request back for later, or give it up. `error` names no address."""
    # While it is our own server that fails, a request waits for as long as it is kept.
    if error.may_retry and (error.is_ours or row.attempts <= len(PAUSES)):
        next_at = timezone.now() + PAUSES[min(row.attempts, len(PAUSES)) - 1]
        SignupRequest.objects.filter(pk=row.pk).update(next_at=next_at)
        logger.warning("Signup request %s waits: %s", row.pk, error)
    else:
        logger.error("Signup request %s is given up: %s", row.pk, error)
        row.delete()
    return Outcome.LATER if error.is_ours else Outcome.DONE
