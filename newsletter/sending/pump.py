"""A pump sends an issue for some seconds, then queues itself again, so that other tasks can run.

An issue has SEND_WORKERS pumps. The ticket of a pump belongs to one task at a time; when a task is
lost with its worker, the clock queues another one with a new ticket.
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

from newsletter.mailing import arming
from newsletter.models import Issue, Pump, Snapshot
from newsletter.sending import breaker, decisions, ledger, limits, message
from newsletter.sending.carriers import open_carrier
from newsletter.sending.lanes import GroupCommit, Lane, Streak
from newsletter.sending.stop_signals import StopFlag, stop_on_signals

logger = logging.getLogger(__name__)

SLICE = 10.0  # seconds a pump runs at a time: a confirmation mail waits no longer than this
BEAT = 2.0  # seconds between two checks
# Seconds until the next attempt to reach an unreachable mail server. After 20 attempts, which take
# ten minutes, a person has to look.
RECONNECT_SECONDS = 30.0
LOST_AFTER = timedelta(seconds=ledger.LOST_SECONDS)


# Lower than all other tasks: readers who wait for their confirmation mail come first.
@task(priority=-10)
def run_task(pump_id: int, ticket: str) -> None:
    run_pump(pump_id, ticket)


def run_pump(pump_id: int, ticket: str) -> None:
    """Send for one slice, if the ticket is still valid."""
    stop = StopFlag(SLICE)
    pump = _enter(pump_id, ticket)
    if pump is None:
        return
    streak = Streak(pump.failures_in_row, pump.failed_in_row)
    with stop_on_signals(stop):
        _work(pump, stop, streak)
    Pump.objects.filter(pk=pump.pk, ticket=ticket).update(
        failures_in_row=streak.length, failed_in_row=streak.failed
    )
    if streak.reason:
        # If it is not paused yet, the clock could finish it now, unless a row is deferred.
        ledger.defer_failed(streak.failed)
        _stop(pump, streak)
    elif not decisions.finish_issue(pump.issue) and decisions.is_sending(pump.issue_id):
        seconds = ledger.seconds_until_due(pump.issue_id)
        if seconds is not None:  # otherwise all open rows are with a lane, and the clock's work
            wait = RECONNECT_SECONDS if streak.is_unreachable and streak.length else 0
            seconds = max(seconds, limits.daily_limit_wait(), wait)
            queue_pump(pump, min(seconds, LOST_AFTER.total_seconds()))


def ensure_pumps(issue: Issue) -> None:
    """Create an issue's pumps, and queue a task for each that does not report."""
    for place in range(settings.SEND_WORKERS):
        defaults = {"ticket": "", "due_at": timezone.now()}
        Pump.objects.get_or_create(issue=issue, place=place, defaults=defaults)
    for pump in Pump.objects.filter(issue=issue, due_at__lte=timezone.now()):
        queue_pump(pump)


def queue_pump(pump: Pump, seconds: float = 0) -> None:
    """Queue a task for a pump with a new ticket; when two callers try, one succeeds."""
    ticket = secrets.token_hex(8)
    same = Pump.objects.filter(pk=pump.pk, ticket=pump.ticket)
    at = timezone.now() + timedelta(seconds=seconds)
    if seconds and not run_task.get_backend().supports_defer:
        # This task backend cannot defer; the clock queues the task, to the minute.
        same.update(due_at=at)
    elif same.update(ticket=ticket, due_at=at + LOST_AFTER):
        later = run_task.using(run_after=at) if seconds else run_task
        transaction.on_commit(partial(later.enqueue, pump.pk, ticket), robust=True)


def _enter(pump_id: int, ticket: str) -> Pump | None:
    pump = Pump.objects.select_related("issue").filter(pk=pump_id, ticket=ticket).first()
    if pump is None or pump.issue.status != Issue.Status.SENDING or not _beat(pump):
        return None
    try:
        arming.require_armed()
    except arming.NotArmed as error:
        decisions.pause_issue(pump.issue, str(error))
        return None
    ledger.expire_leases(pump.issue_id)
    ledger.requeue_deferred(pump.issue_id)
    return pump


def _work(pump: Pump, stop: StopFlag, streak: Streak) -> None:
    """Run the lanes, and check every other second whether they should continue."""
    snapshot = Snapshot.objects.select_related("issue__newsletter").get(issue=pump.issue_id)
    try:
        carrier = partial(open_carrier, message.build_message(snapshot))
    except ValueError as error:
        streak.pause(f"The message cannot be built: {error}")
        return
    # A task may run twice with one ticket, so each run has a name of its own.
    name = f"{pump.ticket}-{os.getpid()}-{secrets.token_hex(4)}"
    numbered = [f"{name}-{number}" for number in range(settings.SEND_CONNECTIONS)]
    commits = GroupCommit(settings.SEND_CONNECTIONS)
    lanes = [Lane(pump.issue_id, lease, carrier, stop, streak, commits) for lease in numbered]
    threads = [threading.Thread(target=lane.run, name=lane.lease) for lane in lanes]
    try:
        for thread in threads:
            thread.start()
        while any(thread.is_alive() for thread in threads):
            _watch(pump, snapshot, stop, streak)
            deadline = monotonic() + BEAT
            for thread in threads:
                thread.join(timeout=max(0, deadline - monotonic()))
            if streak.reason:
                _stop(pump, streak)
        if not streak.reason:
            _watch(pump, snapshot, stop, streak)  # a short list ends before the second check
    finally:
        stop.set()
        for thread in threads:
            thread.join()


def _stop(pump: Pump, streak: Streak) -> None:
    """Pause the issue, unless a person has resumed it meanwhile, which changes our ticket.

    A lane may wait ten minutes more for its answer; other workers must not continue until then.
    """
    if _beat(pump):
        decisions.pause_issue(pump.issue, streak.reason)


def _watch(pump: Pump, snapshot: Snapshot, stop: StopFlag, streak: Streak) -> None:
    try:
        arming.advance()
    except arming.NotArmed as error:
        decisions.pause_issue(pump.issue, str(error))
        stop.set()
        return
    except OSError as error:
        streak.pause(arming.reason_not_written(error))
        stop.set()
        return
    if not _beat(pump) or not decisions.is_sending(pump.issue_id):
        stop.set()
    elif why := breaker.pause_reason(breaker.count_failures(snapshot)):
        streak.pause(why)
        stop.set()


def _beat(pump: Pump) -> bool:
    """Report that the pump is alive; return False if its ticket was given to another task."""
    mine = Pump.objects.filter(pk=pump.pk, ticket=pump.ticket)
    return bool(mine.update(due_at=timezone.now() + LOST_AFTER))
