"""The clock runs every job, a failing job stops no other, and no slot comes twice."""

import threading
from datetime import UTC, datetime, timedelta
from io import StringIO
from zoneinfo import ZoneInfo

import pytest
from cronsim import CronSimError
from django.core.management import call_command
from django.db import DatabaseError, connection
from django.tasks import TaskResultStatus
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from config import tick as clockwork
from config.models import JobRun
from config.registry import Registry
from config.tick import Scheduled, claim, newest_slot, path_of, reap_tasks, tick
from tests.bystanders import unchanged

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
ENDED = [TaskResultStatus.SUCCESSFUL, TaskResultStatus.SUCCESSFUL, TaskResultStatus.FAILED]
DAILY = "17 5 * * *"
JOB = f"{__name__}.say_done"
OTHER_JOB = f"{__name__}.say_nothing"


def say_done():
    return "one thing done"


def say_nothing():
    return ""


def break_down():
    raise RuntimeError("broken")


@pytest.fixture
def only(monkeypatch):
    """Run these jobs and no others."""

    def set_jobs(*every_minute, **scheduled):
        jobs = [globals()[name] for name in every_minute]
        timed = [Scheduled(when, globals()[name]) for name, when in scheduled.items()]
        monkeypatch.setattr(clockwork, "EVERY_MINUTE", Registry(*jobs))
        monkeypatch.setattr(clockwork, "SCHEDULED", Registry(*timed))

    return set_jobs


def at(text, zone="UTC", fold=0):
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone), fold=fold)


def test_jobs_report_what_they_did(only):
    only("say_done", "say_nothing")
    assert tick() == ["one thing done"]


def test_a_broken_job_is_logged_and_the_next_one_runs(only, caplog):
    only("break_down", "say_done")
    assert tick() == ["one thing done"]
    assert "break_down failed" in caplog.text


def test_the_real_jobs_run_on_an_empty_site_and_find_nothing():
    call_command("tick", stdout=StringIO())  # makes the first draft
    out = StringIO()
    call_command("tick", stdout=out)
    assert out.getvalue() == ""
    assert not JobRun.objects.exclude(error="").exists()


def test_the_real_schedules_have_a_time_each_day():
    now = timezone.now()
    for scheduled in clockwork.SCHEDULED:
        assert now - timedelta(days=1) <= newest_slot(scheduled.expression, now) <= now


def test_a_schedule_that_cannot_be_read_is_refused_when_it_is_registered():
    with pytest.raises(CronSimError):
        Scheduled("every night", say_done)


def test_a_job_registered_twice_is_refused():
    jobs = Registry(say_done, say_nothing)
    with pytest.raises(ValueError, match=r"say_done.* registered twice"):
        jobs.register(break_down, say_done)


def test_jobs_run_in_the_order_of_the_apps_and_of_registration():
    paths = [path_of(job) for job in clockwork.EVERY_MINUTE]
    assert paths[:2] == [
        "glossary.terms.publishing.publish_due",
        "glossary.mentions.relinking.relink_changed",
    ]
    assert paths[-1] == "config.tick.prune_tasks"


def test_a_scheduled_job_runs_once_a_slot_however_often_the_clock_ticks(only, clock):
    only(say_done=DAILY)
    assert tick() == ["one thing done"]
    clock.shift(60)
    assert tick() == []
    run = JobRun.objects.get()
    assert (run.slot, run.report, run.error) == (at("2026-11-23T05:17"), "one thing done", "")
    assert run.finished_at is not None
    clock.shift(24 * 3600)
    assert tick() == ["one thing done"]


def test_missed_slots_are_caught_up_by_the_newest_one(only, clock):
    only(say_done="*/15 * * * *")
    tick()
    clock.shift(5 * 3600)
    assert tick() == ["one thing done"]
    assert tick() == []
    slots = JobRun.objects.values_list("slot", flat=True)
    assert list(slots) == [at("2026-11-23T14:00"), at("2026-11-23T09:00")]


def test_a_slot_missed_for_more_than_a_day_is_let_go(only, clock):
    only(say_done="0 8 * * SUN")  # it is Monday, 9 o'clock
    assert tick() == []


def test_a_job_that_fails_leaves_its_error_and_comes_again_at_its_next_time(only, clock):
    only(break_down="0 * * * *")
    tick()
    run = JobRun.objects.get()
    assert (run.error, run.finished_at is None) == ("RuntimeError: broken", False)
    clock.shift(600)
    tick()
    assert JobRun.objects.count() == 1
    clock.shift(3600)
    tick()
    assert JobRun.objects.count() == 2


def test_a_run_whose_process_died_is_taken_over_after_an_hour_once(clock):
    assert claim(JOB, DAILY)
    clock.shift(3599)
    assert claim(JOB, DAILY) is None
    clock.shift(2)
    assert claim(JOB, DAILY)
    assert claim(JOB, DAILY) is None


def test_a_slow_run_is_not_met_by_the_next_slot(clock):
    assert claim(JOB, "*/15 * * * *")
    clock.shift(900)
    assert claim(JOB, "*/15 * * * *") is None
    JobRun.objects.update(finished_at=timezone.now())
    assert claim(JOB, "*/15 * * * *").slot == at("2026-11-23T09:15")


@pytest.mark.django_db(transaction=True)
def test_of_many_clocks_that_tick_at_once_one_runs_the_job():
    won, barrier = [], threading.Barrier(6)

    def race():
        barrier.wait()
        if claim(JOB, DAILY):
            won.append(threading.get_ident())
        connection.close()

    racers = [threading.Thread(target=race) for _ in range(6)]
    for racer in racers:
        racer.start()
    for racer in racers:
        racer.join()
    assert len(won) == 1
    assert JobRun.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_many_clocks_one_takes_over_from_a_dead_process():
    long_ago = timezone.now() - timedelta(hours=2)
    JobRun.objects.create(job=JOB, slot=newest_slot(DAILY, timezone.now()), started_at=long_ago)
    won, barrier = [], threading.Barrier(6)

    def race():
        barrier.wait()
        if claim(JOB, DAILY):
            won.append(1)
        connection.close()

    racers = [threading.Thread(target=race) for _ in range(6)]
    for racer in racers:
        racer.start()
    for racer in racers:
        racer.join()
    assert len(won) == 1


NEW_YORK, CAIRO, APIA = "America/New_York", "Africa/Cairo", "Pacific/Apia"


@pytest.mark.parametrize(
    ("zone", "expression", "start", "hours", "slots"),
    [
        # 8 March 2026: after 1:59 comes 3:00. What was for 2:30 comes right after the gap.
        (NEW_YORK, "30 2 * * *", "2026-03-07T12:00", 36, ["2026-03-08T07:00Z"]),
        (NEW_YORK, "17 5 * * *", "2026-03-07T12:00", 36, ["2026-03-08T09:17Z"]),
        # 1 November 2026: 1:00 to 1:59 comes twice. What is for 1:30 comes the first time only.
        (NEW_YORK, "30 1 * * *", "2026-10-31T12:00", 36, ["2026-11-01T05:30Z"]),
        (NEW_YORK, "17 5 * * *", "2026-10-31T12:00", 36, ["2026-11-01T10:17Z"]),
        # Cairo skips midnight itself on the last Friday of April, and shows 23:00 to 23:59 twice
        # on the last Thursday of October.
        (CAIRO, "30 0 * * *", "2026-04-23T12:00", 24, ["2026-04-23T22:00Z"]),
        (CAIRO, "30 23 * * *", "2026-10-29T12:00", 24, ["2026-10-29T20:30Z"]),
        # Samoa had no 30 December 2011: its job comes as the 31st begins, then that day's own.
        (
            APIA,
            "17 5 * * *",
            "2011-12-29T12:00",
            48,
            ["2011-12-30T10:00Z", "2011-12-30T15:17Z", "2011-12-31T15:17Z"],
        ),
    ],
)
def test_daily_jobs_come_once_a_day_across_clock_changes(
    settings, zone, expression, start, hours, slots
):
    """Tick every five minutes and look which slots come up."""
    settings.TIME_ZONE = zone
    begin = at(start, zone).astimezone(UTC)
    minutes = (begin + timedelta(minutes=minute) for minute in range(0, hours * 60, 5))
    with timezone.override(zone):
        seen = dict.fromkeys(newest_slot(expression, minute) for minute in minutes)
    found = [slot for slot in seen if slot and slot > begin]
    assert found == [datetime.fromisoformat(slot) for slot in slots]


@pytest.mark.parametrize("start", ["2026-03-08T00:00", "2026-11-01T00:00"])
def test_jobs_of_every_quarter_hour_follow_real_time_across_clock_changes(start):
    begin = at(start, NEW_YORK).astimezone(UTC)
    with timezone.override(NEW_YORK):
        seen = {
            newest_slot("*/15 * * * *", begin + timedelta(minutes=m)) for m in range(0, 6 * 60, 3)
        }
    assert sorted(seen) == [begin + timedelta(minutes=15 * quarter) for quarter in range(24)]


def test_the_slot_is_the_same_whatever_second_the_clock_ticks_at():
    for second in (0, 1, 59):
        now = at(f"2026-11-23T05:17:{second:02}")
        assert newest_slot(DAILY, now) == at("2026-11-23T05:17")
    assert newest_slot(DAILY, at("2026-11-23T05:16:59")) == at("2026-11-22T05:17")


def make_task(minutes_ago, workers=1, status=TaskResultStatus.RUNNING):
    now = timezone.now()
    return DBTaskResult.objects.create(
        status=status,
        started_at=now - timedelta(minutes=minutes_ago),
        run_after=now,
        args_kwargs={"args": [1], "kwargs": {}},
        task_path="newsletter.mailing.outbox.send_task",
        backend_name="default",
        worker_ids=[f"w{number}" for number in range(workers)],
        exception_class_path="",
        traceback="",
    )


def test_tasks_whose_worker_died_go_back_to_the_queue(clock):
    stuck, busy = make_task(16), make_task(14)
    done = make_task(60, status=TaskResultStatus.SUCCESSFUL)
    assert reap_tasks() == "1 stuck task put back"
    for task, status in ((stuck, "READY"), (busy, "RUNNING"), (done, "SUCCESSFUL")):
        task.refresh_from_db()
        assert task.status == status
    assert reap_tasks() == ""


def test_a_task_that_takes_every_worker_down_is_given_up_and_operators_hear(clock, caplog):
    task = make_task(16, workers=5)
    assert reap_tasks() == ""
    task.refresh_from_db()
    assert (task.status, task.finished_at is None) == ("FAILED", False)
    assert "newsletter.mailing.outbox.send_task took 5 workers down" in caplog.text


def test_a_task_that_another_worker_took_meanwhile_is_left_alone(clock, monkeypatch):
    task = make_task(16)
    stale = DBTaskResult.objects.get(pk=task.pk)
    DBTaskResult.objects.filter(pk=task.pk).update(started_at=timezone.now())
    assert clockwork._move(stale, status=TaskResultStatus.READY) == 0


def test_records_of_the_clock_are_kept_for_a_month(clock):
    for days in (29, 31):
        now = timezone.now() - timedelta(days=days)
        JobRun.objects.create(job=JOB, slot=now, started_at=now)
    assert clockwork.prune_runs() == "1 record of the clock deleted"
    assert JobRun.objects.count() == 1


def test_a_database_that_hiccups_does_not_end_the_clock(only, monkeypatch, caplog):
    def hiccup(*_):
        raise DatabaseError("database is locked")

    only("say_done", say_nothing="* * * * *")
    monkeypatch.setattr("config.tick.claim", hiccup)
    assert tick() == ["one thing done"]
    assert "it tries again in a minute" in caplog.text


def test_jobs_of_one_time_each_have_their_run(only):
    only(say_done=DAILY, say_nothing=DAILY)
    tick()
    assert set(JobRun.objects.values_list("job", "report")) == {
        (JOB, "one thing done"), (OTHER_JOB, ""),
    }  # fmt: skip


def test_a_job_that_is_under_way_holds_up_no_other(clock):
    assert claim(OTHER_JOB, DAILY)
    assert claim(JOB, DAILY)


def test_a_finished_run_is_not_taken_over(only, clock):
    only(say_done=DAILY)
    tick()
    clock.shift(2 * 3600)
    assert tick() == []


def test_taking_a_run_over_leaves_the_others_dead(clock):
    long_ago = timezone.now() - timedelta(hours=2)
    slot = newest_slot(DAILY, timezone.now())
    mine, other = (
        JobRun.objects.create(job=job, slot=slot, started_at=long_ago) for job in (JOB, OTHER_JOB)
    )
    with unchanged(other):
        assert claim(JOB, DAILY).pk == mine.pk


def test_a_run_ends_its_own_record_only(only, clock):
    other = JobRun.objects.create(
        job=OTHER_JOB, slot=at("2026-11-22T05:17"), started_at=timezone.now()
    )
    only(say_done=DAILY)
    with unchanged(other):
        assert tick() == ["one thing done"]


def test_of_two_stuck_tasks_each_meets_its_own_end(clock):
    again, given_up = make_task(16), make_task(16, workers=5)
    assert reap_tasks() == "1 stuck task put back"
    again.refresh_from_db()
    given_up.refresh_from_db()
    assert (again.status, given_up.status) == ("READY", "FAILED")
    assert given_up.exception_class_path == "builtins.TimeoutError"


def test_a_task_that_ended_meanwhile_is_left_alone(clock):
    task = make_task(16)
    stale = DBTaskResult.objects.get(pk=task.pk)
    DBTaskResult.objects.update(status=TaskResultStatus.SUCCESSFUL)
    with unchanged(task):
        assert clockwork._move(stale, status=TaskResultStatus.READY) == 0


def test_finished_tasks_are_kept_for_a_week(clock):
    kept = [make_task(60), make_task(60, status=TaskResultStatus.READY)]
    old, young, failed = (make_task(60, status=status) for status in ENDED)
    for task, days in ((old, 7.1), (young, 6.9), (failed, 7.1)):
        task.finished_at = timezone.now() - timedelta(days=days)
        task.save()
    with unchanged(*kept, young):
        assert clockwork.prune_tasks() == "2 finished tasks deleted"
    assert DBTaskResult.objects.count() == len(kept) + 1


def test_numbers_of_the_clock_are_as_decided():
    """Docs for operators name them."""
    assert (clockwork.FINISHED_TASKS_KEPT, clockwork.RUNS_KEPT) == (7 * DAY, 30 * DAY)
    assert (clockwork.OLDEST_SLOT, clockwork.TAKEN_OVER_AFTER) == (DAY, DAY / 24)
    assert (timedelta(minutes=15), 5) == (clockwork.STUCK_AFTER, clockwork.MOST_WORKERS)
