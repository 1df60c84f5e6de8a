"""The clock. It finds in the database what is due, so a restart or a clock jump loses nothing.

A job takes no arguments, finds in the database what is due, may run any number of times, and
returns one line about what it did, or "". Jobs in EVERY_MINUTE run at each tick; those in SCHEDULED
at the times of a cron expression, each at most once per time with any number of clocks: the clock
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
# A slot that was missed for longer than this is skipped.
OLDEST_SLOT = timedelta(days=1)
# The process of a run that has not finished by then has died.
TAKEN_OVER_AFTER = timedelta(hours=1)
# Our tasks take seconds. The worker of one that runs longer died (SIGKILL, a power cut).
STUCK_AFTER = timedelta(minutes=15)
# A task whose workers died this many times has failed.
MOST_WORKERS = 5

type Job = Callable[[], str]


@dataclass(frozen=True, slots=True)
class Scheduled:
    """A job and its times: minute, hour, day, month and weekday in TIME_ZONE.

    Raises CronSimError when they cannot be read.
    """

    expression: str
    job: Job

    def __post_init__(self) -> None:
        CronSim(self.expression, timezone.now())


EVERY_MINUTE = Registry[Job]()
SCHEDULED = Registry[Scheduled]()


def tick() -> list[str]:
    """Run every due job and return what they did. A job that fails does not stop the others."""
    reports = [_run(job) or "" for job in EVERY_MINUTE]
    for scheduled in SCHEDULED:
        path = path_of(scheduled.job)
        try:
            if run := claim(path, scheduled.expression):
                reports.append(_run_slot(run, scheduled.job))
        except DatabaseError:
            # The database is locked or restarting; the next tick finds the slot again.
            logger.exception("The clock could not claim %s; it tries again in a minute.", path)
    return [report for report in reports if report]


def path_of(job: Job) -> str:
    """Return the name of a job in logs and in the rows of its runs."""
    return f"{job.__module__}.{job.__qualname__}"


def newest_slot(expression: str, now: datetime) -> datetime | None:
    """Return the last time that matches a cron expression, at most a day ago, or None.

    Times are in the site's zone, by the rules of Debian's cron: a time that a clock change skips
    comes right after the gap, a repeated one comes once, and jobs of every hour or minute follow
    real time.
    """
    found = None
    # Forwards, because CronSim misses times in a repeated hour when it goes backwards.
    for slot in CronSim(expression, timezone.localtime(now - OLDEST_SLOT)):
        if slot > now:
            break
        found = slot
    return found.astimezone(UTC) if found else None


def claim(path: str, expression: str) -> JobRun | None:
    """Claim a job's newest slot; None when it is claimed, still running, or not due."""
    now = timezone.now()
    slot = newest_slot(expression, now)
    begun = JobRun.objects.filter(job=path, finished_at=None)
    # Runs never overlap.
    if slot is None or begun.filter(started_at__gt=now - TAKEN_OVER_AFTER).exists():
        return None
    run, is_ours = JobRun.objects.get_or_create(job=path, slot=slot, defaults={"started_at": now})
    # One clock takes over a run whose process died.
    dead = begun.filter(pk=run.pk, started_at__lte=now - TAKEN_OVER_AFTER)
    return run if is_ours or dead.update(started_at=now) else None


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
        # A connection inside a caller's transaction stays open.
        if not connection.in_atomic_block:
            connection.close_if_unusable_or_obsolete()
        return None


def prune_tasks() -> str:
    old = DBTaskResult.objects.finished().filter(
        finished_at__lt=timezone.now() - FINISHED_TASKS_KEPT
    )
    count, _ = old.delete()
    return f"{count} finished tasks deleted" if count else ""


def prune_runs() -> str:
    count, _ = JobRun.objects.filter(started_at__lt=timezone.now() - RUNS_KEPT).delete()
    return f"{count} record{pluralize(count)} of the clock deleted" if count else ""


def reap_tasks() -> str:
    """Put tasks whose worker died back into the queue. All our tasks may run twice.

    A task whose workers died MOST_WORKERS times fails, and the operators get a mail.
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
    """Update a task if it has not changed since it was read; return the number of rows."""
    same = DBTaskResult.objects.running().filter(pk=task.pk, started_at=task.started_at)
    return same.update(**fields)
