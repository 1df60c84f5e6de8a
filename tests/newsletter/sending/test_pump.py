"""A pump sends for some seconds and queues itself again; the clock replaces lost pumps."""

from datetime import timedelta

import pytest
from django.core.management import call_command
from django.core.management.base import SystemCheckError
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from newsletter.models import Delivery, Pump, Snapshot
from newsletter.sending import launch, pump
from newsletter.sending.lanes import Lane, Streak
from newsletter.sending.stop_signals import StopFlag
from tests.builders import make_subscription
from tests.newsletter.sending.conftest import start, states, tick, work_off

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("armed")]


def waiting():
    return DBTaskResult.objects.ready().count()


def test_each_pump_of_an_issue_gets_one_task(settings):
    settings.SEND_WORKERS = 3
    make_subscription()
    start()
    for _ in range(3):
        launch.keep_going()
    assert Pump.objects.count() == waiting() == 3


def test_confirmation_mails_come_before_an_issue():
    make_subscription()
    start()
    assert DBTaskResult.objects.get().priority < 0


def test_a_task_with_an_old_ticket_does_nothing(relay):
    make_subscription()
    start()
    mine = Pump.objects.get()
    pump.run_pump(mine.pk, "an older one")
    assert not relay.taken
    pump.run_pump(mine.pk, mine.ticket)
    assert len(relay.taken) == 1


def test_a_pump_that_does_not_report_for_a_minute_gets_another_task(relay):
    make_subscription()
    issue = start()
    DBTaskResult.objects.all().delete()
    launch.keep_going()
    assert waiting() == 0
    Pump.objects.update(due_at=timezone.now() - timedelta(seconds=1))
    launch.keep_going()
    assert waiting() == 1
    assert work_off(issue).status == "sent"


def test_an_issue_that_takes_longer_than_a_slice_is_queued_again(relay, settings, monkeypatch):
    monkeypatch.setattr(pump, "SLICE", 1)
    settings.SEND_RATE, settings.SEND_CONNECTIONS = 40, 1
    for n in range(60):
        make_subscription(f"r{n}@example.org")
    issue = start()
    mine = Pump.objects.get()
    pump.run_pump(mine.pk, mine.ticket)
    assert 0 < len(relay.taken) < 60
    assert Delivery.objects.filter(state="queued").count() == 60 - len(relay.taken)
    assert work_off(issue, rounds=20).status == "sent"


def test_a_deferred_message_is_tried_again_when_it_is_due(relay):
    make_subscription()
    relay.obey("to * #1: 451 4.7.1 come back later")
    issue = work_off(start())
    assert (issue.status, states(issue)) == ("sending", {"deferred": 1})
    assert waiting() == 0  # the next task is due in a minute
    assert DBTaskResult.objects.filter(status="READY").count() == 1
    assert tick(issue).status == "sent"
    row = Delivery.objects.get()
    assert (row.state, row.attempts, row.deferrals, row.code) == ("accepted", 2, 1, 250)


def test_a_pump_looks_each_minute_also_when_all_messages_are_due_later(relay):
    # Readers may be queued again meanwhile.
    make_subscription()
    relay.obey("to *: 451 4.7.1 come back later")
    tick(work_off(start()))
    soon = timezone.now() + timedelta(minutes=1)
    assert Delivery.objects.get().next_at > soon > Pump.objects.get().due_at - pump.LOST_AFTER


def test_a_mail_server_that_is_down_is_tried_again_for_ten_minutes(relay, settings):
    settings.SEND_CONNECTIONS = 1
    make_subscription()
    issue = start()
    relay.obey("connect: cut")
    mine = Pump.objects.get()
    for failures in range(1, 20):
        pump.run_pump(mine.pk, mine.ticket)
        mine.refresh_from_db()
        assert mine.failures_in_row == failures
    issue.refresh_from_db()
    assert (issue.status, states(issue)) == ("sending", {"queued": 1})
    assert 25 < (mine.due_at - timezone.now() - pump.LOST_AFTER).total_seconds() <= 30
    pump.run_pump(mine.pk, mine.ticket)
    issue.refresh_from_db()
    assert issue.status == "paused"
    assert issue.pause_reason.startswith("20 failures in a row; the last: connecting")


def test_a_server_that_allows_two_connections_gets_two(relay):
    for n in range(60):
        make_subscription(f"r{n}@example.org")
    relay.obey("connect #3+: 421 4.7.0 too many connections")
    issue = work_off(start())
    assert (issue.status, states(issue)) == ("sent", {"accepted": 60})


def test_a_short_list_is_shared_by_all_connections(relay):
    for n in range(12):
        make_subscription(f"r{n}@example.org")
    # They claim 3, 3, 2 and 1 of them while the server takes its time, and the rest after that.
    relay.obey("from each #7+: 550 5.1.8 too many on one connection", "kept each #1: wait 1")
    issue = work_off(start())
    assert (issue.status, states(issue)) == ("sent", {"accepted": 12})
    assert relay.server.connections == 4


@pytest.mark.parametrize(
    ("readers", "workers", "batch"), [(0, 1, 1), (3, 1, 1), (12, 1, 3), (12, 2, 2), (600, 1, 50)]
)
def test_a_lane_claims_its_part_of_what_is_due(settings, readers, workers, batch):
    settings.SEND_CONNECTIONS, settings.SEND_WORKERS = 4, workers
    earlier, issue = start(number=6), start(number=7)
    for each, number in [(earlier, 900), (issue, readers)]:
        Delivery.objects.bulk_create(
            Delivery(issue=each, subscription_id=n, domain="example.org") for n in range(number)
        )
    Delivery.objects.create(
        issue=issue, subscription_id=901, domain="x", next_at=timezone.now() + timedelta(hours=1)
    )
    assert Lane(issue.pk, "lane", None, StopFlag(1), Streak())._batch() == batch


def test_a_message_that_cannot_be_built_pauses_the_issue_and_fails_no_reader(relay):
    make_subscription()
    issue = start()
    Snapshot.objects.update(sender="not a mailbox")
    issue = work_off(issue)
    assert issue.status == "paused"
    assert issue.pause_reason.startswith("The message cannot be built: ")
    assert states(issue) == {"queued": 1}


def test_a_machine_that_cannot_write_its_arming_file_pauses_the_issue(relay, settings, tmp_path):
    make_subscription()
    issue = start()
    settings.DATA_DIR = tmp_path / "not mounted"
    issue = work_off(issue)
    assert issue.status == "paused"
    assert issue.pause_reason == (
        "sending-armed.json in DATA_DIR cannot be written: No such file or directory. Make it "
        "writable, then resume issues that are paused."
    )


def test_an_issue_without_recipients_is_sent_immediately():
    assert work_off(start()).status == "sent"


def test_settings_that_would_send_no_message_are_refused_at_start(settings):
    settings.SEND_CONNECTIONS = 0
    with pytest.raises(SystemCheckError, match="SEND_CONNECTIONS is 0"):
        call_command("check")
