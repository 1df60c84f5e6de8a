"""When sending pauses itself, and what it says."""

import logging

import pytest
from django.db import connection

from newsletter.models import Delivery, Pump
from newsletter.sending import breaker, decisions, launch, pump
from newsletter.sending.breaker import FailureCounts, pause_reason
from newsletter.sending.lanes import Lane, Streak
from tests.builders import make_subscription
from tests.bystanders import unchanged
from tests.newsletter.sending.conftest import start, states, tick, work_off
from tests.newsletter.sending.killing import wait_until

CASES = [
    (FailureCounts(accepted=1000, failed=10, complained=0), ""),
    (FailureCounts(accepted=5, failed=9, complained=0), ""),
    (
        FailureCounts(accepted=190, failed=10, complained=0),
        "10 of 200 messages were refused for good.",
    ),
    (FailureCounts(accepted=191, failed=10, complained=0), ""),
    (FailureCounts(accepted=100, failed=0, complained=2), ""),
    (FailureCounts(accepted=1000, failed=0, complained=3), "3 of 1000 readers called it spam."),
    (FailureCounts(accepted=1001, failed=0, complained=3), ""),
    (FailureCounts(accepted=9, failed=0, complained=0, policy_domains=("a.example",)), ""),
    (
        FailureCounts(
            accepted=9, failed=0, complained=0, policy_domains=("a.example", "b.example")
        ),
        "Refused by policy (5.7.x) at a.example, b.example. The mail server's log says why.",
    ),
]


@pytest.mark.parametrize(("counts", "why"), CASES)
def test_reasons_to_pause_an_issue(counts, why):
    assert pause_reason(counts) == why


def test_twenty_failures_in_a_row_stop_it_and_one_success_resets_the_count():
    streak = Streak(length=5)
    for n in range(14):
        streak.count(True, f"no {n}")
    assert streak.reason == ""
    streak.count(False, "")
    for n in range(20):
        streak.count(True, f"no {n}")
    assert streak.reason == "20 failures in a row; the last: no 19"


@pytest.mark.django_db(transaction=True)
def test_counting_takes_four_queries_when_nothing_failed(armed, django_assert_num_queries):
    for n in range(30):
        make_subscription(f"r{n}@example.org")
    issue = start()
    Delivery.objects.update(state="accepted", attempts=1, settled_at=issue.snapshot.judged_from)
    with django_assert_num_queries(4):
        assert pause_reason(breaker.count_failures(issue.snapshot)) == ""


@pytest.mark.django_db(transaction=True)
def test_an_issue_pauses_itself_and_tells_the_operators_and_a_person_resumes_it(
    armed, relay, caplog, admin_user, settings, monkeypatch
):
    settings.SEND_CONNECTIONS = 1
    monkeypatch.setattr(breaker, "FEWEST_FAILED", 100)  # so that only the row counts
    for n in range(40):
        make_subscription(f"r{n}@example.org")
    relay.obey("to *: 550 5.1.1 nobody here")
    issue = work_off(start())
    assert issue.status == "paused"
    assert issue.pause_reason.startswith("20 failures in a row; the last: 550")
    assert states(issue) == {"deferred": 20, "queued": 20}
    assert [each.levelno for each in caplog.records if "is paused" in each.message] == [
        logging.ERROR
    ]
    relay.obey()
    assert launch.resume_issue(issue, admin_user)
    assert tick(issue).status == "sent"
    assert states(issue) == {"accepted": 40}


@pytest.mark.django_db(transaction=True)
def test_a_pause_defers_the_whole_row_of_failures_and_no_other_failure(
    armed, relay, settings, monkeypatch
):
    settings.SEND_CONNECTIONS = 1
    monkeypatch.setattr(breaker, "FEWEST_FAILED", 100)  # so that only the row counts
    for n in range(30):
        make_subscription(f"r{n}@example.org")
    issue = start()
    rows = list(Delivery.objects.order_by("pk"))
    Delivery.objects.filter(pk__in=[row.pk for row in rows[:6]]).update(state="failed", attempts=1)
    # Five of them failed in an earlier slice of this pump, after the last accepted message.
    in_row = [row.pk for row in rows[1:6]]
    Pump.objects.update(failures_in_row=5, failed_in_row=in_row)
    relay.obey("to *: 550 go away")
    with unchanged(rows[0]):
        issue = work_off(issue)
    assert issue.status == "paused"
    assert states(issue) == {"failed": 1, "deferred": 20, "queued": 9}
    assert set(in_row) <= set(
        Delivery.objects.filter(state="deferred").values_list("pk", flat=True)
    )
    assert launch.resume_issue(issue)
    assert Pump.objects.get().failed_in_row == []


@pytest.mark.django_db(transaction=True)
def test_a_list_of_twelve_that_are_all_refused_is_not_finished(armed, relay):
    for n in range(12):
        make_subscription(f"r{n}@example.org")
    relay.obey("to *: 550 go away")
    issue = work_off(start())
    assert issue.status == "paused"
    assert states(issue) == {"deferred": 12}


@pytest.mark.django_db(transaction=True)
def test_an_issue_that_ends_with_dead_mailboxes_is_finished_by_the_third_resume(
    armed, relay, admin_user
):
    for n in range(11):
        make_subscription(f"r{n}@example.org")
    issue = start()
    Delivery.objects.update(state="failed", attempts=1)
    accepted = Delivery.objects.earliest("pk")
    Delivery.objects.filter(pk=accepted.pk).update(state="accepted")
    launch.queue_failed(issue, admin_user)
    relay.obey("to *: 550 5.1.1 nobody here")
    statuses = []
    with unchanged(Delivery.objects.get(pk=accepted.pk)):
        for _ in range(4):
            statuses.append(tick(issue).status)
            launch.resume_issue(issue, admin_user)
    assert statuses == ["paused", "paused", "paused", "sent"]
    assert states(issue) == {"accepted": 1, "failed": 10}


@pytest.mark.django_db(transaction=True)
def test_an_accepted_message_ends_the_row_of_failures(armed, relay, settings):
    settings.SEND_CONNECTIONS = 1
    for n in range(8):
        make_subscription(f"r{n}@example.org")
    relay.obey("to #3: 550 go away")
    issue = work_off(start())
    assert (issue.status, states(issue)) == ("sent", {"accepted": 7, "failed": 1})
    assert Pump.objects.get().failed_in_row == []


@pytest.mark.django_db(transaction=True)
def test_an_issue_is_paused_while_one_of_its_lanes_still_waits(armed, relay, monkeypatch):
    make_subscription()
    issue = start()
    mine, waited = Pump.objects.get(), []

    def fail(lane):
        lane.streak.pause("The mail server rejects us.")
        wait_until(lambda: not decisions.is_sending(issue.pk), seconds=10)
        waited.append(lane)
        connection.close()

    monkeypatch.setattr(pump, "BEAT", 0.1)
    monkeypatch.setattr(Lane, "run", fail)
    pump.run_pump(mine.pk, mine.ticket)
    issue.refresh_from_db()
    assert (issue.status, issue.pause_reason) == ("paused", "The mail server rejects us.")
    assert waited


@pytest.mark.django_db(transaction=True)
def test_an_issue_that_a_person_resumed_is_not_paused_by_an_older_worker(armed, relay, monkeypatch):
    make_subscription()
    issue = start()
    mine = Pump.objects.get()

    def fail(lane):
        decisions.pause_issue(issue, "")
        launch.resume_issue(issue)
        lane.streak.pause("The mail server rejects us.")
        connection.close()

    monkeypatch.setattr(Lane, "run", fail)
    pump.run_pump(mine.pk, mine.ticket)
    assert decisions.is_sending(issue.pk)


@pytest.mark.django_db(transaction=True)
def test_without_a_reason_the_issue_says_that_it_is_paused_and_by_whom_if_anybody(
    armed, relay, admin_user
):
    make_subscription()
    issue = start()
    for by, shown in ((None, "Paused."), (admin_user, f"Paused by {admin_user}.")):
        assert decisions.pause_issue(issue, "", by)
        issue.refresh_from_db()
        assert issue.pause_reason == shown
        assert launch.resume_issue(issue)
