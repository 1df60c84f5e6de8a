"""Actions and counts of one issue affect that issue only."""

from datetime import timedelta

import pytest
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from newsletter.models import Arming, Delivery, Issue, Pump, SendingEvent, Snapshot
from newsletter.sending import breaker, decisions, launch, progress, pump
from newsletter.sending.audit import audit_issue
from newsletter.sending.breaker import FailureCounts
from newsletter.sending.release import release_mail
from tests.builders import make_issue, make_subscription
from tests.bystanders import unchanged
from tests.newsletter.sending.conftest import make_due_issue, start

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("armed")]


@pytest.fixture
def two():
    """Two issues that are being sent to the same three readers; the tests act on the second."""
    for name in ("a@one.example", "b@one.example", "c@two.example"):
        make_subscription(name)
    return start(number=6), start(number=7)


def set_all(issue_status, delivery_state, **fields):
    Issue.objects.update(status=issue_status)
    held = {"lease": "lane", "lease_until": timezone.now() + timedelta(minutes=9)}
    Delivery.objects.update(state=delivery_state, attempts=1, settled_at=timezone.now(), **held)
    Snapshot.objects.update(judged_from=timezone.now() - timedelta(hours=1), **fields)
    Pump.objects.update(failures_in_row=3)


def resend(issue, user):
    rows = Delivery.objects.filter(issue=issue)
    assert launch.queue_unknown(Delivery.objects.filter(pk=rows[0].pk), user) == 1


DECISIONS = [
    ("sending", "queued", lambda issue, user: decisions.pause_issue(issue, "why", user), "paused"),
    ("paused", "queued", lambda issue, user: decisions.cancel_issue(issue, user), "canceled"),
    ("sending", "accepted", lambda issue, user: decisions.finish_issue(issue), "sent"),
    ("approved", "queued", lambda issue, user: decisions.expire_issue(issue, "why"), "expired"),
    ("paused", "queued", lambda issue, user: launch.resume_issue(issue, user), "sending"),
    ("sent", "unknown", resend, "sending"),
    ("sent", "failed", lambda issue, user: launch.queue_failed(issue, user), "sending"),
    ("sent", "deferred", lambda issue, user: launch._reopen(issue), "sending"),
]


def test_nothing_of_a_canceled_issue_is_sent_again_while_another_is_being_sent(two, admin_user):
    set_all("sending", "unknown")
    other, issue = two
    Issue.objects.filter(pk=issue.pk).update(status="canceled")
    with unchanged(*issue.deliveries.all()):
        queued = launch.queue_unknown(Delivery.objects.all(), admin_user)
        assert queued == other.deliveries.count() > 0


@pytest.mark.parametrize(("status", "state", "decide", "becomes"), DECISIONS)
def test_a_decision_is_about_one_issue(two, admin_user, status, state, decide, becomes):
    set_all(status, state)
    other, issue = two
    other.refresh_from_db()
    others = (other, other.snapshot, other.pumps.get(), *other.deliveries.all())
    with unchanged(*others):
        decide(issue, admin_user)
    issue.refresh_from_db()
    assert issue.status == becomes
    assert {event.issue for event in SendingEvent.objects.exclude(kind="started")} <= {issue}


def test_only_the_chosen_unknown_of_an_issue_are_sent_again(two, admin_user):
    set_all("sent", "unknown")
    rows = list(two[1].deliveries.all())
    with unchanged(*rows[1:]):
        resend(two[1], admin_user)
    rows[0].refresh_from_db()
    assert (rows[0].state, rows[0].resends, rows[0].lease) == ("queued", 1, "")


def test_an_issue_is_started_or_expires_alone(two, clock):
    issue, other = make_due_issue(8), make_due_issue(9)
    late, also_late = make_due_issue(10), make_due_issue(11)
    with unchanged(*two, other, also_late):
        assert launch.start_issue(issue)
        decisions.expire_issue(late, "it was due yesterday")
    assert set(Issue.objects.filter(number__in=[8, 10]).values_list("number", "status")) == {
        (8, "sending"), (10, "expired"),
    }  # fmt: skip


def test_what_is_due_is_approved_and_its_time_has_come(clock):
    now = timezone.now()
    later = make_due_issue(8, send_at=now + timedelta(minutes=1))
    others = [
        later,
        make_issue(9, status="draft", send_at=now),
        make_due_issue(10, status="paused"),
    ]
    make_due_issue(7)
    with unchanged(*others):
        assert launch.start_due() == "1 issue started"


def test_a_release_lets_only_approved_issues_expire_whose_time_is_over(clock):
    now = timezone.now()
    missed = make_due_issue(7, send_at=now - timedelta(hours=1))
    others = [
        make_due_issue(8, send_at=now + timedelta(minutes=1)),
        make_due_issue(9, status="paused", send_at=now - timedelta(hours=1)),
    ]
    with unchanged(*others):
        assert release_mail([]).expired == [missed]
    assert Arming.objects.count() == 1


# --- Pumps ----------------------------------------------------------------------------------------


def test_a_pump_reports_for_itself_alone(two):
    other, mine = (issue.pumps.get() for issue in two)
    Pump.objects.update(ticket="same", due_at=timezone.now())
    for each in (other, mine):
        each.refresh_from_db()
    with unchanged(other):
        assert pump._beat(mine)
        pump.queue_pump(mine)


def test_of_two_who_queue_a_pump_one_does(two):
    stale = two[1].pumps.get()
    pump.queue_pump(stale)
    with unchanged(Pump.objects.get(pk=stale.pk)):
        pump.queue_pump(stale)


def test_only_pumps_of_the_issue_that_do_not_report_are_queued(two, settings):
    settings.SEND_WORKERS = 2
    other, issue = two
    Pump.objects.update(due_at=timezone.now())
    with unchanged(other.pumps.get()):
        pump.ensure_pumps(issue)
    assert [each.ticket != "" for each in issue.pumps.all()] == [True, True]
    with unchanged(*issue.pumps.all()):
        pump.ensure_pumps(issue)


@pytest.mark.django_db(transaction=True)
def test_failures_are_kept_on_the_pump_that_had_them(two, relay):
    other, mine = (issue.pumps.get() for issue in two)
    relay.obey("connect: cut")
    Pump.objects.filter(pk=other.pk).update(ticket=mine.ticket)
    other.refresh_from_db()
    with unchanged(other):
        pump.run_pump(mine.pk, mine.ticket)
    mine.refresh_from_db()
    assert mine.failures_in_row == 1
    assert DBTaskResult.objects.count() == 3  # two at the start, and its own next one


# --- Counting -------------------------------------------------------------------------------------


def settle(issue, state, *, minutes_ago=1, **fields):
    """Settle the next delivery of an issue that is queued."""
    row = issue.deliveries.filter(state="queued").first()
    at = timezone.now() - timedelta(minutes=minutes_ago)
    changes = {"state": state, "attempts": 1, "begun_at": at, "settled_at": at} | fields
    Delivery.objects.filter(pk=row.pk).update(**changes)


def test_failures_are_counted_of_one_issue_since_it_was_resumed(two):
    other, issue = two
    Snapshot.objects.update(judged_from=timezone.now() - timedelta(minutes=10))
    policy = {"enhanced": "5.7.1"}
    for state in ("failed", "complained", "accepted"):
        settle(other, state, **policy)
    settle(issue, "failed", minutes_ago=11, **policy)
    issue.refresh_from_db()
    assert breaker.count_failures(issue.snapshot) == FailureCounts(0, 0, 0)
    settle(issue, "failed", enhanced="5.1.1")
    settle(issue, "accepted", enhanced="5.7.1")
    assert breaker.count_failures(issue.snapshot) == FailureCounts(1, 1, 0)


@pytest.mark.parametrize(
    ("state", "counts"),
    [
        ("accepted", FailureCounts(1, 1, 0)),
        ("bounced", FailureCounts(1, 1, 0)),
        ("complained", FailureCounts(1, 1, 1)),
        ("deferred", FailureCounts(0, 1, 0, ("one.example",))),
        ("failed", FailureCounts(0, 2, 0, ("one.example",))),
        ("unknown", FailureCounts(0, 1, 0)),
    ],
)
def test_what_counts_as_which_failure(two, state, counts):
    issue = two[1]
    Snapshot.objects.update(judged_from=timezone.now() - timedelta(minutes=10))
    issue.refresh_from_db()
    settle(issue, state, enhanced="5.7.1")
    settle(issue, "failed", enhanced="5.1.1")
    assert breaker.count_failures(issue.snapshot) == counts


def test_the_numbers_that_people_watch_are_of_one_issue(two):
    other, issue = two
    for state in ("failed", "unknown", "deferred"):
        settle(other, state, code=550, note="other", next_at=timezone.now())
    Snapshot.objects.update(judged_from=timezone.now() - timedelta(hours=1))
    of_other, snapshot = (Snapshot.objects.select_related("issue").get(issue=x) for x in two)
    progress.measure(of_other), progress.largest_domains(other)  # which are kept for some seconds
    measured = progress.measure(snapshot)
    assert (measured.states, measured.per_second, measured.next_try) == ({"queued": 3}, 0, None)
    assert progress.refusals(issue) == []
    assert list(progress.unknown_deliveries(issue)) == []
    assert [event.kind for event in progress.sending_events(issue)] == ["started"]
    domains = progress.largest_domains(issue)
    found = [(row["name"], row["readers"], row["waiting"]) for row in domains]
    assert found == [("one.example", 2, 2), ("two.example", 1, 1)]


def test_the_pace_is_that_of_the_last_minute_or_since_it_went_on(two):
    issue = two[1]
    settle(issue, "accepted", minutes_ago=0.9)
    settle(issue, "accepted", minutes_ago=1.1)
    Snapshot.objects.update(judged_from=timezone.now() - timedelta(hours=1))
    snapshot = Snapshot.objects.select_related("issue").get(issue=issue)
    assert progress.measure.__wrapped__(snapshot).per_second == pytest.approx(1 / 60, rel=0.01)
    snapshot.judged_from = timezone.now() - timedelta(seconds=30)
    assert progress.measure.__wrapped__(snapshot).per_second == 0
    snapshot.issue.status = "paused"
    snapshot.judged_from -= timedelta(hours=1)
    assert progress.measure.__wrapped__(snapshot).per_second == 0


def lose_a_row(other):
    other.deliveries.first().delete()


def forget_a_reason(other):
    Snapshot.objects.filter(issue=other).update(candidates=9)


def try_without_reason(other):
    other.deliveries.update(state="accepted", attempts=1, resends=1)


def leave_one_open(other):
    Issue.objects.filter(pk=other.pk).update(status="sent")


def change_the_words(other):
    Snapshot.objects.filter(issue=other).update(html="Other words")


@pytest.mark.parametrize(
    "spoil", [lose_a_row, forget_a_reason, try_without_reason, leave_one_open, change_the_words]
)
def test_an_audit_finds_nothing_of_another_issue(two, spoil):
    def broken(issue):
        issue.refresh_from_db()
        return [
            each.promise
            for each in audit_issue(issue)
            if each.broken and "consent" not in each.promise  # the builder records none
        ]

    other, issue = two
    spoil(other)
    assert broken(issue) == []
    assert len(broken(other)) == 1
