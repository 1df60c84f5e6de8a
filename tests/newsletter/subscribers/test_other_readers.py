"""What one reader does changes no row of another."""

from datetime import timedelta

import pytest
from django.utils import timezone

from newsletter.mailing import outbox
from newsletter.models import ConsentEvent, Delivery, MergedSubscription
from newsletter.subscribers import address_change, personal_data, signups, subscriptions
from newsletter.subscribers.suppression import lift, suppressions_of
from tests.builders import (
    make_issue,
    make_mail,
    make_request,
    make_subscription,
    make_suppression,
    make_token,
)
from tests.bystanders import unchanged

pytestmark = pytest.mark.django_db

PURPOSES = ("confirm", "change", "export", "erase")


@pytest.fixture
def sending(clock):
    return make_issue(status="sending")


@pytest.fixture
def other(sending):
    """All rows of another reader: links, mails and a signup that wait, mail to be sent."""
    subscription = make_subscription("other@example.com")
    reader = subscription.subscriber
    reader.status = "bounced"
    reader.save()
    for purpose in PURPOSES:
        make_token(subscription, purpose)
    MergedSubscription.objects.create(former_id=1_000_000, into=subscription)
    subscriptions.record_consent(subscription, ConsentEvent.Kind.REQUESTED)
    return [
        reader,
        subscription,
        *subscription.tokens.all(),
        *subscription.merged.all(),
        *subscription.consent_events.all(),
        make_mail(subscription),
        make_request("other@example.com"),
        make_suppression("other@example.com"),
        make_delivery(sending, subscription),
    ]


def make_delivery(issue, subscription):
    return Delivery.objects.create(
        issue=issue,
        subscriber=subscription.subscriber,
        subscription_id=subscription.pk,
        domain="example.com",
    )


def confirm(subscription):
    text = make_token(subscription)
    subscription.subscriber.subscriptions.update(status="pending", confirmed_at=None)
    subscriptions.confirm_subscription(text)


def leave_and_decline(subscription):
    """Leave, ask to come back, and leave by the mail that would bring them back."""
    subscriptions.unsubscribe(subscription.pk)
    an_hour_ago = timezone.now() - timedelta(hours=1)
    subscription.subscriber.subscriptions.update(unsubscribed_at=an_hour_ago)
    make_token(subscription)
    subscriptions.unsubscribe(subscription.pk)


def leave_and_undo(subscription):
    subscriptions.unsubscribe(subscription.pk)
    subscriptions.give_reason(subscription.pk, "often", "Daily.")
    subscriptions.undo_unsubscribing(subscription.pk)


def pause_and_resume(subscription):
    subscriptions.pause_subscription(subscription.pk, 2)
    subscriptions.resume_subscription(subscription.pk)


def refuse(subscription):
    make_request(subscription.subscriber.address)
    subscriptions.refuse_mail(subscription.pk)


def lift_a_refusal(subscription):
    make_suppression(subscription.subscriber.address)
    lift(suppressions_of(subscription.subscriber.address), "asked")


def export(subscription):
    personal_data.export_data(make_token(subscription, "export"))


def erase(subscription):
    personal_data.erase_by_link(make_token(subscription, "erase"))


def move(subscription):
    make_mail(subscription)
    text = make_token(subscription, "change", new_address="new@example.org")
    address_change.change_address(text)


def become_one(subscription):
    make_subscription("new@example.org")
    MergedSubscription.objects.create(former_id=2_000_000, into=subscription)
    move(subscription)


def sign_up(subscription):
    signups.decide_request(make_request("new@example.org").pk)


def have_mail_sent(subscription):
    outbox.send(make_mail(subscription).pk)


@pytest.mark.parametrize(
    "act",
    [
        confirm, leave_and_decline, leave_and_undo, pause_and_resume, refuse, lift_a_refusal,
        export, erase, move, become_one, sign_up, have_mail_sent,
    ],
)  # fmt: skip
def test_an_act_of_one_reader_changes_no_row_of_another(act, sending, other):
    subscription = make_subscription()
    make_delivery(sending, subscription)
    with unchanged(*other):
        act(subscription)


def test_the_data_of_a_reader_have_nothing_of_another(other):
    everything = {
        "subscriptions", "events", "requests_in_flight", "mailed_links", "mails_in_flight",
        "issues", "never_write_to",
    }  # fmt: skip
    assert lists_of(other[0]) == everything
    assert lists_of(make_subscription().subscriber) == {"subscriptions"}


def lists_of(reader):
    """Return the names of the lists in a reader's data that are not empty."""
    data = personal_data.collect_data(reader)
    assert len(data["subscriptions"]) == 1
    return {name for name, found in data.items() if found and isinstance(found, list)}
