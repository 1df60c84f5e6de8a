"""What happens while an issue is being sent affects every message after it."""

import contextlib
import threading
from collections import Counter
from datetime import timedelta
from functools import partial

import pytest
from django.db import OperationalError, connection, transaction
from django.utils import timezone

from newsletter.models import Delivery, Issue, Pump, Subscriber, Subscription, Suppression
from newsletter.sending import (
    breaker,
    carriers,
    decisions,
    lanes,
    launch,
    ledger,
    message,
    progress,
)
from newsletter.sending.lanes import Lane, Streak
from newsletter.sending.stop_signals import StopFlag
from newsletter.subscribers import address_change, personal_data, subscriptions
from newsletter.subscribers.suppression import suppress
from tests.builders import make_subscription, make_token
from tests.bystanders import unchanged
from tests.newsletter.sending.conftest import (
    begin_row,
    make_due_issue,
    start,
    states,
    tick,
    work_off,
)
from tests.newsletter.subscribers.test_races import at_once

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("armed")]


@pytest.fixture
def readers():
    return [make_subscription(f"r{n}@example.org") for n in range(10)]


@pytest.fixture
def meanwhile(monkeypatch):
    """Call a function once, after the third message, while other deliveries are claimed."""

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
    suppress(subscription.subscriber.address_hash, Suppression.Reason.BY_HAND)


def bounce(subscription):
    Subscriber.objects.filter(pk=subscription.subscriber_id).update(status="bounced")


ENDINGS = [
    (lambda s: subscriptions.unsubscribe(s.pk), "unsubscribed"),
    (lambda s: subscriptions.pause_subscription(s.pk, weeks=2), "paused"),
    (lambda s: subscriptions.refuse_mail(s.pk), "gone"),
    (refuse, "suppressed"),
    (bounce, "bounced"),
]


@pytest.mark.parametrize(("end", "note"), ENDINGS, ids=[note for _, note in ENDINGS])
def test_a_reader_who_leaves_during_a_send_gets_no_message(relay, readers, meanwhile, end, note):
    meanwhile(lambda: end(readers[9]))
    issue = work_off(start())
    assert issue.status == "sent"
    assert states(issue) == {"accepted": 9, "skipped": 1}
    assert Delivery.objects.get(state="skipped").note == note
    assert "r9@example.org" not in {taken.recipient for taken in relay.taken}


CHANGES_OF_MIND = {
    "a reader leaves": (lambda row: subscriptions.unsubscribe(row.subscription_id), "skipped"),
    "the issue is paused": (lambda row: decisions.pause_issue(Issue.objects.get(), "Wait."), "queued"),
    "another worker has the row": (
        lambda row: Delivery.objects.filter(pk=row.pk).update(lease="other"), "claimed",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("change", "becomes"), CHANGES_OF_MIND.values(), ids=CHANGES_OF_MIND)
def test_a_message_that_is_tried_over_another_connection_begins_again(
    relay, readers, change, becomes
):
    relay.obey("from each #4+: cut")
    issue = start()
    rows, opened = list(Delivery.objects.order_by("pk")), []

    def open_carrier():
        opened.append(True)
        if len(opened) == 2:
            change(rows[3])
        return carriers.open_carrier(message.build_message(issue.snapshot))

    Lane(issue.pk, "lane", open_carrier, StopFlag(20), Streak()).run()
    rows[3].refresh_from_db()
    assert (rows[3].state, rows[3].attempts) == (becomes, 0)
    taken = {taken.recipient for taken in relay.taken}
    assert {"r0@example.org", "r1@example.org", "r2@example.org"} <= taken
    assert "r3@example.org" not in taken


def test_a_paused_issue_sends_no_more_and_continues_where_it_was(
    relay, readers, meanwhile, admin_user
):
    meanwhile(lambda: decisions.pause_issue(Issue.objects.get(), "A wrong number.", admin_user))
    issue = work_off(start())
    assert (issue.status, issue.pause_reason) == ("paused", "A wrong number.")
    assert states(issue) == {"accepted": 3, "queued": 7}
    assert launch.resume_issue(issue, admin_user)
    tick(issue)
    assert states(issue) == {"accepted": 10}
    assert len(relay.taken) == 10
    assert [event.kind for event in issue.sending_events.all()] == [
        "started", "paused", "resumed", "finished",
    ]  # fmt: skip


def test_a_canceled_issue_skips_the_readers_who_have_not_had_it(
    relay, readers, meanwhile, admin_user
):
    meanwhile(lambda: decisions.cancel_issue(Issue.objects.get(), admin_user))
    issue = tick(work_off(start()))
    assert issue.status == "canceled"
    assert states(issue) == {"accepted": 3, "skipped": 7}
    assert len(relay.taken) == 3


def test_a_reader_who_changes_address_gets_it_at_the_new_one(relay, readers, meanwhile):
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


def test_a_reader_who_confirms_during_a_send_is_not_added(relay, readers, meanwhile):
    meanwhile(lambda: make_subscription("late@example.org"))
    issue = work_off(start())
    assert states(issue) == {"accepted": 10}


def test_a_worker_whose_lease_has_expired_begins_no_message(relay, readers):
    issue = start()
    zombies = ledger.claim_due(issue.pk, "zombie", 5)
    assert begin_row(issue.pk, "zombie", zombies[0])
    Delivery.objects.filter(lease="zombie").update(lease_until=issue.sent_at)
    issue = tick(issue)
    assert states(issue) == {"accepted": 9, "unknown": 1}
    assert not any(begin_row(issue.pk, "zombie", row) for row in zombies)


@pytest.fixture
def lost(relay, readers):
    """Begin two messages, in a worker that is killed and in one that only seems so: two rows."""
    issue = start()
    leases = [f"{Pump.objects.get().ticket}-{worker}-0" for worker in ("killed", "slow")]
    rows = [ledger.claim_due(issue.pk, lease, 1)[0] for lease in leases]
    for row, lease in zip(rows, leases, strict=True):
        assert begin_row(issue.pk, lease, row)
    Delivery.objects.filter(state="handing_over").update(
        begun_at=timezone.now() - timedelta(seconds=61)
    )
    assert tick(issue).status == "sent"  # the clock gives the place of the pump to another task
    assert states(issue) == {"accepted": 8, "unknown": 2}
    return issue, *rows, leases[1]


ACCEPTED = lanes.AttemptResult(lanes.State.ACCEPTED, code=250)


def test_the_late_result_of_an_unknown_message_is_recorded(lost):
    issue, killed, slow, lease = lost
    with unchanged(Delivery.objects.get(pk=killed.pk)):
        assert ledger.record_result(lease, slow, ACCEPTED)
        assert not ledger.record_result(lease, killed, ACCEPTED)  # another worker's attempt
    assert states(issue) == {"accepted": 9, "unknown": 1}
    assert not progress.broken_promises(issue)[1:]  # the readers were made without consent


def test_a_late_result_after_a_person_decided_to_resend_does_not_count(lost, relay, admin_user):
    issue, killed, slow, lease = lost
    with unchanged(Delivery.objects.get(pk=killed.pk)):
        assert launch.queue_unknown(Delivery.objects.filter(pk=slow.pk), admin_user) == 1
        assert not ledger.record_result(lease, slow, ACCEPTED)
        assert states(issue) == {"accepted": 8, "queued": 1, "unknown": 1}
        again = ledger.claim_due(issue.pk, "another-1-0", 1)[0]
        assert begin_row(issue.pk, "another-1-0", again)
        assert not ledger.record_result(lease, slow, ACCEPTED)
        assert states(issue) == {"accepted": 8, "handing_over": 1, "unknown": 1}
        assert ledger.record_result("another-1-0", again, ACCEPTED)
    row = Delivery.objects.get(pk=slow.pk)
    assert (row.state, row.attempts, row.resends) == ("accepted", 2, 1)


def test_nothing_is_resent_after_a_late_result(lost, admin_user):
    issue, _, slow, lease = lost
    assert ledger.record_result(lease, slow, ACCEPTED)
    assert launch.queue_unknown(Delivery.objects.filter(pk=slow.pk), admin_user) == 0
    assert states(issue) == {"accepted": 9, "unknown": 1}


def test_of_a_late_result_and_a_decision_made_together_one_counts(lost, admin_user):
    _, killed, slow, lease = lost
    acts = [
        lambda: ledger.record_result(lease, slow, ACCEPTED),
        lambda: launch.queue_unknown(Delivery.objects.filter(pk=slow.pk), admin_user),
    ]
    recorded, resent = at_once(2, lambda n: acts[n]())
    row = Delivery.objects.get(pk=slow.pk)
    assert (recorded, resent, row.state, row.attempts, row.resends) in [
        (True, 0, "accepted", 1, 0),
        (False, 1, "queued", 1, 1),
    ]
    assert Delivery.objects.get(pk=killed.pk).state == "unknown"


def test_a_late_deferral_reopens_a_sent_issue(relay, readers):
    issue = start()
    row = ledger.claim_due(issue.pk, "slow", 1)[0]
    assert begin_row(issue.pk, "slow", row)
    Delivery.objects.filter(lease="slow").update(lease_until=issue.sent_at)
    assert tick(issue).status == "sent"
    later = lanes.AttemptResult(lanes.State.DEFERRED, code=450, is_deferral=True)
    assert ledger.record_result("slow", row, later)
    assert tick(issue).status == "sent"
    assert states(issue) == {"accepted": 10}


@pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite has one writer at a time")
def test_a_reader_who_is_erased_while_their_message_begins_gets_none(readers):
    issue = start()
    row = ledger.claim_due(issue.pk, "lane", 1)[0]
    begun = []

    def begin():
        begun.append(begin_row(issue.pk, "lane", row))
        connection.close()

    waiting = threading.Thread(target=begin)
    with transaction.atomic():
        subscriptions.refuse_mail(row.subscription_id)
        waiting.start()
        waiting.join(timeout=0.5)
        assert waiting.is_alive()
    waiting.join()
    assert begun == [False]
    assert ledger.reason_to_skip(row) == "gone"


def test_an_unknown_message_is_resent_only_when_a_person_decides(relay, readers, admin_user):
    relay.obey("message r3@example.org #1: cut")
    issue = tick(work_off(start()))
    assert issue.status == "sent"
    assert states(issue) == {"accepted": 9, "unknown": 1}
    unknown = Delivery.objects.unknown().get()
    assert launch.queue_unknown(Delivery.objects.filter(pk=unknown.pk), admin_user) == 1
    issue = tick(issue)
    assert issue.status == "sent"
    assert states(issue) == {"accepted": 10}
    event = issue.sending_events.get(kind="resent")
    assert (event.by, event.note) == (admin_user, "1 unknown delivery")
    unknown.refresh_from_db()
    assert (unknown.attempts, unknown.resends) == (2, 1)


def test_a_failed_reader_who_is_queued_again_gets_the_issue_once(relay, readers, admin_user):
    relay.obey("to r2@example.org: 550 go away", "to r5@example.org: 550 go away")
    issue = work_off(start())
    assert states(issue) == {"accepted": 8, "failed": 2}
    relay.obey()
    left, again = Delivery.objects.filter(state="failed").order_by("pk")
    Subscription.objects.filter(pk=left.subscription_id).update(
        status="unsubscribed", unsubscribed_at=timezone.now()
    )
    assert launch.queue_failed(issue, admin_user) == 2
    assert launch.queue_failed(issue, admin_user) == 0
    issue = tick(issue)
    assert (issue.status, states(issue)) == ("sent", {"accepted": 9, "skipped": 1})
    assert max(Counter(taken.recipient for taken in relay.taken).values()) == 1
    assert Delivery.objects.get(pk=again.pk).attempts == 1
    broken = {finding.promise for finding in progress.broken_promises(issue)}
    assert broken == {"Every active subscription has a record of consent."}  # made without one


def test_a_failed_reader_who_is_queued_again_is_deferred_as_often_as_at_first(
    relay, readers, admin_user
):
    relay.obey("to r2@example.org: 550 go away", "to r5@example.org: 550 go away")
    issue = work_off(start())
    late, resent = Delivery.objects.filter(state="failed").order_by("pk")
    Delivery.objects.filter(pk=late.pk).update(attempts=9, deferrals=8)  # after 24 hours
    Delivery.objects.filter(pk=resent.pk).update(attempts=2, resends=1)
    relay.obey("to r2@example.org #1: 450 4.2.1 busy")
    with unchanged(Delivery.objects.get(pk=resent.pk)):
        assert launch.queue_failed(issue, admin_user) == 1
        issue = tick(issue)
        late.refresh_from_db()
        assert (issue.status, late.state, late.deferrals) == ("sending", "deferred", 1)
        issue = tick(issue)
    assert (issue.status, states(issue)) == ("sent", {"accepted": 9, "failed": 1})


def test_a_recipient_whose_message_cannot_be_built_fails_alone(relay, readers):
    Subscriber.objects.filter(pk=readers[4].subscriber_id).update(address="é@@x")
    issue = work_off(start())
    assert states(issue) == {"accepted": 9, "failed": 1}
    assert Delivery.objects.get(state="failed").note == "cannot be built: AddressError"


def test_when_no_message_can_be_built_the_issue_pauses_after_twenty(monkeypatch, relay):
    def break_down(self, row):
        raise ValueError

    monkeypatch.setattr(carriers.SmtpCarrier, "prepare", break_down)
    monkeypatch.setattr(breaker, "FEWEST_FAILED", 100)  # so that only the row of failures counts
    for n in range(60):
        make_subscription(f"r{n}@example.org")
    issue = work_off(start())
    assert issue.status == "paused"
    assert states(issue) == {"deferred": 20, "queued": 40}


@pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite has no server to lose")
def test_a_lost_database_connection_loses_no_result(relay, readers, meanwhile):
    def hang_up():
        ours = "SELECT pid FROM pg_stat_activity WHERE datname = CURRENT_DATABASE()"
        # This ends the lane's own connection.
        with contextlib.suppress(OperationalError), connection.cursor() as cursor:
            cursor.execute(f"SELECT pg_terminate_backend(pid) FROM ({ours}) AS found")

    meanwhile(hang_up)
    issue = start()
    lane = Lane(
        issue.pk,
        "lane",
        partial(carriers.open_carrier, message.build_message(issue.snapshot)),
        StopFlag(20),
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
    at_once(2, lambda n: launch.start_due())
    carrier = partial(carriers.open_carrier, message.build_message(issue.snapshot))

    def run(n):
        return Lane(issue.pk, f"lane-{n}", carrier, StopFlag(20), Streak()).run()

    at_once(4, run)
    assert states(issue) == {"accepted": 60}
    assert len({taken.recipient for taken in relay.taken}) == len(relay.taken) == 60


def test_an_erased_reader_leaves_a_delivery_without_name_or_domain(relay, readers):
    issue = work_off(start())
    subscriptions.refuse_mail(readers[0].pk)
    row = Delivery.objects.get(subscriber=None)
    assert (row.state, row.domain) == ("accepted", "")
    assert states(issue) == {"accepted": 10}


def test_readers_can_see_what_was_sent_to_them(relay, readers):
    work_off(start())
    (sent,) = personal_data.collect_data(readers[0].subscriber)["issues"]
    assert (sent["issue__number"], sent["state"]) == (7, "accepted")
