"""A pump sends one issue for some seconds, then queues itself again, so that other work has a turn.

An issue has SEND_WORKERS places for pumps. A place's ticket is given to one task at a time; when a
task gets lost with its worker, the clock writes a new ticket.
"""

import logging
import os
import secrets
import threading
from datetime import timedelta
from functools import partial
from time import monotonic

from django.conf import settings
from django.db import transaction
from django.tasks import task
from django.utils import timezone

from newsletter.models import Issue, Pump, Snapshot
from newsletter.sending import arming, breaker, decisions, ledger, limits, message
from newsletter.sending.carriers import open_carrier
from newsletter.sending.lanes import Lane, Streak
from newsletter.sending.stop_signals import Halt, told_by_signals

logger = logging.getLogger(__name__)

SLICE = 10.0  # seconds a pump works at a stretch: a confirmation mail waits that long at most
BEAT = 2.0  # seconds between two looks at whether all is well
# Seconds until a mail server is tried again that let nobody in. After twenty times, which is ten
# minutes, a person has to look.
KNOCK_AGAIN = 30.0
# A pump that is not heard of for that long is lost.
LOST_AFTER = timedelta(seconds=60)


# After all else: readers who wait for their confirmation mail come first.
@task(priority=-10)
def run_task(pump_id: int, ticket: str) -> None:
    run(pump_id, ticket)


def run(pump_id: int, ticket: str) -> None:
    """Send for a while, if the ticket is still good."""
    halt = Halt(SLICE)
    pump = _enter(pump_id, ticket)
    if pump is None:
        return
    streak = Streak(pump.failures_in_row)
    with told_by_signals(halt):
        _work(pump, halt, streak)
    Pump.objects.filter(pk=pump.pk, ticket=ticket).update(failures_in_row=streak.length)
    if streak.reason:
        _stop(pump, streak)
    elif not decisions.finish(pump.issue):
        _go_on(pump, KNOCK_AGAIN if streak.is_unreachable and streak.length else 0)


def ensure(issue: Issue) -> None:
    """Have a task queued for every place of an issue that no pump is heard of from."""
    for place in range(settings.SEND_WORKERS):
        start = {"ticket": "", "due_at": timezone.now()}
        Pump.objects.get_or_create(issue=issue, place=place, defaults=start)
    for pump in Pump.objects.filter(issue=issue, due_at__lte=timezone.now()):
        queue(pump)


def queue(pump: Pump, seconds: float = 0) -> None:
    """Queue a task for a place, under a new ticket; of two who try, one does."""
    ticket = secrets.token_hex(8)
    same = Pump.objects.filter(pk=pump.pk, ticket=pump.ticket)
    at = timezone.now() + timedelta(seconds=seconds)
    if seconds and not run_task.get_backend().supports_defer:
        # A queue that knows no later: the clock does it, to the minute.
        same.update(due_at=at)
    elif same.update(ticket=ticket, due_at=at + LOST_AFTER):
        later = run_task.using(run_after=at) if seconds else run_task
        transaction.on_commit(partial(later.enqueue, pump.pk, ticket), robust=True)


def _enter(pump_id: int, ticket: str) -> Pump | None:
    pump = Pump.objects.select_related("issue").filter(pk=pump_id, ticket=ticket).first()
    if pump is None or pump.issue.status != Issue.Status.SENDING or not _beat(pump):
        return None
    try:
        arming.check()
    except arming.NotArmed as error:
        decisions.stop_unarmed(pump.issue, str(error))
        return None
    ledger.expire_leases(pump.issue_id)
    ledger.requeue_deferred(pump.issue_id)
    return pump


def _work(pump: Pump, halt: Halt, streak: Streak) -> None:
    """Let the lanes run, and look every other second whether they should."""
    snapshot = Snapshot.objects.select_related("issue__newsletter").get(issue=pump.issue_id)
    try:
        way_out = partial(open_carrier, message.build_message(snapshot))
    except ValueError as error:
        return streak.stop(f"The message cannot be built: {error}")
    name = f"{os.getpid()}-{secrets.token_hex(4)}"
    numbered = [f"{name}-{number}" for number in range(settings.SEND_CONNECTIONS)]
    lanes = [Lane(pump.issue_id, lease, way_out, halt, streak) for lease in numbered]
    threads = [threading.Thread(target=lane.run, name=lane.lease) for lane in lanes]
    try:
        for thread in threads:
            thread.start()
        while any(thread.is_alive() for thread in threads):
            _watch(pump, snapshot, halt, streak)
            _join(threads, BEAT)
            if streak.reason:
                _stop(pump, streak)
    finally:
        halt.now()
        for thread in threads:
            thread.join()
    return None


def _stop(pump: Pump, streak: Streak) -> None:
    """Pause the issue, unless a person has resumed it, which gives our place to another.

    A lane may have to wait ten minutes more for its answer; other workers must not go on so long.
    """
    if _beat(pump):
        decisions.pause(pump.issue, streak.reason)


def _join(threads: list[threading.Thread], seconds: float) -> None:
    """Wait for the lanes a while, or until they end."""
    deadline = monotonic() + seconds
    for thread in threads:
        thread.join(timeout=max(0, deadline - monotonic()))


def _watch(pump: Pump, snapshot: Snapshot, halt: Halt, streak: Streak) -> None:
    try:
        arming.advance()
    except OSError as error:
        streak.stop(f"DATA_DIR cannot be written, where we keep how far we are: {error.strerror}.")
        return halt.now()
    if not _beat(pump) or not decisions.is_sending(pump.issue_id):
        halt.now()
    elif why := breaker.pause_reason(breaker.count_failures(snapshot)):
        streak.stop(why)
        halt.now()
    return None


def _beat(pump: Pump) -> bool:
    """Say that we are alive; False when the clock thought otherwise and gave our place away."""
    mine = Pump.objects.filter(pk=pump.pk, ticket=pump.ticket)
    return bool(mine.update(due_at=timezone.now() + LOST_AFTER))


def _go_on(pump: Pump, wait: float) -> None:
    """Queue the next slice, for when something is due, but not before `wait` seconds."""
    seconds = ledger.seconds_until_due(pump.issue_id)
    # Nothing open is left in nobody's hands: the clock looks after what is in somebody's.
    if seconds is not None and decisions.is_sending(pump.issue_id):
        seconds = max(seconds, limits.daily_limit_wait(), wait)
        queue(pump, min(seconds, LOST_AFTER.total_seconds()))
