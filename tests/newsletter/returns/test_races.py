"""Mail comes back while its reader does something else, on real connections and threads."""

import pytest
from django.db import connection, transaction

from newsletter.mailing import signed_links
from newsletter.models import Delivery, MailEvent, Subscriber, Subscription, Suppression
from newsletter.returns import intake
from newsletter.sending import ledger
from newsletter.sending.audit import audit_issue
from newsletter.subscribers import subscriptions
from tests.builders import make_subscription
from tests.bystanders import unchanged
from tests.newsletter.returns.conftest import bounce_of, own_id, send_issue
from tests.newsletter.returns.corpus import forms
from tests.newsletter.subscribers.test_races import at_once

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def delivery(armed):
    reader = make_subscription("reader@example.net")
    make_subscription("other@example.com")
    send_issue()
    return Delivery.objects.get(subscription_id=reader.pk)


def test_one_mail_read_by_many_is_one_event_with_one_effect(delivery):
    raw = bounce_of(delivery)
    other = Subscriber.objects.get(address="other@example.com")
    with unchanged(other):
        at_once(8, lambda n: intake.take_mail(raw))
    assert MailEvent.objects.count() == Suppression.objects.count() == 1
    assert Subscriber.objects.get(pk=delivery.subscriber_id).status == "bounced"


ACTS = {
    "leaves": subscriptions.unsubscribe,
    "refuses all mail": subscriptions.refuse_mail,
    "pauses": lambda pk: subscriptions.pause_subscription(pk, 2),
}


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize("mail", ["bounce", "complaint", "leave"])
def test_a_reader_acts_while_their_mail_comes_back(delivery, act, mail):
    link = signed_links.leave_link(delivery.subscription_id)
    raw = {
        "bounce": bounce_of(delivery),
        "complaint": forms.feedback(original=f"Message-ID: {own_id(delivery)}\n"),
        "leave": forms.mail(f"From: reader@example.net\nSubject: {link}", ""),
    }[mail]
    other = Subscription.objects.get(subscriber__address="other@example.com")
    doing = [lambda: intake.take_mail(raw), lambda: ACTS[act](delivery.subscription_id)]
    with unchanged(other, other.subscriber):
        at_once(2, lambda n: doing[n]())
    event = MailEvent.objects.get()
    assert event.state == "matched"
    reader = Subscriber.objects.filter(address="reader@example.net").first()
    if act == "refuses all mail":
        assert reader is None
        assert (bytes(event.raw), event.note) == (b"", "")
    assert not Subscription.objects.mailable().filter(pk=delivery.subscription_id).exists()
    broken = [each.promise for each in audit_issue(delivery.issue) if each.broken]
    assert [each for each in broken if "consent" not in each] == []


def test_three_soft_bounces_at_once_are_one_decision(delivery):
    raws = []
    for number in (8, 9):
        send_issue(number)
    for row in Delivery.objects.filter(subscription_id=delivery.subscription_id):
        raws.append(bounce_of(row, "552 5.2.2 mailbox full"))
    at_once(3, lambda n: intake.take_mail(raws[n]))
    statuses = dict(Subscriber.objects.values_list("address", "status"))
    assert statuses == {"reader@example.net": "bounced", "other@example.com": "ok"}


def test_a_bounce_waits_for_the_commit_of_its_lane(delivery):
    """On PostgreSQL the lane may hold the row; on SQLite one writer goes first."""
    Delivery.objects.filter(pk=delivery.pk).update(
        state="handing_over", lease="lane", lease_until=delivery.begun_at
    )
    row = ledger.ClaimedDelivery(delivery.pk, delivery.subscription_id, "", 0, has_place=False)
    raw = bounce_of(delivery)

    def record(n):
        with transaction.atomic():
            return ledger.record_result("lane", row, ledger.AttemptResult(Delivery.State.ACCEPTED))

    at_once(2, lambda n: intake.take_mail(raw) if n else record(n))
    delivery.refresh_from_db()
    assert delivery.state == "bounced"
    assert connection.in_atomic_block is False
