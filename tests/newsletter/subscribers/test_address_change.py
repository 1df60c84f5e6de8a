"""Changing the address: when two readers are merged, all links still work and no decision is lost."""

from datetime import UTC, datetime, timedelta

import pytest

from newsletter.mailing import outbox
from newsletter.mailing.signed_links import Purpose, sign
from newsletter.models import (
    ConsentEvent,
    Delivery,
    MergedSubscription,
    OutboxMail,
    Subscriber,
    Subscription,
)
from newsletter.subscribers import address_change, personal_data, subscriptions
from newsletter.subscribers.address_change import takes_over
from tests.builders import (
    make_issue,
    make_mail,
    make_newsletter,
    make_subscription,
    make_suppression,
    make_token,
)
from tests.bystanders import unchanged

pytestmark = pytest.mark.django_db

ONE_CLICK = {"List-Unsubscribe": "One-Click"}
AT = datetime(2026, 11, 23, 9, tzinfo=UTC)


def move(subscription, address):
    return address_change.change_address(make_token(subscription, "change", new_address=address))


def leave_path(subscription):
    return f"/u/{sign(Purpose.LEAVE, subscription.pk)}"


def test_links_of_both_addresses_act_on_the_merged_subscription(client, clock):
    old, living = make_subscription("a@example.org"), make_subscription("b@example.org")
    paths = [leave_path(old), leave_path(living)]
    move(old, "b@example.org")
    for path in paths:
        assert "The newsletter goes to •••@•••.org" in client.get(path).text
        assert client.get(f"{path}/preferences").status_code == 200
    assert client.post(paths[0], ONE_CLICK).status_code == 200
    living.refresh_from_db()
    assert living.status == "unsubscribed"
    assert "You are unsubscribed" in client.get(paths[0]).text
    client.post(f"{paths[0]}/undo")
    client.post(f"{paths[0]}/pause", {"weeks": "2"})
    living.refresh_from_db()
    assert living.status == "paused"


def test_links_still_work_after_a_second_merge(client, clock):
    first, second, third = (make_subscription(f"{name}@example.org") for name in "abc")
    path = leave_path(first)
    move(first, "b@example.org")
    move(second, "c@example.org")
    assert MergedSubscription.objects.count() == 2
    client.post(path, ONE_CLICK)
    assert Subscription.objects.get().pk == third.pk
    assert Subscription.objects.get().status == "unsubscribed"


def test_an_older_link_to_refuse_still_works(client, clock):
    old = make_subscription("a@example.org")
    path = f"/newsletter/refuse/{sign(Purpose.REFUSE, old.pk)}/"
    make_subscription("b@example.org")
    move(old, "b@example.org")
    assert client.post(path)["Location"] == f"{path}?said=refused"
    assert not Subscriber.objects.exists()
    assert not MergedSubscription.objects.exists()


def test_a_used_confirmation_link_still_shows_its_page(client, clock):
    old = make_subscription("a@example.org", status="pending")
    path = f"/newsletter/confirm/{make_token(old)}/"
    client.post(path)
    make_subscription("b@example.org")
    move(old, "b@example.org")
    assert "You are subscribed" in client.get(path).text


@pytest.mark.parametrize(
    ("source", "twin", "left_after", "expected"),
    [
        ("active", "active", None, False),
        ("active", "paused", None, False),
        ("active", "pending", None, True),
        ("active", "unsubscribed", -1, True),
        ("active", "unsubscribed", 0, False),
        ("active", "unsubscribed", 1, False),
        ("paused", "unsubscribed", -1, True),
        ("unsubscribed", "active", None, False),
        ("unsubscribed", "paused", None, False),
        ("unsubscribed", "unsubscribed", -1, False),
        ("unsubscribed", "pending", None, True),
        ("pending", "active", None, False),
        ("pending", "pending", None, False),
        ("pending", "unsubscribed", -1, False),
    ],
)
def test_which_of_two_subscriptions_is_kept(source, twin, left_after, expected):
    left_at = None if left_after is None else AT + timedelta(seconds=left_after)
    here = Subscription(status=twin, unsubscribed_at=left_at)
    comes = Subscription(status=source, confirmed_at=None if source == "pending" else AT)
    assert takes_over(comes, here, AT) is expected


def test_an_ended_subscription_at_the_old_address_ends_none_at_the_new_one(clock):
    other = make_newsletter("Data Letter")
    reader = make_subscription("a@example.org")
    make_subscription("a@example.org", newsletter=other, status="unsubscribed")
    living = make_subscription("b@example.org", newsletter=other)
    move(reader, "b@example.org")
    living.refresh_from_db()
    assert (living.status, living.unsubscribed_at) == ("active", None)


def test_unsubscribing_after_the_link_was_mailed_is_kept(client, clock):
    old, twin = make_subscription("a@example.org"), make_subscription("b@example.org")
    token = make_token(old, "change", new_address="b@example.org")
    clock.shift(60)
    subscriptions.unsubscribe(twin.pk)
    client.post(f"/newsletter/mailed/{token}/")
    twin.refresh_from_db()
    assert twin.status == "unsubscribed"


def test_every_change_is_recorded(clock):
    old = make_subscription("a@example.org")
    subscriptions.record_consent(old, ConsentEvent.Kind.CONFIRMED)
    make_subscription("a@example.org", newsletter=make_newsletter("Data Letter"))
    make_subscription("b@example.org", status="pending")
    move(old, "b@example.org")
    assert ConsentEvent.objects.filter(kind="changed").count() == 4
    assert not ConsentEvent.objects.filter(subscription=None).exists()
    data = personal_data.collect_data(Subscriber.objects.get())
    assert [event["kind"] for event in data["events"]].count("confirmed") == 1


def test_deliveries_move_except_those_of_issues_that_both_addresses_got(clock):
    old, living = make_subscription("a@example.org"), make_subscription("b@example.org")
    first, second = make_issue(1), make_issue(2)
    moved, left, stays = deliver(first, old), deliver(second, old), deliver(second, living)
    with unchanged(stays):
        move(old, "b@example.org")
    moved.refresh_from_db()
    left.refresh_from_db()
    assert (moved.subscriber, moved.subscription_id) == (living.subscriber, living.pk)
    assert (left.subscriber, left.subscription_id) == (None, old.pk)


def deliver(issue, to):
    return Delivery.objects.create(
        issue=issue, subscriber=to.subscriber, subscription_id=to.pk, domain="example.org"
    )


def test_links_that_ended_before_keep_their_time(clock):
    reader, other = make_subscription("a@example.org"), make_subscription("b@example.org")
    make_token(reader)
    make_token(reader, "export")
    reader.tokens.filter(purpose="confirm").update(used_at=AT)
    clock.shift(timedelta(hours=1))
    make_token(other)
    with unchanged(*reader.tokens.all(), *other.tokens.all()):
        move(reader, "new@example.org")


def test_events_of_an_earlier_address_are_exported(clock):
    reader = make_subscription("a@example.org")
    subscriptions.record_consent(reader, ConsentEvent.Kind.CONFIRMED)
    move(reader, "b@example.org")
    data = personal_data.collect_data(Subscriber.objects.get())
    assert [event["kind"] for event in data["events"]] == ["confirmed", "changed", "changed"]


@pytest.mark.parametrize("is_known", [True, False])
def test_an_address_that_refused_us_meanwhile_is_not_used(client, clock, is_known):
    reader = make_subscription("a@example.org")
    if is_known:
        make_subscription("new@example.net")
    token = make_token(reader, "change", new_address="new@example.net")
    make_suppression("new@example.net")
    assert client.post(f"/newsletter/mailed/{token}/").status_code == 303
    reader.refresh_from_db()
    assert reader.subscriber.address == "a@example.org"


@pytest.mark.parametrize("purpose", ["erase", "export", "change"])
@pytest.mark.parametrize("is_known", [True, False])
def test_links_in_the_old_mailbox_no_longer_work(client, clock, purpose, is_known):
    reader = make_subscription("a@example.org")
    if is_known:
        make_subscription("b@example.net")
    in_old_mailbox = make_token(reader, purpose)
    move(reader, "b@example.net")
    assert client.get(f"/newsletter/mailed/{in_old_mailbox}/").status_code == 404
    assert client.post(f"/newsletter/mailed/{in_old_mailbox}/").status_code == 404
    assert Subscriber.objects.get().address == "b@example.net"


def test_a_confirmation_link_in_the_old_mailbox_no_longer_works(client, clock):
    reader = make_subscription("a@example.org", status="paused")
    token = make_token(reader)
    move(reader, "b@example.net")
    client.post(f"/newsletter/confirm/{token}/")
    reader.refresh_from_db()
    assert reader.status == "paused"


@pytest.mark.parametrize("is_known", [True, False])
def test_of_the_waiting_mails_only_the_note_is_sent_to_the_old_address(clock, mailoutbox, is_known):
    reader = make_subscription("old@example.org")
    if is_known:
        make_subscription("new@example.net")
    outbox.queue(outbox.Kind.WELCOME, reader)
    make_mail(reader, "export")
    address_change.request_change(make_token(reader, "change"), "new@example.net")
    other = make_mail(make_subscription("other@example.org"))
    with unchanged(other, other.token):
        move(reader, "new@example.net")
    other.delete()
    clock.shift(timedelta(minutes=2))
    outbox.send_waiting()
    assert [message.to for message in mailoutbox] == [["old@example.org"]]
    assert not OutboxMail.objects.exists()
