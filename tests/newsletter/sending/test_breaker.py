"""When sending stops itself, and says so."""

import logging

import pytest
from django.db import connection

from newsletter import sending
from newsletter.models import Delivery, Pump
from newsletter.sending import breaker, decisions, pump
from newsletter.sending.breaker import Counts, reason
from newsletter.sending.lanes import Lane, Streak
from tests.builders import make_subscription
from tests.newsletter.sending.conftest import start, states, tick, work_off
from tests.newsletter.sending.killing import wait_until

CASES = [
    (Counts(accepted=1000, failed=10, complained=0), ""),
    (Counts(accepted=5, failed=9, complained=0), ""),
    (Counts(accepted=190, failed=10, complained=0), "10 of 200 messages were refused for good."),
    (Counts(accepted=191, failed=10, complained=0), ""),
    (Counts(accepted=100, failed=0, complained=2), ""),
    (Counts(accepted=1000, failed=0, complained=3), "3 of 1000 readers called it spam."),
    (Counts(accepted=1001, failed=0, complained=3), ""),
    (Counts(accepted=9, failed=0, complained=0, policy_domains=("a.example",)), ""),
    (
        Counts(accepted=9, failed=0, complained=0, policy_domains=("a.example", "b.example")),
        "Refused by policy (5.7.x) at a.example, b.example. Ask the mail server's log what for.",
    ),
]


@pytest.mark.parametrize(("counts", "why"), CASES)
def test_what_stops_an_issue(counts, why):
    assert reason(counts) == why


def test_twenty_failures_in_a_row_stop_it_and_one_success_begins_anew():
    streak = Streak(length=5)
    for n in range(14):
        streak.note(True, f"no {n}")
    assert streak.reason == ""
    streak.note(False, "")
    for n in range(20):
        streak.note(True, f"no {n}")
    assert streak.reason == "20 failures in a row; the last: no 19"


@pytest.mark.django_db(transaction=True)
def test_counting_stops_where_it_is_clear_that_all_is_well(armed, django_assert_num_queries):
    for n in range(30):
        make_subscription(f"r{n}@example.org")
    issue = start()
    Delivery.objects.update(state="accepted", attempts=1, settled_at=issue.snapshot.judged_from)
    with django_assert_num_queries(3):
        assert breaker.look(issue.snapshot) == ""


@pytest.mark.django_db(transaction=True)
def test_an_issue_stops_itself_and_the_operators_hear_and_a_person_lets_it_go_on(
    armed, relay, caplog, admin_user, settings
):
    settings.SEND_CONNECTIONS = 1
    for n in range(40):
        make_subscription(f"r{n}@example.org")
    relay.obey("to *: 550 5.1.1 nobody here")
    issue = work_off(start())
    assert issue.status == "paused"
    assert issue.pause_reason.startswith("20 failures in a row; the last: 550")
    assert states(issue) == {"failed": 20, "queued": 20}
    assert [each.levelno for each in caplog.records if "is paused" in each.message] == [
        logging.ERROR
    ]
    relay.obey()
    assert sending.resume(issue, admin_user)
    assert tick(issue).status == "sent"
    assert states(issue) == {"accepted": 20, "failed": 20}


@pytest.mark.django_db(transaction=True)
def test_it_stops_for_all_workers_while_one_of_its_lanes_still_waits(armed, relay, monkeypatch):
    make_subscription()
    issue = start()
    mine, waited = Pump.objects.get(), []

    def fail(lane):
        lane.streak.stop("The mail server will not have us.")
        wait_until(lambda: not decisions.is_sending(issue.pk), seconds=10)
        waited.append(lane)
        connection.close()

    monkeypatch.setattr(pump, "BEAT", 0.1)
    monkeypatch.setattr(Lane, "run", fail)
    pump.run(mine.pk, mine.ticket)
    issue.refresh_from_db()
    assert (issue.status, issue.pause_reason) == ("paused", "The mail server will not have us.")
    assert waited


@pytest.mark.django_db(transaction=True)
def test_what_a_person_resumed_is_not_stopped_by_a_worker_from_before(armed, relay, monkeypatch):
    make_subscription()
    issue = start()
    mine = Pump.objects.get()

    def fail(lane):
        sending.pause(issue, "")
        sending.resume(issue)
        lane.streak.stop("The mail server will not have us.")
        connection.close()

    monkeypatch.setattr(Lane, "run", fail)
    pump.run(mine.pk, mine.ticket)
    assert decisions.is_sending(issue.pk)
