"""Mails a reader had sent to himself: once, in spite of a mail server that is down."""

import smtplib
from datetime import timedelta

import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.utils import timezone

from newsletter.mailing import letters, outbox
from newsletter.mailing.retries import Outcome
from newsletter.models import ConfirmationToken
from newsletter.subscribers import signups, subscriptions, tokens
from tests.builders import make_subscription, make_suppression
from tests.newsletter.conftest import last_link

pytestmark = pytest.mark.django_db

Purpose = ConfirmationToken.Purpose


@pytest.fixture
def token(clock):
    return tokens.plan(make_subscription(), Purpose.EXPORT)


def fail(monkeypatch, step, error):
    def broken(*args):
        raise error

    monkeypatch.setattr(EmailBackend, step, broken)


@pytest.mark.parametrize(
    ("step", "error"),
    [
        ("open", ConnectionRefusedError()),
        ("send_messages", smtplib.SMTPDataError(451, b"later")),
        ("send_messages", smtplib.SMTPRecipientsRefused({"r@x.org": (550, b"5.7.1 denied")})),
    ],
)
def test_a_mail_that_failed_is_sent_by_the_clock_and_once(clock, monkeypatch, token, step, error):
    fail(monkeypatch, step, error)
    outbox.mail_planned(token.pk)
    assert outbox.mail_planned(token.pk) is Outcome.DONE  # nothing is due
    monkeypatch.undo()
    clock.shift(timedelta(minutes=5))
    assert signups.handle_waiting() == "1 planned mails handled"
    assert signups.handle_waiting() == ""
    assert len(mail.outbox) == 1


def test_the_link_that_arrives_is_the_one_that_works(clock, client, monkeypatch, token):
    fail(monkeypatch, "open", ConnectionRefusedError())
    outbox.mail_planned(token.pk)
    monkeypatch.undo()
    clock.shift(timedelta(hours=3))
    signups.handle_waiting()
    assert client.get(last_link("/mailed/")).status_code == 200


def test_the_clock_takes_up_what_the_worker_lost(clock, token):
    clock.shift(119)
    assert signups.handle_waiting() == ""
    clock.shift(1)
    assert signups.handle_waiting() == "1 planned mails handled"
    outbox.mail_planned(token.pk)
    assert len(mail.outbox) == 1


def test_a_broken_connection_loses_the_mail_and_never_doubles_it(clock, monkeypatch, token):
    fail(monkeypatch, "send_messages", ConnectionResetError())
    outbox.mail_planned(token.pk)
    monkeypatch.undo()
    clock.shift(timedelta(days=1))
    assert signups.handle_waiting() == ""
    assert not mail.outbox


def test_a_letter_that_cannot_be_built_waits(clock, monkeypatch, token, caplog):
    def broken(*args):
        raise ValueError("no letter")

    monkeypatch.setattr(letters, "own_data", broken)
    outbox.mail_planned(token.pk)
    token.refresh_from_db()
    assert (token.digest, token.next_at - timezone.now()) == (None, timedelta(hours=1))
    assert f"Planned mail {token.pk} could not be prepared" in caplog.text


def test_what_was_forbidden_meanwhile_is_not_mailed(token):
    make_suppression("reader@example.org")
    outbox.mail_planned(token.pk)
    assert not mail.outbox


def test_a_reader_who_was_forgotten_meanwhile_gets_none(token):
    subscriptions.refuse(token.subscription_id)
    outbox.mail_planned(token.pk)
    assert not mail.outbox
