"""The clock: what is due is found in the database, so a restart or a clock jump loses nothing."""

import logging
from datetime import timedelta

from django.conf import settings
from django.db import connection
from django.utils import timezone
from django.utils.module_loading import import_string
from django_tasks_db.models import DBTaskResult

logger = logging.getLogger(__name__)

FINISHED_TASKS_KEPT = timedelta(days=7)


def tick() -> list[str]:
    """Run every job once and return what they did. A job that fails does not stop the others."""
    done = []
    for path in settings.TICK_JOBS:
        try:
            report = import_string(path)()
        except Exception:
            logger.exception("The clock's job %s failed; it runs again at the next tick.", path)
            connection.close_if_unusable_or_obsolete()
            continue
        if report:
            done.append(report)
    return done


def prune_tasks() -> str:
    """Delete the records of finished tasks after a week."""
    old = DBTaskResult.objects.finished().filter(
        finished_at__lt=timezone.now() - FINISHED_TASKS_KEPT
    )
    count, _ = old.delete()
    return f"{count} finished tasks deleted" if count else ""
