"""Clock and worker watch each other, and the operators hear of it without the database."""

from datetime import timedelta

import pytest
from django.core import mail
from django.db import OperationalError, connection
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from config import health, tick, watching
from config.health import State
from config.models import Heartbeat, JobRun
from config.registry import Registry
from tests.backups import run
from tests.config.test_logs import run_worker

pytestmark = pytest.mark.django_db

MINUTE = timedelta(minutes=1)


@pytest.fixture(autouse=True)
def idle(settings, monkeypatch):
    """A site with an operator, whose clock has no jobs, and whose pings are counted."""
    settings.ADMINS = ["operator@example.org"]
    pings = []
    monkeypatch.setattr(tick, "EVERY_MINUTE", Registry())
    monkeypatch.setattr(tick, "SCHEDULED", Registry())
    monkeypatch.setattr(watching, "ALL_IS_WELL", Registry(lambda: pings.append("ping")))
    watching._told.clear()
    return pings


def worked(process, *, ago=timedelta(0), since=timedelta(hours=1)):
    now = timezone.now()
    Heartbeat.objects.update_or_create(
        process=process, defaults={"at": now - ago, "since": now - since}
    )


def subjects():
    return [each.subject for each in mail.outbox]


@pytest.mark.django_db(transaction=True)
def test_a_round_and_a_worker_show_that_they_work(clock):
    run("tick")
    run_worker()
    found = health.look_at([health.clock, health.worker])
    assert {each.state for each in found.values()} == {State.OK}
    assert found["clock"].text == "It last worked less than a minute ago."


@pytest.mark.django_db(transaction=True)
def test_the_pulse_queues_itself_once_a_minute_and_keeps_no_records(clock):
    for _ in range(3):
        watching.watched_round()
        run_worker()
        clock.shift(MINUTE)
    waiting = DBTaskResult.objects.filter(status="READY")
    assert waiting.count() == 1
    assert DBTaskResult.objects.count() <= 2  # and the one that ran last


def test_the_clock_mails_that_the_worker_stopped_once_an_hour(clock):
    worked("clock")
    worked("worker", ago=timedelta(minutes=6))
    for _ in range(5):
        watching.watched_round()
        clock.shift(12 * MINUTE)
    assert subjects() == [
        "[127.0.0.1] worker: It last worked 6 minutes ago. See its log, and restart: "
        "manage.py db_worker"
    ]
    watching.watched_round()
    assert len(mail.outbox) == 2


def test_the_worker_mails_that_the_clock_stopped(clock):
    worked("worker")
    worked("clock", ago=timedelta(minutes=14))
    watching.pulse.call()
    assert mail.outbox == []
    clock.shift(2 * MINUTE)
    watching.pulse.call()
    [subject] = subjects()
    assert "clock: It last worked 16 minutes ago." in subject


def test_a_long_job_or_task_is_no_silence(clock):
    now = timezone.now()
    worked("clock", ago=timedelta(minutes=40))
    worked("worker", ago=timedelta(minutes=10))
    JobRun.objects.create(job="x.y", slot=now, started_at=now - timedelta(minutes=40))
    watching.pulse.enqueue()
    DBTaskResult.objects.update(status="RUNNING", started_at=now - timedelta(minutes=10))
    found = health.look_at([health.clock, health.worker])
    assert {each.state for each in found.values()} == {State.OK}


def test_after_a_long_stop_each_gives_the_other_five_minutes_to_start(clock, idle):
    worked("clock", ago=timedelta(days=2), since=timedelta(days=9))
    worked("worker", ago=timedelta(days=2), since=timedelta(days=9))
    watching.watched_round()
    assert mail.outbox == []
    assert idle == []  # it is not well either
    for _ in range(5):
        clock.shift(MINUTE)
        watching.watched_round()
    assert len(mail.outbox) == 1


def test_after_a_round_in_which_nothing_is_broken_all_is_well(clock, idle):
    worked("worker")
    watching.watched_round()
    assert idle == ["ping"]


def test_without_a_database_the_clock_mails_and_runs_no_job(clock, idle, monkeypatch):
    monkeypatch.setattr(tick, "EVERY_MINUTE", Registry(lambda: pytest.fail("a job ran")))

    def refuse(*_):
        raise OperationalError("connection refused\nfor the second time")

    with monkeypatch.context() as patched:
        patched.setattr(connection, "cursor", refuse)
        said = watching.watched_round()
    assert said == ["database: connection refused"]
    [subject] = subjects()
    assert subject.endswith(said[0])
    assert idle == []


def test_a_mail_that_was_not_accepted_is_tried_again_and_a_full_disk_stops_no_mail(
    clock, settings, monkeypatch
):
    with monkeypatch.context() as patched:
        patched.setattr(watching, "mail_admins", refuse_mail)
        assert not watching.tell("worker", "It is dead.")
    settings.DATA_DIR = settings.DATA_DIR / "none"  # no marker can be written
    assert watching.tell("worker", "It is dead.")
    assert not watching.tell("worker", "It is dead.")
    assert watching.tell("clock", "It is dead, reader@example.com.")
    assert "reader@example.com" not in mail.outbox[-1].body


def refuse_mail(**_):
    raise ConnectionRefusedError


def test_another_process_of_the_machine_does_not_mail_again(clock):
    assert watching.tell("worker", "It is dead.")
    watching._told.clear()
    assert not watching.tell("worker", "It is dead.")
