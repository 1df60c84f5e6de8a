"""How long rows are kept that nobody came back for: unconfirmed subscriptions, links, mails."""

from datetime import timedelta

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone

from newsletter.mailing import outbox
from newsletter.models import (
    ConfirmationToken,
    ConsentEvent,
    OutboxMail,
    SignupRequest,
    Subscriber,
    Subscription,
)
from newsletter.subscribers import tokens

PENDING_KEPT = timedelta(days=14)
REQUESTS_KEPT = timedelta(days=7)
# After they expire; readers can open their confirmation page for two weeks in total.
LINKS_KEPT = PENDING_KEPT - timedelta(days=tokens.CONFIRM_DAYS)
BATCH = 500  # readers whose unconfirmed subscriptions the clock deletes in one run


def delete_stale() -> str:
    """Delete unconfirmed subscriptions and old requests, links and mails (a scheduled job)."""
    stale_requests = SignupRequest.objects.filter(requested_at__lt=timezone.now() - REQUESTS_KEPT)
    counts = {
        "unconfirmed subscriptions": _delete_unconfirmed(),
        "old requests": stale_requests.delete()[0],
        "old links": _delete_old_links(),
        "mails that were not sent": _delete_unsent(),
    }
    done = [f"{count} {what}" for what, count in counts.items() if count]
    return f"{', '.join(done)} deleted" if done else ""


@transaction.atomic
def _delete_unconfirmed() -> int:
    """Delete unconfirmed subscriptions, their events, and readers without a subscription."""
    open_links = ConfirmationToken.objects.open().filter(subscription=OuterRef("pk"))
    stale = Subscription.objects.filter(
        ~Exists(open_links), confirmed_at=None, created_at__lt=timezone.now() - PENDING_KEPT
    )
    readers = set(stale.values_list("subscriber_id", flat=True)[:BATCH])
    locked_readers = Subscriber.objects.select_for_update().filter(pk__in=readers).order_by("pk")
    # Queried again under the lock, because a link may have been mailed meanwhile.
    rows = list(stale.select_for_update(of=("self",)).filter(subscriber__in=list(locked_readers)))
    outbox.lock_mails(Q(subscription__in=rows))
    ConsentEvent.objects.filter(subscription__in=rows).delete()
    Subscription.objects.filter(pk__in=[row.pk for row in rows]).delete()
    Subscriber.objects.filter(pk__in=readers, subscriptions=None).delete()
    return len(rows)


@transaction.atomic
def _delete_old_links() -> int:
    """Delete links that expired long ago, and the request events that they did not confirm."""
    now = timezone.now()
    old = ConfirmationToken.objects.filter(expires_at__lt=now - LINKS_KEPT)
    mailed_to = old.filter(purpose=ConfirmationToken.Purpose.CONFIRM).values("subscription")
    never_confirmed = Q(subscription__confirmed_at=None) | Q(at__gt=F("subscription__confirmed_at"))
    ConsentEvent.objects.filter(
        never_confirmed,
        kind=ConsentEvent.Kind.REQUESTED,
        at__lt=now - PENDING_KEPT,
        subscription__in=mailed_to,
    ).delete()
    outbox.lock_mails(Q(token__in=old))
    return old.delete()[0]


@transaction.atomic
def _delete_unsent() -> int:
    """Delete mails that could not be sent for so long that they are no longer expected."""
    stale = Q(created_at__lt=timezone.now() - outbox.KEPT)
    outbox.lock_mails(stale)
    return OutboxMail.objects.filter(stale).delete()[0]
