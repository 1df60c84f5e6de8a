"""What the database itself refuses, and which index serves the clock."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from newsletter.models import ConfirmationToken, Newsletter, SignupRequest, Subscription
from tests.builders import make_newsletter, make_request, make_subscription, make_token

pytestmark = pytest.mark.django_db

POISON = "a@example.org\nBcc: b@example.org"


def test_no_line_break_comes_into_what_reaches_a_header():
    make_newsletter()
    make_request()
    make_token(make_subscription())
    for rows, field in [
        (Newsletter.objects, "from_address"),
        (Newsletter.objects, "reply_to"),
        (Newsletter.objects, "name"),
        (ConfirmationToken.objects, "new_address"),
        (ConfirmationToken.objects, "note_to"),
        (SignupRequest.objects, "address"),
    ]:
        with pytest.raises(DatabaseError), transaction.atomic():
            rows.update(**{field: POISON})


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
        ("token_mail_due", lambda: ConfirmationToken.objects.due()),
    ],
)
def test_what_the_clock_asks_for_is_served_by_an_index(index, rows):
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            # A table of a few rows is read whole otherwise.
            cursor.execute("SET LOCAL enable_seqscan = off")
    assert index in rows().order_by().explain()
