"""What happens between a send's first message and its last counts for every message after it."""

import contextlib
import threading
from functools import partial

import pytest
from django.db import OperationalError, connection, transaction

from newsletter import sending
from newsletter.models import Delivery, Issue, Subscriber, Suppression
from newsletter.sending import carriers, lanes, ledger, message
from newsletter.sending.lanes import Lane, Streak
from newsletter.sending.stop_signals import Halt
from newsletter.subscribers import address_change, personal_data, subscriptions
from newsletter.subscribers.suppression import suppress
from tests.builders import make_subscription, make_token
from tests.newsletter.sending.conftest import make_due_issue, start, states, tick, work_off
from tests.newsletter.subscribers.test_races import at_once

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("armed")]


@pytest.fixture
def readers():
    return [make_subscription(f"r{n}@example.org") for n in range(10)]


@pytest.fixture
def meanwhile(monkeypatch):
    """Do something once, after the third message went out and while others are claimed."""

    def arrange(act):
        hand_over, count = carriers.SmtpCarrier.hand_over, 0

        def then_act(self, prepared):
            nonlocal count
            answer = hand_over(self, prepared)
            count += 1
            if count == 3:
                act()
            return answer

        monkeypatch.setattr(carriers.SmtpCarrier, "hand_over", then_act)

    return arrange


@pytest.fixture(autouse=True)
def one_lane(settings):
    settings.SEND_CONNECTIONS = 1


def refuse(subscription):
    suppress(subscription.subscriber, Suppression.Reason.BY_HAND)


def bounce(subscription):
    Subscriber.objects.filter(pk=subscription.subscriber_id).update(status="bounced")


ENDINGS = [
    (lambda s: subscriptions.leave(s.pk), "unsubscribed"),
    (lambda s: subscriptions.pause(s.pk, weeks=2), "paused"),
    (lambda s: subscriptions.refuse(s.pk), "gone"),
    (refuse, "suppressed"),
    (bounce, "bounced"),
]


@pytest.mark.parametrize(("end", "note"), ENDINGS, ids=[note for _, note in ENDINGS])
def test_whoever_ends_it_in_the_middle_of_a_send_gets_nothing(relay, readers, meanwhile, end, note):
    meanwhile(lambda: end(readers[9]))
    issue = work_off(start())
    assert issue.status == "sent"
    assert states(issue) == {"accepted": 9, "skipped": 1}
    assert Delivery.objects.get(state="skipped").note == note
    assert "r9@example.org" not in {taken.recipient for taken in relay.taken}


def test_a_paused_issue_sends_no_further_message_and_goes_on_where_it_stood(
    relay, readers, meanwhile, admin_user
):
    meanwhile(lambda: sending.pause(Issue.objects.get(), "A wrong number.", admin_user))
    issue = work_off(start())
    assert (issue.status, issue.pause_reason) == ("paused", "A wrong number.")
    assert states(issue) == {"accepted": 3, "queued": 7}
    assert sending.resume(issue, admin_user)
    tick(issue)
    assert states(issue) == {"accepted": 10}
    assert len(relay.taken) == 10
    assert [event.kind for event in issue.sending_events.all()] == [
        "started", "paused", "resumed", "finished",
    ]  # fmt: skip


def test_a_canceled_issue_skips_whoever_has_not_had_it(relay, readers, meanwhile, admin_user):
    meanwhile(lambda: sending.cancel(Issue.objects.get(), admin_user))
    issue = tick(work_off(start()))
    assert issue.status == "cancelled"
    assert states(issue) == {"accepted": 3, "skipped": 7}
    assert len(relay.taken) == 3


def test_a_reader_who_moves_gets_it_at_his_new_address(relay, readers, meanwhile):
    text = make_token(readers[9], "change", new_address="new@example.org")
    meanwhile(lambda: address_change.change_address(text))
    issue = tick(work_off(start()))
    assert states(issue) == {"accepted": 10}
    assert "new@example.org" in {taken.recipient for taken in relay.taken}
    assert "r9@example.org" not in {taken.recipient for taken in relay.taken}


def test_two_readers_who_become_one_get_it_once_at_the_address_that_stays(
    relay, readers, meanwhile
):
    make_subscription("new@example.org", status="pending")
    text = make_token(readers[9], "change", new_address="new@example.org")
    meanwhile(lambda: address_change.change_address(text))
    issue = tick(work_off(start()))
    assert states(issue) == {"accepted": 10}
    assert "new@example.org" in {taken.recipient for taken in relay.taken}


def test_whoever_comes_in_the_middle_is_not_added(relay, readers, meanwhile):
    meanwhile(lambda: make_subscription("late@example.org"))
    issue = work_off(start())
    assert states(issue) == {"accepted": 10}


def test_a_worker_that_wakes_after_its_lease_takes_nothing_from_another(relay, readers):
    issue = start()
    zombies = ledger.claim(issue.pk, "zombie", 5)
    assert ledger.step(issue.pk, "zombie", None, zombies[0])
    Delivery.objects.filter(lease="zombie").update(lease_until=issue.sent_at)
    issue = tick(issue)
    assert states(issue) == {"accepted": 9, "unknown": 1}
    assert not any(ledger.step(issue.pk, "zombie", None, row) for row in zombies)


def test_the_late_answer_of_a_message_given_up_for_unknown_is_believed(relay, readers):
    issue = start()
    row = ledger.claim(issue.pk, "slow", 1)[0]
    assert ledger.step(issue.pk, "slow", None, row)
    Delivery.objects.filter(lease="slow").update(lease_until=issue.sent_at)
    tick(issue)
    assert states(issue) == {"accepted": 9, "unknown": 1}
    assert ledger.record("slow", row, lanes.Verdict(lanes.State.ACCEPTED, code=250))
    assert states(issue) == {"accepted": 10}


def test_a_late_refusal_after_the_end_brings_the_issue_back(relay, readers):
    issue = start()
    row = ledger.claim(issue.pk, "slow", 1)[0]
    assert ledger.step(issue.pk, "slow", None, row)
    Delivery.objects.filter(lease="slow").update(lease_until=issue.sent_at)
    assert tick(issue).status == "sent"
    later = lanes.Verdict(lanes.State.DEFERRED, code=450, is_deferral=True)
    assert ledger.record("slow", row, later)
    assert tick(issue).status == "sent"
    assert states(issue) == {"accepted": 10}


@pytest.mark.skipif(connection.vendor == "sqlite", reason="there nobody writes meanwhile")
def test_whoever_is_erased_while_his_message_begins_gets_none(readers):
    issue = start()
    row = ledger.claim(issue.pk, "lane", 1)[0]
    begun = []

    def begin():
        begun.append(ledger.step(issue.pk, "lane", None, row))
        connection.close()

    waiting = threading.Thread(target=begin)
    with transaction.atomic():
        subscriptions.refuse(row.subscription_id)
        waiting.start()
        waiting.join(timeout=0.5)
        assert waiting.is_alive()
    waiting.join()
    assert begun == [False]
    assert ledger.why_not(row) == "gone"


def test_unknown_is_sent_again_only_by_a_persons_decision(relay, readers, admin_user):
    relay.obey("message r3@example.org #1: cut")
    issue = tick(work_off(start()))
    assert issue.status == "sent"
    assert states(issue) == {"accepted": 9, "unknown": 1}
    unknown = Delivery.objects.unknown().get()
    assert sending.resend_unknown([unknown.pk], admin_user) == 1
    issue = tick(issue)
    assert issue.status == "sent"
    assert states(issue) == {"accepted": 10}
    event = issue.sending_events.get(kind="resent")
    assert (event.by, event.note) == (admin_user, "1 delivery")
    unknown.refresh_from_db()
    assert (unknown.attempts, unknown.resends) == (2, 1)


def test_a_recipient_whose_message_cannot_be_built_fails_alone(relay, readers):
    Subscriber.objects.filter(pk=readers[4].subscriber_id).update(address="é@@x")
    issue = work_off(start())
    assert states(issue) == {"accepted": 9, "failed": 1}
    assert Delivery.objects.get(state="failed").note == "cannot be built: AddressError"


def test_when_no_message_can_be_built_few_readers_are_failed_for_it(monkeypatch, relay):
    def break_down(self, row):
        raise ValueError

    monkeypatch.setattr(carriers.SmtpCarrier, "prepare", break_down)
    for n in range(60):
        make_subscription(f"r{n}@example.org")
    issue = work_off(start())
    assert issue.status == "paused"
    assert states(issue) == {"failed": 20, "queued": 40}


@pytest.mark.skipif(connection.vendor == "sqlite", reason="there is no server to lose")
def test_a_lost_database_connection_loses_no_answer(relay, readers, meanwhile):
    def hang_up():
        ours = "SELECT pid FROM pg_stat_activity WHERE datname = CURRENT_DATABASE()"
        # The connection that is cut is the lane's own.
        with contextlib.suppress(OperationalError), connection.cursor() as cursor:
            cursor.execute(f"SELECT pg_terminate_backend(pid) FROM ({ours}) AS found")

    meanwhile(hang_up)
    issue = start()
    lane = Lane(
        issue.pk,
        "lane",
        partial(carriers.open_carrier, message.build(issue.snapshot)),
        Halt(20),
        Streak(),
    )
    lane.run()
    assert states(issue) == {"accepted": 3, "queued": 7}
    assert tick(issue).status == "sent"
    assert len(relay.taken) == 10


def test_two_clocks_and_four_lanes_send_one_due_issue_once(relay):
    for n in range(60):
        make_subscription(f"r{n}@example.org")
    issue = make_due_issue()
    at_once(2, lambda n: sending.start_due())
    way_out = partial(carriers.open_carrier, message.build(issue.snapshot))

    def run(n):
        return Lane(issue.pk, f"lane-{n}", way_out, Halt(20), Streak()).run()

    at_once(4, run)
    assert states(issue) == {"accepted": 60}
    assert len({taken.recipient for taken in relay.taken}) == len(relay.taken) == 60


def test_an_erased_reader_leaves_a_row_that_names_nobody(relay, readers):
    issue = work_off(start())
    subscriptions.refuse(readers[0].pk)
    row = Delivery.objects.get(subscriber=None)
    assert (row.state, row.domain) == ("accepted", "")
    assert states(issue) == {"accepted": 10}


def test_a_reader_can_see_what_was_sent_to_him(relay, readers):
    work_off(start())
    (sent,) = personal_data.collect(readers[0].subscriber)["issues"]
    assert (sent["issue__number"], sent["state"]) == (7, "accepted")
