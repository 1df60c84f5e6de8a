"""What an operator wants to know about a running site.

A look takes no arguments and returns a Finding. /healthz, /metrics, `manage.py doctor` and the
clock's alarms all ask the same looks. Apps register theirs in LOOKS.
"""

import shutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.db.models import Case, F, Min, When
from django.template.defaultfilters import filesizeformat
from django.utils import timezone
from django.utils.timesince import timesince
from django_tasks_db.models import DBTaskResult, get_date_max

from config.backups.folder import newest_backup
from config.models import Heartbeat, JobRun
from config.registry import Registry
from config.static_files import uncollected
from config.tick import STUCK_AFTER, TAKEN_OVER_AFTER

CLOCK, WORKER = "clock", "worker"
# Both show each minute that they work, unless a job or task takes longer. The first start of a
# clock, which fetches all series, takes minutes.
LATE_AFTER = {CLOCK: timedelta(minutes=15), WORKER: timedelta(minutes=5)}
# A backup is made each night.
BACKUP_LATE_AFTER = timedelta(hours=50)
METRICS = "text/plain; version=0.0.4; charset=utf-8"  # the media type of Prometheus
LITTLE_SPACE, NO_SPACE = 2_000_000_000, 200_000_000  # bytes


class State(StrEnum):
    OK = "ok"
    UNSEEN = "not seen"  # it could not be looked at
    LOOK = "look at"
    BROKEN = "broken"


@dataclass(frozen=True, slots=True)
class Finding:
    """A state, what was seen and what to do, and what was measured, for /metrics."""

    state: State
    text: str
    number: float | None = None

    @property
    def level(self) -> int:
        return list(State).index(self.state)


def either(is_right: bool, right: str, wrong: str) -> Finding:
    """Return a Finding that is OK or BROKEN."""
    return Finding(State.OK, right) if is_right else Finding(State.BROKEN, wrong)


type Look = Callable[[], Finding]


def database() -> Finding:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return Finding(State.OK, f"{connection.display_name} answers.")


def migrations() -> Finding:
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if plan:
        first = f"{plan[0][0].app_label}.{plan[0][0].name}"
        text = f"{len(plan)} are not applied, first {first}. Run: manage.py migrate"
        return Finding(State.BROKEN, text, len(plan))
    return Finding(State.OK, "All are applied.", 0)


def static_files() -> Finding:
    if names := uncollected():
        text = f"{len(names)} were not collected since they changed, such as {names[0]}."
        text += " Run: manage.py collectstatic, then restart the site."
        return Finding(State.LOOK, text, len(names))
    return Finding(State.OK, "They are collected.", 0)


def clock() -> Finding:
    runs = JobRun.objects.filter(finished_at=None)
    is_busy = runs.filter(started_at__gt=timezone.now() - TAKEN_OVER_AFTER).exists
    return _heartbeat(CLOCK, "manage.py tick --loop", is_busy)


def worker() -> Finding:
    tasks = DBTaskResult.objects.running()
    is_busy = tasks.filter(started_at__gt=timezone.now() - STUCK_AFTER).exists
    return _heartbeat(WORKER, "manage.py db_worker", is_busy)


def _heartbeat(process: str, command: str, is_busy: Callable[[], bool]) -> Finding:
    beat = Heartbeat.objects.filter(process=process).first()
    if beat is None:
        return Finding(State.BROKEN, f"It has never run. Start: {command}")
    text, seconds = f"It last worked {ago(beat.at)}.", age(beat.at)
    if seconds > LATE_AFTER[process].total_seconds() and not is_busy():
        return Finding(State.BROKEN, f"{text} See its log, and restart: {command}", seconds)
    return Finding(State.OK, text, seconds)


def tasks() -> Finding:
    """Return a Finding: how long tasks have waited for a worker."""
    never = When(run_after=get_date_max(), then=F("enqueued_at"))
    since = Case(never, default=F("run_after"))
    oldest = DBTaskResult.objects.ready().order_by().aggregate(at=Min(since))["at"]
    if oldest is None:
        return Finding(State.OK, "None waits.", 0)
    text, seconds = f"The oldest was due {ago(oldest)}.", age(oldest)
    if seconds > LATE_AFTER[WORKER].total_seconds():
        return Finding(State.LOOK, f"{text} Is the worker down, or too slow?", seconds)
    return Finding(State.OK, text, seconds)


def disk() -> Finding:
    """Return a Finding: how much room is left on the disks of DATA_DIR and BACKUP_DIR."""
    folders = (Path(settings.DATA_DIR), Path(settings.BACKUP_DIR))
    free = {shutil.disk_usage(each).free: each for each in folders if each.exists()}
    least = min(free)
    state = State.BROKEN if least < NO_SPACE else State.LOOK if least < LITTLE_SPACE else State.OK
    text = f"{filesizeformat(least)} are free in {free[least]}.".replace("\xa0", " ")
    return Finding(state, text if state is State.OK else f"{text} Make room.", least)


def backups() -> Finding:
    newest = newest_backup()
    if newest is None:
        text = f"None is in {settings.BACKUP_DIR}. Run each night: manage.py backup"
        return Finding(State.LOOK, text)
    text, seconds = f"The newest was made {ago(newest)}.", age(newest)
    if seconds > BACKUP_LATE_AFTER.total_seconds():
        return Finding(State.LOOK, f"{text} See why manage.py backup did not run.", seconds)
    return Finding(State.OK, text, seconds)


# What no page can do without.
ESSENTIAL: tuple[Look, ...] = (database, migrations)
LOOKS = Registry[Look](clock, worker, tasks, disk, backups, static_files)


def look_at(looks: Iterable[Look]) -> dict[str, Finding]:
    """Return what was found, by the name of the look."""
    return {each.__name__.replace("_", " "): found_by(each) for each in looks}


def look_at_all() -> dict[str, Finding]:
    return look_at((*ESSENTIAL, *LOOKS))


def broken(found: dict[str, Finding]) -> dict[str, Finding]:
    return {name: each for name, each in found.items() if each.state is State.BROKEN}


def as_metrics() -> str:
    """Return all that was found in the text format of Prometheus.

    Names of looks are words of ours, and numbers need no quoting, so no library does it shorter.
    """
    found = {name.replace(" ", "_"): each for name, each in look_at_all().items()}
    lines = ["# HELP site_state 0 ok, 1 not seen, 2 look at, 3 broken", "# TYPE site_state gauge"]
    lines += [f'site_state{{look="{name}"}} {each.level}' for name, each in found.items()]
    lines += ["# HELP site_measure seconds, bytes or a count", "# TYPE site_measure gauge"]
    measured = ((name, each.number) for name, each in found.items() if each.number is not None)
    lines += [f'site_measure{{look="{name}"}} {number:.15g}' for name, number in measured]
    return "\n".join(lines) + "\n"


def found_by(look: Look) -> Finding:
    """Return the Finding of a look; if it cannot look, one that says why."""
    try:
        return look()
    except (DatabaseError, OSError) as error:
        state = State.BROKEN if look is database else State.UNSEEN
        return Finding(state, str(error).partition("\n")[0])


def age(at: datetime) -> float:
    return max(0.0, (timezone.now() - at).total_seconds())


def ago(at: datetime) -> str:
    if age(at) < 60:
        return "less than a minute ago"
    return f"{timesince(at, depth=1)} ago".replace("\xa0", " ")
