"""Single mails are sent once, despite crashes, refusals and a mail server that is down."""

from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from newsletter.mailing import outbox
from newsletter.models import ConfirmationToken, OutboxMail
from newsletter.subscribers import retention, subscriptions, tokens
from tests.builders import make_mail, make_subscription, make_suppression
from tests.bystanders import unchanged
from tests.newsletter.conftest import last_link, run_worker

pytestmark = pytest.mark.django_db


class ProviderError(Exception):
    """An error of a provider's API."""

    def __init__(self, status_code, text):
        super().__init__(text)
        self.status_code = status_code


class AnymailRecipientsRefused(ProviderError):
    """Anymail's error for a refused recipient, which is known by its name."""


LATER = ProviderError(503, "later")
REFUSED = AnymailRecipientsRefused(None, "r@example.org")


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


@pytest.fixture
def row(clock):
    return make_mail(make_subscription("r@example.org"))


@pytest.fixture
def other(clock):
    """A mail of another reader, which must not change."""
    return make_mail(make_subscription("other@example.org"))


def recipients():
    return [message.to[0] for message in mail.outbox]


def test_every_kind_of_mail_has_its_writer():
    assert set(outbox.WRITERS) == set(OutboxMail.Kind)


def test_a_mail_that_is_queued_is_sent_by_the_worker(django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        make_mail(make_subscription("r@example.org"))
    run_worker()
    assert recipients() == ["r@example.org"]


def test_a_task_run_twice_sends_one_mail_and_deletes_its_row_alone(row, other):
    with unchanged(other, other.token, row.token.subscription):
        outbox.send_task.func(row.pk)
        outbox.send_task.func(row.pk)
    assert recipients() == ["r@example.org"]
    assert list(OutboxMail.objects.all()) == [other]
    assert ConfirmationToken.objects.filter(pk=row.token_id).exists()


def test_a_deleted_mail_is_no_error(other):
    with unchanged(other):
        assert outbox.send(404)
    assert not mail.outbox


def test_a_claimed_mail_is_not_claimed_by_a_second_worker(row, other):
    with unchanged(other):
        assert outbox._claim(row.pk) is not None
        assert outbox._claim(row.pk) is None
    row.refresh_from_db()
    assert (row.state, row.attempts, row.next_at) == ("handing_over", 1, None)


def test_a_crash_while_handing_over_loses_that_mail_alone_and_sends_none_twice(
    clock, server, row, other
):
    server.send = SystemExit("killed")
    with pytest.raises(SystemExit), unchanged(other, other.token):
        outbox.send(row.pk)
    server.send = None
    for _ in range(6):
        clock.shift(timedelta(days=1))
        outbox.send_waiting()
    assert recipients() == ["other@example.org"]
    assert OutboxMail.objects.get().state == "handing_over"


def test_an_unsent_mail_is_deleted_after_seven_days(clock, row):
    outbox._claim(row.pk)
    clock.shift(timedelta(days=7))
    other = make_mail(make_subscription("other@example.org"))
    with unchanged(other, other.token):
        assert retention.delete_stale() == ""
        clock.shift(1)
        assert retention.delete_stale() == "1 mails that were not sent deleted"
    assert list(OutboxMail.objects.all()) == [other]


def test_the_clock_sends_what_the_worker_lost_after_two_minutes(clock, row):
    clock.shift(119)
    assert outbox.send_waiting() == ""
    clock.shift(1)
    later = make_mail(make_subscription("other@example.org"))
    with unchanged(later):
        assert outbox.send_waiting() == "1 waiting mails handled"
    outbox.send(row.pk)
    assert recipients() == ["r@example.org"]


def test_a_mail_server_that_is_down_delays_and_loses_nothing(clock, server, row):
    server.open = ConnectionRefusedError()
    assert not outbox.send(row.pk)
    pauses = []
    for _ in range(3):
        row.refresh_from_db()
        pauses.append(row.next_at - timezone.now())
        clock.move_to(row.next_at)
        outbox.send_waiting()
    assert pauses == [timedelta(minutes=5), timedelta(minutes=15), timedelta(hours=1)]
    server.open = None
    clock.shift(timedelta(hours=6))
    assert outbox.send_waiting() == "1 waiting mails handled"
    assert outbox.send_waiting() == ""
    assert recipients() == ["r@example.org"]
    assert not OutboxMail.objects.exists()


def test_an_early_second_attempt_does_nothing(server, row):
    server.open = ConnectionRefusedError()
    outbox.send(row.pk)
    server.open = None
    assert outbox.send(row.pk)
    assert not mail.outbox


def test_a_server_that_is_down_for_days_loses_no_mail(clock, server, row):
    server.open = TimeoutError()
    outbox.send(row.pk)
    for _ in range(20):
        clock.shift(timedelta(hours=7))
        outbox.send_waiting()
        retention.delete_stale()
    server.open = None
    clock.shift(timedelta(hours=6))
    outbox.send_waiting()
    assert recipients() == ["r@example.org"]


def test_a_mail_that_is_deferred_again_and_again_is_given_up(clock, server, caplog, row, other):
    server.send = LATER
    outbox.send(row.pk)
    with unchanged(other):
        for _ in range(4):
            row.refresh_from_db()
            assert row.state == "waiting"
            clock.move_to(row.next_at)
            outbox.send(row.pk)
    row.refresh_from_db()
    assert (row.state, row.attempts) == ("given_up", 5)
    assert row.last_error == "503 ProviderError"
    assert "is given up: 503 ProviderError" in caplog.text


def test_while_the_server_is_down_the_clock_tries_only_one_mail(clock, server):
    for number in range(5):
        make_mail(make_subscription(f"r{number}@example.org"))
    clock.shift(timedelta(minutes=2))
    server.open = ConnectionRefusedError()
    assert outbox.send_waiting() == ""
    assert OutboxMail.objects.filter(attempts=0).count() == 4


@pytest.mark.parametrize(
    ("error", "retried"),
    [
        (LATER, True),
        (REFUSED, False),
        (ProviderError(422, "sender not verified"), True),
        (ProviderError(422, "r@example.org is no valid recipient"), False),
        (ProviderError(502, "bad gateway"), False),
        (ProviderError(None, "no answer"), False),
        # A fault in the backend itself, before it asked anyone.
        (RuntimeError(), True),
        # After these nobody knows whether the message was taken.
        (TimeoutError(), False),
        (ConnectionResetError(), False),
    ],
)
def test_only_a_failure_that_certainly_delivered_nothing_is_tried_again(
    clock, server, caplog, row, error, retried
):
    server.send = error
    outbox.send(row.pk)
    server.send = None
    clock.shift(timedelta(hours=1))
    outbox.send_waiting()
    assert len(mail.outbox) == retried
    assert OutboxMail.objects.filter(state="given_up").count() == (not retried)
    assert "r@example.org" not in caplog.text + "".join(
        OutboxMail.objects.values_list("last_error", flat=True)
    )


def test_a_fault_of_the_backend_itself_delays_mail_and_operators_hear(clock, server, caplog, row):
    server.send = KeyError("r@example.org")
    for level in ("WARNING", "ERROR"):
        caplog.clear()
        assert not outbox.send(row.pk)
        assert [each.levelname for each in caplog.records] == [level]
        row.refresh_from_db()
        assert (row.state, row.last_error) == ("waiting", "KeyError")
        clock.move_to(row.next_at)
    server.send = None
    outbox.send(row.pk)
    assert recipients() == ["r@example.org"]


def test_the_count_of_a_backend_means_nothing_for_single_mails(monkeypatch, row):
    monkeypatch.setattr(EmailBackend, "send_messages", lambda self, messages: 0)
    assert outbox.send(row.pk)
    assert not OutboxMail.objects.exists()


def test_a_recipient_that_the_provider_reports_as_rejected_is_refused(monkeypatch, row, other):
    def report(backend, messages):
        messages[0].anymail_status = SimpleNamespace(status={"rejected"})
        return 1

    monkeypatch.setattr(EmailBackend, "send_messages", report)
    with unchanged(other):
        assert outbox.send(row.pk)
    row.refresh_from_db()
    assert (row.state, row.last_error) == ("given_up", "rejected")


LOCK = "ORDER BY 1 ASC"  # by the first column, the number
if connection.features.has_select_for_update:
    LOCK += " FOR UPDATE"


def refuse_in_row(server, number, error=REFUSED):
    mails = [make_mail(make_subscription(f"r{n}@example.org")) for n in range(number)]
    server.send = error
    results = [outbox.send(each.pk) for each in mails]
    server.send = None
    return mails, results


def test_several_readers_refused_in_a_row_wait_and_the_operators_hear(clock, server, caplog, other):
    with unchanged(other, other.token):
        mails, results = refuse_in_row(server, 4)
    assert results == [True, True, False, False]
    rows = OutboxMail.objects.exclude(pk=other.pk)
    assert {row.state for row in rows} == {"waiting"}
    assert {row.next_at - timezone.now() for row in rows} == {timedelta(hours=1)}
    assert not ConfirmationToken.objects.filter(mail__in=mails, digest__isnull=False)
    told = [each.getMessage() for each in caplog.records if each.levelname == "ERROR"]
    assert len(told) == 2
    assert "one reader after another" in told[0]
    assert "AnymailRecipientsRefused" in told[0]
    clock.shift(timedelta(hours=1))
    outbox.send_waiting()
    assert sorted(recipients()) == ["other@example.org", *(f"r{n}@example.org" for n in range(4))]
    assert not OutboxMail.objects.exists()


def test_mails_of_mailboxes_that_do_not_exist_are_tried_twice(clock, server, caplog, other):
    mails, _ = refuse_in_row(server, 3)
    OutboxMail.objects.filter(pk=other.pk).update(next_at=timezone.now() + timedelta(days=9))
    other.refresh_from_db()
    caplog.clear()
    server.send = REFUSED
    with unchanged(other, other.token):
        for _ in range(20):
            clock.shift(timedelta(hours=6))
            outbox.send_waiting()
    rows = OutboxMail.objects.filter(pk__in=[each.pk for each in mails])
    assert {(row.state, row.attempts) for row in rows} == {("given_up", 2)}
    assert not [each for each in caplog.records if each.levelname == "ERROR"]


def test_readers_refused_in_a_row_after_a_retry_wait_as_well(clock, server):
    refuse_in_row(server, 3)
    server.send = REFUSED
    clock.shift(timedelta(hours=1))
    outbox.send_waiting()
    last = make_mail(make_subscription("last@example.org"))
    assert not outbox.send(last.pk)
    last.refresh_from_db()
    assert (last.state, last.next_at - timezone.now()) == ("waiting", timedelta(hours=1))


def test_an_accepted_mail_ends_the_row_of_refusals(clock, server, row):
    refuse_in_row(server, 2)
    outbox.send(row.pk)
    server.send = REFUSED
    last = make_mail(make_subscription("last@example.org"))
    assert outbox.send(last.pk)
    assert [each.state for each in OutboxMail.objects.all()] == ["given_up"] * 3


@pytest.mark.parametrize("error", [None, REFUSED])
def test_mails_refused_in_a_row_are_locked_by_number_before_they_change(clock, server, error):
    refuse_in_row(server, 2)
    late = make_mail(make_subscription("late@example.org"))
    server.send = error
    with CaptureQueriesContext(connection) as captured:
        outbox.send(late.pk)
    statements = [q["sql"] for q in captured if "newsletter_outboxmail" in q["sql"]]
    lock = next(n for n, sql in enumerate(statements) if sql.endswith(LOCK))
    # Before it are the claim and, once the mail is accepted, the deletion of its own row.
    before = [sql.split()[0] for sql in statements[:lock]]
    assert before == ["UPDATE", "SELECT"] + ["DELETE"] * (error is None)
    assert statements[lock + 1].startswith("UPDATE")


def test_mails_are_locked_by_number_before_the_clock_deletes_them(clock, row):
    make_mail(make_subscription("pending@example.org", status="pending"))
    clock.shift(timedelta(days=15))
    with CaptureQueriesContext(connection) as captured:
        retention.delete_stale()
    assert not OutboxMail.objects.exists()
    statements = [q["sql"] for q in captured if "newsletter_outboxmail" in q["sql"]]
    # Those of unconfirmed subscriptions, those of old links, and those that were not sent.
    assert sum(sql.endswith(LOCK) for sql in statements) == 3
    assert statements[0].endswith(LOCK)
    assert statements[-2].endswith(LOCK)
    assert statements[-1].startswith("DELETE")


def test_one_reader_who_asks_three_times_is_no_row_of_refusals(clock, server, row):
    server.send = REFUSED
    assert outbox.send(row.pk)
    for _ in range(2):
        assert outbox.send(make_mail(row.subscription).pk)
    assert [each.state for each in OutboxMail.objects.all()] == ["given_up"] * 3


def test_three_addresses_that_one_reader_tries_are_a_row_of_refusals(clock, server, row):
    server.send = REFUSED
    assert outbox.send(row.pk)
    new = [
        make_mail(row.subscription, "change", to=to, new_address=to)
        for to in ("one@example.net", "two@example.net")
    ]
    assert [outbox.send(each.pk) for each in new] == [True, False]


def test_mails_that_may_have_arrived_never_wait(clock, server):
    refuse_in_row(server, 5, ConnectionResetError())
    assert [each.state for each in OutboxMail.objects.all()] == ["given_up"] * 5


def test_operators_hear_of_a_refusal_of_ours_when_it_lasts(clock, server, caplog, row):
    server.send = ProviderError(422, "sender not verified")
    for level in ("WARNING", "ERROR"):
        outbox.send(row.pk)
        assert caplog.records[-1].levelname == level
        clock.shift(timedelta(minutes=5))


def test_one_failed_mail_empties_only_its_own_token(clock, server, row, other):
    server.send = LATER
    tokens.give_new_text(other.token)
    with unchanged(other, other.token):
        outbox.send(row.pk)
    row.token.refresh_from_db()
    assert row.token.digest is None


def test_the_link_that_arrives_is_the_one_that_works(clock, client, server, row):
    server.open = ConnectionRefusedError()
    outbox.send(row.pk)
    server.open = None
    clock.shift(timedelta(hours=3))
    outbox.send_waiting()
    assert client.get(last_link("/mailed/")).status_code == 200


def test_a_mail_that_cannot_be_written_waits_and_delays_no_other(
    clock, monkeypatch, caplog, row, other
):
    def broken(mail):
        raise ValueError("r@example.org")

    with monkeypatch.context() as patched, unchanged(other, row.token):
        patched.setitem(outbox.WRITERS, "own_data", broken)
        assert outbox.send(row.pk)
    row.refresh_from_db()
    assert (row.state, row.attempts, row.last_error) == ("waiting", 0, "writing: ValueError")
    assert row.next_at - timezone.now() == timedelta(hours=1)
    assert f"Mail {row.pk} cannot be written" in caplog.text
    clock.move_to(row.next_at)
    assert outbox.send_waiting() == "2 waiting mails handled"
    assert recipients() == ["other@example.org", "r@example.org"]


def test_a_mail_that_was_suppressed_meanwhile_is_deleted_with_its_link(row, other):
    make_suppression("r@example.org")
    with unchanged(other, other.token):
        outbox.send(row.pk)
    assert not mail.outbox
    assert list(ConfirmationToken.objects.all()) == [other.token]


def test_a_mail_to_a_suppressed_new_address_is_not_sent(clock):
    make_suppression("new@example.net")
    outbox.send(make_mail(purpose="change", to="new@example.net").pk)
    assert not mail.outbox


def test_a_waiting_mail_goes_to_the_address_at_the_time_of_sending(row):
    row.subscription.subscriber.address = "moved@example.org"
    row.subscription.subscriber.save()
    outbox.send(row.pk)
    assert recipients() == ["moved@example.org"]


def test_a_reader_who_was_deleted_meanwhile_gets_none(row, other):
    with unchanged(other):
        subscriptions.refuse_mail(row.subscription_id)
        outbox.send(row.pk)
    assert not mail.outbox
