"""From a request to its mail: once, in spite of crashes, limits and a mail server that is down."""

import smtplib
from datetime import timedelta

import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.utils import timezone

from config.ratelimit import Limit
from newsletter import tasks
from newsletter.mailing.retries import Outcome
from newsletter.models import ConsentEvent, SignupRequest, Subscriber, Subscription
from newsletter.subscribers import signups, subscriptions
from newsletter.subscribers.signups import handle_request, handle_waiting
from tests.builders import make_request, make_subscription, make_suppression
from tests.newsletter.conftest import run_worker

pytestmark = pytest.mark.django_db


@pytest.fixture
def server(monkeypatch):
    """Make the mail server fail: `server.open = error`, `server.send = error`."""

    class Failing:
        open = None
        send = None

    def fail_at(step, carry_on):
        def run(backend, *args):
            if getattr(Failing, step):
                raise getattr(Failing, step)
            return carry_on(backend, *args)

        return run

    monkeypatch.setattr(EmailBackend, "open", fail_at("open", lambda backend: None))
    deliver = EmailBackend.send_messages
    monkeypatch.setattr(EmailBackend, "send_messages", fail_at("send", deliver))
    return Failing


def test_a_task_run_twice_sends_one_mail():
    row = make_request()
    assert handle_request(row.pk) is Outcome.DONE
    assert handle_request(row.pk) is Outcome.DONE
    assert len(mail.outbox) == 1


def test_a_request_that_is_gone_is_no_error():
    assert handle_request(404) is Outcome.DONE
    assert not mail.outbox


def test_two_requests_of_one_address_make_one_subscriber_and_one_mail():
    for row in (make_request("Reader@example.org"), make_request("reader@EXAMPLE.org")):
        handle_request(row.pk)
    assert Subscriber.objects.count() == 1
    assert len(mail.outbox) == 1
    assert not SignupRequest.objects.exists()


def test_a_request_in_somebodys_hands_is_not_taken_by_a_second_worker():
    row = make_request()
    assert signups._claim(row.pk) is not None
    assert signups._claim(row.pk) is None


def test_a_crash_between_claim_and_mail_loses_the_mail_and_never_doubles_it(clock):
    row = make_request()
    signups._claim(row.pk)
    for _ in range(3):
        clock.shift(timedelta(days=1))
        assert handle_waiting() == ""
    assert not mail.outbox
    clock.shift(timedelta(days=5))
    assert subscriptions.tidy() == "1 old requests deleted"


def test_the_clock_takes_up_what_the_worker_lost_after_two_minutes(clock, sign_up):
    sign_up(work=False)
    clock.shift(119)
    assert handle_waiting() == ""
    clock.shift(1)
    assert handle_waiting() == "1 waiting signups handled"
    assert len(mail.outbox) == 1
    run_worker()
    assert len(mail.outbox) == 1


def test_a_mail_server_that_is_down_delays_and_loses_nothing(clock, server):
    row = make_request()
    server.open = ConnectionRefusedError()
    assert handle_request(row.pk) is Outcome.LATER
    pauses = []
    for _ in range(3):
        row.refresh_from_db()
        pauses.append(row.next_at - timezone.now())
        clock.move_to(row.next_at)
        handle_waiting()
    assert pauses == [timedelta(minutes=5), timedelta(minutes=15), timedelta(hours=1)]
    server.open = None
    clock.shift(timedelta(hours=6))
    assert handle_waiting() == "1 waiting signups handled"
    assert len(mail.outbox) == 1
    assert not SignupRequest.objects.exists()
    assert ConsentEvent.objects.count() == 1


def test_trying_again_early_does_nothing(server):
    row = make_request()
    server.open = ConnectionRefusedError()
    handle_request(row.pk)
    server.open = None
    assert handle_request(row.pk) is Outcome.DONE
    assert not mail.outbox


def test_a_server_that_is_down_for_days_loses_nothing_either(clock, server):
    row = make_request()
    server.open = TimeoutError()
    handle_request(row.pk)
    for _ in range(20):
        clock.shift(timedelta(hours=7))
        handle_waiting()
    server.open = None
    clock.shift(timedelta(hours=6))
    handle_waiting()
    assert len(mail.outbox) == 1
    assert not SignupRequest.objects.exists()


def test_a_mailbox_that_puts_us_off_again_and_again_is_given_up(clock, server, caplog):
    row = make_request("r@example.org")
    server.send = smtplib.SMTPRecipientsRefused({"r@example.org": (450, b"later")})
    handle_request(row.pk)
    for _ in range(4):
        assert SignupRequest.objects.exists()
        clock.shift(timedelta(hours=7))
        handle_waiting()
    assert not SignupRequest.objects.exists()
    assert "is given up: recipient: [450]" in caplog.text


def test_while_the_server_is_down_the_clock_tries_one_and_lets_the_others_wait(server):
    for number in range(5):
        make_request(f"r{number}@example.org")
    server.open = ConnectionRefusedError()
    assert handle_waiting() == ""
    assert SignupRequest.objects.filter(attempts=0).count() == 4


@pytest.mark.parametrize(
    ("error", "retried"),
    [
        (smtplib.SMTPRecipientsRefused({"r@example.org": (450, b"later")}), True),
        (smtplib.SMTPRecipientsRefused({"r@example.org": (550, b"no such user")}), False),
        (smtplib.SMTPDataError(451, b"later"), True),
        (smtplib.SMTPDataError(554, b"spam"), False),
        (smtplib.SMTPSenderRefused(530, b"authenticate first", "us@example.org"), True),
        # After these nobody knows whether the message was taken.
        (smtplib.SMTPServerDisconnected("gone"), False),
        (TimeoutError(), False),
        (ConnectionResetError(), False),
    ],
)
def test_only_a_failure_that_surely_delivered_nothing_is_tried_again(
    clock, server, caplog, error, retried
):
    row = make_request("r@example.org")
    server.send = error
    handle_request(row.pk)
    server.send = None
    clock.shift(timedelta(hours=1))
    handle_waiting()
    assert len(mail.outbox) == retried
    assert "r@example.org" not in caplog.text


def test_what_happened_while_the_mail_waited_is_looked_at_again(clock, server):
    row = make_request("r@example.org")
    server.open = ConnectionRefusedError()
    handle_request(row.pk)
    server.open = None
    make_suppression("r@example.org")
    clock.shift(timedelta(hours=1))
    handle_waiting()
    assert not mail.outbox
    assert not SignupRequest.objects.exists()


def test_a_letter_that_cannot_be_built_waits_and_holds_up_no_other(clock, monkeypatch, caplog):
    def broken(*args):
        raise ValueError("no letter")

    bad, good = make_request("bad@example.org"), make_request("good@example.org")
    monkeypatch.setattr(signups.letters, "confirmation", broken)
    handle_request(bad.pk)
    monkeypatch.undo()
    bad.refresh_from_db()
    assert (bad.attempts, bad.next_at - timezone.now()) == (0, timedelta(hours=1))
    assert f"Signup request {bad.pk} could not be prepared" in caplog.text
    assert not Subscriber.objects.exists()
    assert handle_waiting() == "1 waiting signups handled"
    clock.move_to(bad.next_at)
    assert handle_waiting() == "1 waiting signups handled"
    assert [message.to[0] for message in mail.outbox] == [good.address, bad.address]


def errors(caplog):
    """Return the first sentence of each error logged."""
    records = [record for record in caplog.records if record.levelname == "ERROR"]
    return [record.getMessage().partition(".")[0] for record in records]


def test_over_the_breaker_requests_wait_and_the_operator_hears_once_an_hour(
    clock, settings, monkeypatch, caplog
):
    settings.ADMINS = ["operator@example.org"]
    monkeypatch.setattr(signups, "BREAKER", [Limit(2, timedelta(hours=1))])
    for number in range(6):
        make_request(f"r{number}@example.org")
    assert handle_waiting() == "2 waiting signups handled"
    for row in SignupRequest.objects.all():
        tasks.handle_signup.func(row.pk)
    # An error is mailed to the operator by the log, so no second mail is sent beside it.
    assert [message.to[0] for message in mail.outbox] == ["r0@example.org", "r1@example.org"]
    assert errors(caplog) == ["Signups are waiting: over 2 confirmation mails in an hour"]
    assert SignupRequest.objects.count() == 4
    assert Subscriber.objects.count() == 2

    clock.shift(timedelta(hours=1))
    assert handle_waiting() == "2 waiting signups handled"
    assert len(errors(caplog)) == 2
    clock.shift(timedelta(hours=1))
    assert handle_waiting() == "2 waiting signups handled"
    assert not SignupRequest.objects.exists()


def test_an_open_breaker_costs_an_address_nothing_of_its_own_limit(clock, monkeypatch):
    monkeypatch.setattr(signups, "BREAKER", [Limit(0, timedelta(hours=1))])
    row = make_request()
    assert handle_request(row.pk) is Outcome.LATER
    monkeypatch.setattr(signups, "BREAKER", [Limit(1, timedelta(hours=1))])
    assert handle_request(row.pk) is Outcome.DONE
    assert len(mail.outbox) == 1


def test_a_request_is_recorded_with_the_time_it_was_made(clock, server):
    row = make_request()
    clock.shift(timedelta(hours=2))
    handle_request(row.pk)
    assert ConsentEvent.objects.get().at == row.requested_at


def test_a_request_whose_address_may_not_be_written_to_leaves_no_reader():
    make_suppression("reader@example.org")
    assert handle_request(make_request().pk) is Outcome.DONE
    assert not Subscriber.objects.exists()
    assert not SignupRequest.objects.exists()


def test_a_reader_who_left_stays_away_until_he_confirms():
    make_subscription(status="unsubscribed")
    handle_request(make_request().pk)
    assert len(mail.outbox) == 1
    assert Subscription.objects.get().status == "unsubscribed"
