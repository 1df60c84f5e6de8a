"""Clock and worker show that they work, watch each other, and tell the operators.

The clock mails what is broken at the end of each round. The worker's pulse is a task that queues
itself again for a minute later; it mails when the clock has stopped. The clock starts the pulse.
Both tell nothing in their first five minutes, in which the other may still be starting. They mail
without database and worker, for what stops the usual way (config/logs.py). No visitor waits for it,
although a mail server may take half a minute.
"""

import logging
import os
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.mail import mail_admins
from django.db import DatabaseError
from django.tasks import TaskResultStatus, task
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from config import health
from config.health import CLOCK, LATE_AFTER, WORKER, Finding, State
from config.logs import redact
from config.models import Heartbeat
from config.registry import Registry
from config.tick import tick

logger = logging.getLogger(__name__)

MINUTE = timedelta(minutes=1)
PATIENCE = timedelta(minutes=5)
# Called after each round of the clock in which nothing was found broken.
ALL_IS_WELL = Registry[Callable[[], object]]()
HOUR = 3600  # between two mails about one cause
# When each cause was last mailed, where the disk takes no file.
_told: dict[str, float] = {}


def watched_round() -> list[str]:
    """Run a round of the clock, tell what is broken, and return what was done and found."""
    try:
        beat(CLOCK)
        start_pulse()
        is_settled = _is_settled(CLOCK)
    except DatabaseError as error:
        # Each job would fail in turn, after a long wait if the server does not answer at all.
        return _tell({"database": Finding(State.BROKEN, str(error).partition("\n")[0])})
    done = tick()
    found = health.broken(health.look_at_all())
    for call in () if found else ALL_IS_WELL:
        call()
    return done + (_tell(found) if is_settled else [])


def beat(process: str) -> None:
    now = timezone.now()
    row, _ = Heartbeat.objects.get_or_create(process=process, defaults={"since": now, "at": now})
    row.since = now if now - row.at > LATE_AFTER[process] else row.since
    row.at = now
    row.save()


def _is_settled(process: str) -> bool:
    since = timezone.now() - PATIENCE
    return Heartbeat.objects.filter(process=process, since__lte=since).exists()


def start_pulse() -> None:
    """Queue the worker's pulse unless it is queued."""
    if not _pulses(TaskResultStatus.READY).exists():
        pulse.enqueue()


@task(priority=100)
def pulse() -> None:
    """Show that the worker works, and tell the operators if the clock does not."""
    beat(WORKER)
    if _is_settled(WORKER):
        _tell(health.broken(health.look_at([health.clock])))
    _pulses(TaskResultStatus.SUCCESSFUL).delete()
    if pulse.get_backend().supports_defer and not _pulses(TaskResultStatus.READY).exists():
        pulse.using(run_after=timezone.now() + MINUTE).enqueue()


def _pulses(status: TaskResultStatus) -> Any:
    return DBTaskResult.objects.filter(task_path=pulse.module_path, status=status)


def _tell(broken: dict[str, Finding]) -> list[str]:
    for cause, finding in broken.items():
        tell(cause, finding.text)
    return [f"{cause}: {finding.text}" for cause, finding in broken.items()]


def tell(cause: str, text: str) -> bool:
    """Mail OPERATORS now, at most once an hour for a cause; return whether a mail went out."""
    marker = Path(settings.DATA_DIR) / f"told-{cause.replace(' ', '-')}"
    told = _told.get(cause, 0.0)
    with suppress(OSError):
        told = max(told, marker.stat().st_mtime)
    if time.time() - told < HOUR or not settings.ADMINS:
        return False
    try:
        mail_admins(subject=f"{cause}: {text}"[:200], message=redact(text))
    except OSError as error:  # smtplib's errors are OSErrors
        logger.warning("The operators could not be mailed about %s: %r", cause, error)
        return False
    _told[cause] = now = time.time()
    with suppress(OSError):
        marker.touch()
        os.utime(marker, (now, now))
    return True
