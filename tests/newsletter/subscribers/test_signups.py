"""From a request to the mail in the outbox: each request is decided once, despite crashes and limits."""

from datetime import timedelta

import pytest
from django.core import mail

from config.ratelimit import Limit
from newsletter.models import (
    ConfirmationToken,
    ConsentEvent,
    OutboxMail,
    SignupRequest,
    Subscriber,
    Subscription,
)
from newsletter.subscribers import retention, signups, subscriptions
from newsletter.subscribers.signups import decide_request, decide_waiting
from tests.builders import make_mail, make_request, make_subscription, make_suppression
from tests.bystanders import unchanged
from tests.newsletter.conftest import run_worker

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)


def invited():
    """Return the addresses that a confirmation waits for."""
    mails = OutboxMail.objects.filter(kind="confirmation").order_by("pk")
    return [each.address for each in mails.select_related("subscription__subscriber")]


def test_a_task_run_twice_queues_one_mail_and_decides_no_other_request():
    row, other = make_request("r@example.org"), make_request("other@example.org")
    with unchanged(other):
        signups.decide_task.func(row.pk)
        signups.decide_task.func(row.pk)
    assert invited() == ["r@example.org"]
    assert list(SignupRequest.objects.all()) == [other]


def test_a_deleted_request_is_no_error():
    other = make_request()
    with unchanged(other):
        assert decide_request(404)
    assert invited() == []


def test_two_requests_of_one_address_make_one_subscriber_and_one_mail():
    for row in (make_request("Reader@example.org"), make_request("reader@EXAMPLE.org")):
        decide_request(row.pk)
    assert Subscriber.objects.count() == 1
    assert invited() == ["Reader@example.org"]
    assert not SignupRequest.objects.exists()


def test_the_clock_decides_what_the_worker_lost_after_two_minutes(clock, sign_up):
    sign_up(work=False)
    clock.shift(119)
    assert decide_waiting() == ""
    clock.shift(1)
    assert decide_waiting() == "1 waiting signups handled"
    run_worker()
    assert invited() == ["reader@example.org"]


def test_a_crash_while_deciding_decides_nothing_and_loses_nothing(clock, monkeypatch):
    def killed(*args, **kwargs):
        raise SystemExit("killed")

    row, other = make_request("r@example.org"), make_request("other@example.org")
    with monkeypatch.context() as patched:
        patched.setattr(signups.outbox, "queue", killed)
        with pytest.raises(SystemExit), unchanged(row, other):
            decide_request(row.pk)
    assert not Subscriber.objects.exists()
    assert not ConsentEvent.objects.exists()
    assert decide_waiting() == "2 waiting signups handled"
    assert invited() == ["r@example.org", "other@example.org"]


def test_a_request_that_cannot_be_decided_waits_and_delays_no_other(clock, monkeypatch, caplog):
    def broken(*args, **kwargs):
        raise ValueError("bad@example.org")

    bad, other = make_request("bad@example.org"), make_request("other@example.org")
    with monkeypatch.context() as patched, unchanged(other):
        patched.setattr(signups.tokens, "make_token", broken)
        assert decide_request(bad.pk)
    assert f"Signup request {bad.pk} could not be decided" in caplog.text
    assert not Subscriber.objects.exists()
    assert decide_waiting() == "1 waiting signups handled"
    clock.shift(timedelta(hours=1))
    assert decide_waiting() == "1 waiting signups handled"
    assert invited() == ["other@example.org", "bad@example.org"]


def test_a_request_that_nobody_decided_is_deleted_after_seven_days(clock):
    make_request()
    clock.shift(timedelta(days=7))
    other = make_request("other@example.org")
    with unchanged(other):
        assert retention.delete_stale() == ""
        clock.shift(1)
        assert retention.delete_stale() == "1 old requests deleted"


def errors(caplog):
    """Return the first sentence of each error logged."""
    records = [record for record in caplog.records if record.levelname == "ERROR"]
    return [record.getMessage().partition(".")[0] for record in records]


def test_above_the_limit_requests_wait_and_the_operator_is_told_once_an_hour(
    clock, settings, monkeypatch, caplog
):
    settings.ADMINS = ["operator@example.org"]
    monkeypatch.setattr(signups, "BREAKER", [Limit(2, timedelta(hours=1))])
    for number in range(6):
        make_request(f"r{number}@example.org")
    assert decide_waiting() == "2 waiting signups handled"
    for row in SignupRequest.objects.all():
        signups.decide_task.func(row.pk)
    assert invited() == ["r0@example.org", "r1@example.org"]
    assert errors(caplog) == ["Signups are waiting: over 2 confirmation mails in an hour"]
    assert not mail.outbox  # the log mails an error to the operator, so nothing else does
    assert SignupRequest.objects.count() == 4
    assert Subscriber.objects.count() == 2

    clock.shift(timedelta(hours=1))
    assert decide_waiting() == "2 waiting signups handled"
    assert len(errors(caplog)) == 2
    clock.shift(timedelta(hours=1))
    assert decide_waiting() == "2 waiting signups handled"
    assert not SignupRequest.objects.exists()


def test_the_last_fifth_is_kept_for_networks_without_a_confirmation_in_that_hour(
    clock, monkeypatch, caplog
):
    monkeypatch.setattr(signups, "BREAKER", [Limit(5, HOUR)])
    monkeypatch.setattr(signups, "FOR_SEEN_NETWORKS", [Limit(4, HOUR)])
    for number, network in enumerate("aaaaaaba"):
        make_request(f"{network}{number}@example.org", network_key=network)
    decide_waiting()  # those of “a” that wait do not hold up “b”
    assert invited() == [f"{name}@example.org" for name in ("a0", "a1", "a2", "a3", "b6")]
    assert errors(caplog) == ["Signups are waiting: over 4 confirmation mails in an hour"]
    late = make_request("c@example.org", network_key="c")
    assert not decide_request(late.pk)
    clock.shift(HOUR)
    decide_waiting()
    assert len(invited()) == 9
    assert not SignupRequest.objects.exists()


def test_an_open_breaker_does_not_count_against_an_address(clock, monkeypatch):
    monkeypatch.setattr(signups, "BREAKER", [Limit(0, timedelta(hours=1))])
    row = make_request()
    assert not decide_request(row.pk)
    monkeypatch.setattr(signups, "BREAKER", [Limit(1, timedelta(hours=1))])
    assert decide_request(row.pk)
    assert invited() == ["reader@example.org"]


def test_the_link_and_the_consent_have_the_time_the_request_was_made(clock):
    row = make_request()
    clock.shift(timedelta(hours=2))
    decide_request(row.pk)
    assert ConsentEvent.objects.get().at == row.requested_at
    assert ConfirmationToken.objects.get().created_at == row.requested_at


def test_a_request_of_a_suppressed_address_creates_no_reader():
    other = make_subscription("other@example.org", status="pending")
    make_suppression("reader@example.org")
    with unchanged(other, other.subscriber):
        assert decide_request(make_request().pk)
    assert list(Subscriber.objects.all()) == [other.subscriber]
    assert not SignupRequest.objects.exists()


def test_an_unsubscribed_reader_stays_so_until_they_confirm():
    left = make_subscription(status="unsubscribed")
    with unchanged(left):
        decide_request(make_request().pk)
    assert invited() == ["reader@example.org"]


def test_of_the_requests_of_a_reader_who_just_left_the_newest_waits(clock):
    make_subscription("r@example.org", status="unsubscribed")
    signups.decide_request(make_request("r@example.org").pk)  # the mail of this quarter of an hour
    other = make_request("other@example.org")
    older, newest = make_request("r@example.org"), make_request("r@example.org")
    with unchanged(newest, other):
        signups.decide_request(older.pk)
    assert SignupRequest.objects.filter(pk=older.pk).exists()
    with unchanged(other):
        signups.decide_request(newest.pk)
    assert set(SignupRequest.objects.all()) == {newest, other}


def test_unsubscribing_while_the_confirmation_waits_cancels_it(clock):
    """Asked for, decided, and left by an older mail before the new one was written."""
    left = make_subscription(status="unsubscribed")
    clock.shift(60)
    decide_request(make_request().pk)
    other = make_mail(make_subscription("other@example.org", status="pending"), "confirm")
    clock.shift(60)
    with unchanged(other, other.token):
        subscriptions.unsubscribe(left.pk)
        for waiting in OutboxMail.objects.exclude(pk=other.pk):
            signups.outbox.send(waiting.pk)
    assert list(OutboxMail.objects.all()) == [other]
    assert not mail.outbox


def test_a_subscription_whose_confirmation_still_waits_is_not_deleted(clock):
    make_subscription(status="pending")
    clock.shift(timedelta(days=13))
    decide_request(make_request().pk)
    clock.shift(timedelta(days=2))
    assert retention.delete_stale() == ""
    waiting = OutboxMail.objects.get()
    signups.outbox.send(waiting.pk)
    assert len(mail.outbox) == 1
    assert Subscription.objects.count() == 1
