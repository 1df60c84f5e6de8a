"""The clock: what is due is found in the database, so a restart or a clock jump loses nothing.

A job takes no arguments, finds in the database what is due, may run any number of times, and
returns one line of what it did, or "". Jobs in EVERY_MINUTE run at each tick; those in SCHEDULED
at the times of a cron expression, each at most once a time however many clocks tick: the clock
that inserts the row (job, slot) runs it.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from cronsim import CronSim
from django.db import DatabaseError, connection
from django.tasks import TaskResultStatus
from django.template.defaultfilters import pluralize
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from config.models import JobRun
from config.registry import Registry

logger = logging.getLogger(__name__)

FINISHED_TASKS_KEPT = timedelta(days=7)
RUNS_KEPT = timedelta(days=30)
# A slot missed for longer than this is not caught up.
LATE = timedelta(days=1)
# A run that has not finished by then belongs to a process that died.
TAKEN_OVER_AFTER = timedelta(hours=1)
# No task of ours runs for minutes: one that does lost its worker to SIGKILL or the power switch.
STUCK_AFTER = timedelta(minutes=15)
# A task that took this many workers down with it is not given to another one.
MOST_WORKERS = 5

type Job = Callable[[], str]


@dataclass(frozen=True, slots=True)
class Scheduled:
    """A job and its times: minute, hour, day, month and weekday in TIME_ZONE.

    Raises CronSimError where they cannot be read.
    """

    expression: str
    job: Job

    def __post_init__(self) -> None:
        CronSim(self.expression, timezone.now())


EVERY_MINUTE = Registry[Job]()
SCHEDULED = Registry[Scheduled]()


def tick() -> list[str]:
    """Run every job that is due and return what they did. One that fails stops no other."""
    reports = [_run(job) or "" for job in EVERY_MINUTE]
    for scheduled in SCHEDULED:
        path = path_of(scheduled.job)
        try:
            if run := claim(path, scheduled.expression):
                reports.append(_run_slot(run, scheduled.job))
        except DatabaseError:
            # A locked or restarting database: the slot is still there at the next tick.
            logger.exception("The clock could not take up %s; it tries again in a minute.", path)
    return [report for report in reports if report]


def path_of(job: Job) -> str:
    """Name a job in logs and in the rows of its runs."""
    return f"{job.__module__}.{job.__qualname__}"


def newest_slot(expression: str, now: datetime) -> datetime | None:
    """Return the last time a cron expression named, at most a day ago, or None.

    Times are those of the site's zone, by the rules of Debian's cron: a time of day that the
    clock skips comes right after the gap, one that it shows twice comes once, while jobs of
    every hour or minute follow real time.
    """
    found = None
    # Backwards CronSim would miss a time in the second pass of a doubled hour: walk forwards.
    for slot in CronSim(expression, timezone.localtime(now - LATE)):
        if slot > now:
            break
        found = slot
    return found.astimezone(UTC) if found else None


def claim(path: str, expression: str) -> JobRun | None:
    """Take a job's newest slot, or None where it is taken, still running, or not come yet."""
    now = timezone.now()
    slot = newest_slot(expression, now)
    if slot is None or _is_under_way(path, now):
        return None
    run, is_ours = JobRun.objects.get_or_create(job=path, slot=slot, defaults={"started_at": now})
    return run if is_ours or _take_over(run, now) else None


def _is_under_way(path: str, now: datetime) -> bool:
    """Tell whether the slot before is still being worked on: two at once would meet each other."""
    begun = JobRun.objects.filter(job=path, finished_at=None)
    return begun.filter(started_at__gt=now - TAKEN_OVER_AFTER).exists()


def _take_over(run: JobRun, now: datetime) -> bool:
    """Win a run whose process died, against every other clock that tries."""
    dead = JobRun.objects.filter(
        pk=run.pk, finished_at=None, started_at__lte=now - TAKEN_OVER_AFTER
    )
    return dead.update(started_at=now) == 1


def _run_slot(run: JobRun, job: Job) -> str:
    said: list[str] = []
    report = _run(job, said.append)
    JobRun.objects.filter(pk=run.pk).update(
        finished_at=timezone.now(), report=report or "", error="".join(said)
    )
    return report or ""


def _run(job: Job, tell: Callable[[str], object] = lambda _: None) -> str | None:
    """Run one job; log and `tell` an error instead of raising it."""
    try:
        return job()
    except Exception as error:
        logger.exception("The clock's job %s failed; it runs again at its next time.", path_of(job))
        tell(f"{type(error).__name__}: {error}")
        # A connection in somebody's transaction is his to close.
        if not connection.in_atomic_block:
            connection.close_if_unusable_or_obsolete()
        return None


def prune_tasks() -> str:
    """Delete the records of finished tasks after a week."""
    old = DBTaskResult.objects.finished().filter(
        finished_at__lt=timezone.now() - FINISHED_TASKS_KEPT
    )
    count, _ = old.delete()
    return f"{count} finished tasks deleted" if count else ""


def prune_runs() -> str:
    """Delete what was kept of scheduled runs after a month."""
    count, _ = JobRun.objects.filter(started_at__lt=timezone.now() - RUNS_KEPT).delete()
    return f"{count} record{pluralize(count)} of the clock deleted" if count else ""


def reap_tasks() -> str:
    """Give tasks whose worker died to another one. All our tasks may run twice.

    A task that goes down with its worker again and again is failed, and the operators hear of it.
    """
    found = DBTaskResult.objects.running().filter(started_at__lt=timezone.now() - STUCK_AFTER)
    stuck = list(found)
    again = [task for task in stuck if len(task.worker_ids) < MOST_WORKERS]
    count = sum(_move(task, status=TaskResultStatus.READY) for task in again)
    for task in stuck:
        if task not in again and _give_up(task):
            logger.error("The task %s took %s workers down.", task.task_path, MOST_WORKERS)
    return f"{count} stuck task{pluralize(count)} put back" if count else ""


def _give_up(task: Any) -> int:
    return _move(
        task,
        status=TaskResultStatus.FAILED,
        finished_at=timezone.now(),
        exception_class_path="builtins.TimeoutError",
        traceback="Its workers died before it was done.",
    )


def _move(task: Any, **fields: object) -> int:
    """Change a task that is still as it was seen; return how many rows that was."""
    same = DBTaskResult.objects.running().filter(pk=task.pk, started_at=task.started_at)
    return same.update(**fields)
