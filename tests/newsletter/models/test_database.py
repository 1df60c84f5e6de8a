"""Constraints of the database, and the indexes of the clock's queries."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from newsletter.models import (
    ConfirmationToken,
    Newsletter,
    OutboxMail,
    SignupRequest,
    Subscriber,
    Subscription,
)
from newsletter.values.addresses import address_hash, address_key
from tests.builders import make_mail, make_newsletter, make_request, make_subscription
from tests.bystanders import unchanged

pytestmark = pytest.mark.django_db

POISON = "a@example.org\nBcc: b@example.org"


def test_texts_for_headers_contain_no_line_break():
    make_newsletter()
    make_request()
    make_mail()
    for rows, field in [
        (Newsletter.objects, "from_address"),
        (Newsletter.objects, "reply_to"),
        (Newsletter.objects, "name"),
        (ConfirmationToken.objects, "new_address"),
        (OutboxMail.objects, "to"),
        (SignupRequest.objects, "address"),
    ]:
        with pytest.raises(DatabaseError), transaction.atomic():
            rows.update(**{field: POISON})


@pytest.mark.parametrize(
    "fields",
    [
        {"next_at": None},
        {"state": "given_up", "attempts": 1},
        {"state": "handing_over", "next_at": None},
        {"state": "lost", "next_at": None, "attempts": 1},
        {"token": None},
        {"kind": "welcome"},
        {"kind": "unknown"},
    ],
)
def test_a_mail_has_a_known_state_and_kind(fields):
    mail = make_mail()
    with pytest.raises(DatabaseError), transaction.atomic():
        OutboxMail.objects.filter(pk=mail.pk).update(**fields)


@pytest.mark.parametrize(
    "fields", [{"confirmed_at": None}, {"status": "paused"}, {"status": "resting"}]
)
def test_who_gets_mail_has_confirmed_and_a_pause_has_an_end(fields):
    subscription = make_subscription()
    with unchanged(subscription), pytest.raises(DatabaseError), transaction.atomic():
        Subscription.objects.filter(pk=subscription.pk).update(**fields)


@pytest.mark.parametrize(
    ("index", "rows"),
    [
        (
            "subscription_unconfirmed",
            lambda: Subscription.objects.filter(
                confirmed_at=None, created_at__lt=timezone.now() - timedelta(days=14)
            ),
        ),
        ("subscription_pause_end", lambda: Subscription.objects.pause_over()),
        (
            "token_expiry",
            lambda: ConfirmationToken.objects.filter(expires_at__lt=timezone.now()),
        ),
        ("outbox_mail_due", lambda: OutboxMail.objects.due()),
    ],
)
def test_the_clocks_queries_use_an_index(index, rows):
    pause_many()
    with connection.cursor() as cursor:
        # For a handful of rows, a planner reads the table, or takes any of the indexes that fit.
        cursor.execute("ANALYZE")
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL enable_seqscan = off")
    assert index in rows().order_by().explain()


def pause_many() -> None:
    """Make 300 readers who all pause for two weeks from now."""
    now, newsletter = timezone.now(), make_newsletter()
    keys = [address_key(f"reader{number}@example.org") for number in range(300)]
    readers = Subscriber.objects.bulk_create(
        Subscriber(address=key, address_key=key, address_hash=address_hash(key)) for key in keys
    )
    Subscription.objects.bulk_create(
        Subscription(
            subscriber=reader,
            newsletter=newsletter,
            status=Subscription.Status.PAUSED,
            confirmed_at=now,
            paused_until=now + timedelta(weeks=2),
        )
        for reader in readers
    )
