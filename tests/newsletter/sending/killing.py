"""Sending an issue with real worker processes that are killed on the way."""

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from django.db import connection
from django.test import override_settings
from django.utils import timezone

from newsletter.models import (
    ConsentEvent,
    Delivery,
    Issue,
    Newsletter,
    Pump,
    Subscriber,
    Subscription,
)
from newsletter.sending import launch
from newsletter.sending.audit import audit_issue
from newsletter.values.addresses import address_hash
from tests import smtp_sink
from tests.newsletter.sending.conftest import start
from tests.postgres import crash_server, find_binaries

ROOT = Path(__file__).parents[3]


@dataclass
class KilledRun:
    """What the mail server received and what the ledger says."""

    received: Counter
    states: dict[str, int]
    unknown: set[str]
    seconds: float
    kills_while_sending: int
    broken: list[str] = field(default_factory=list)

    @property
    def twice(self) -> set[str]:
        return {address for address, times in self.received.items() if times > 1}

    def lost(self, readers: int) -> set[str]:
        return {address(n) for n in range(readers)} - self.received.keys()


def address(number: int) -> str:
    return f"r{number}@d{number % 50}.example"


def make_readers(newsletter: Newsletter, number: int) -> None:
    """Make active readers who consented, thousands at a time."""
    for first in range(0, number, 5000):
        some = [address(n) for n in range(first, min(first + 5000, number))]
        readers = Subscriber.objects.bulk_create(
            Subscriber(address=each, address_key=each, address_hash=address_hash(each))
            for each in some
        )
        now = timezone.now()
        subscriptions = Subscription.objects.bulk_create(
            Subscription(subscriber=each, newsletter=newsletter, status="active", confirmed_at=now)
            for each in readers
        )
        ConsentEvent.objects.bulk_create(
            ConsentEvent(
                subscription=each,
                newsletter=newsletter,
                address_hash=each.subscriber.address_hash,
                kind="confirmed",
            )
            for each in subscriptions
        )


class Workers:
    """`manage.py db_worker` processes on this test's database."""

    def __init__(self, folder: Path, mail_port: int, **environment: str) -> None:
        self.environment = {
            **os.environ,
            "DATABASE_URL": database_url(),
            "DATA_DIR": str(folder),
            "MAIL_URL": f"smtp://127.0.0.1:{mail_port}",
            "LOG_LEVEL": "ERROR",
            **environment,
        }
        self.running: list[subprocess.Popen] = []

    def start(self) -> None:
        command = [sys.executable, "manage.py", "db_worker", "--interval=0.1", "--no-reload"]
        command += ["--no-startup-delay"]
        worker = subprocess.Popen(command, cwd=ROOT, env=self.environment, start_new_session=True)
        self.running.append(worker)

    def end(self, worker: subprocess.Popen, how: signal.Signals) -> None:
        worker.send_signal(how)
        worker.wait(30)
        self.running.remove(worker)


@contextmanager
def workers(number: int, folder: Path, mail_port: int, **environment: str):
    found = Workers(folder, mail_port, **environment)
    try:
        for _ in range(number):
            found.start()
        yield found
    finally:
        for worker in list(found.running):
            found.end(worker, signal.SIGKILL)


def database_url() -> str:
    """Return the URL of this test's database for other processes."""
    settings = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{settings['NAME']}"
    user, host, port = settings["USER"], settings["HOST"], settings["PORT"]
    secret = f":{settings['PASSWORD']}" if settings["PASSWORD"] else ""
    return f"postgres://{user}{secret}@{host}:{port}/{settings['NAME']}"


def kill_a_worker(crowd: Workers) -> None:
    victim = random.choice(crowd.running)
    crowd.end(victim, signal.SIGKILL)
    bury(victim.pid)
    crowd.start()


def kill_database_and_workers(crowd: Workers) -> None:
    """Crash the server of this test's database, and kill all workers before they can say anything.

    The server comes back as it was.
    """
    with connection.cursor() as cursor:
        cursor.execute("SHOW data_directory")
        data = cursor.fetchone()[0]
    connection.close()
    for worker in crowd.running:
        worker.send_signal(signal.SIGSTOP)
    crash_server(find_binaries(), data)
    for worker in list(crowd.running):
        crowd.end(worker, signal.SIGKILL)
        bury(worker.pid)
        crowd.start()


def send_and_kill(
    folder: Path, *, readers: int, number: int, kills: int, pause: float, rate: float = 0,
    rules: tuple[str, ...] = (), kill=kill_a_worker,
) -> KilledRun:  # fmt: skip
    """Send an issue and kill at random moments, at most `pause` seconds apart.

    `folder` is the DATA_DIR of test and workers, where sending is armed. `rules` are those of the
    mail server, which may make it as slow on a fast machine as on a slow one.
    """
    with override_settings(SEND_WORKERS=number):
        return _send_and_kill(start(), folder, readers, number, kills, pause, rate, rules, kill)


def _send_and_kill(issue, folder, readers, number, kills, pause, rate, rules, kill) -> KilledRun:
    assert Delivery.objects.count() == readers
    began, broken, hits = time.monotonic(), [], 0
    environment = {"SEND_WORKERS": str(number), "SEND_RATE": str(rate), "SEND_CONNECTIONS": "4"}
    with smtp_sink.process(folder, *rules) as sink:
        with workers(number, folder, sink.port, **environment) as crowd:
            wait_until(lambda: sink.received())
            for turn in range(kills):
                # Every third may be killed while it starts, the others while messages go out.
                if turn % 3:
                    wait_for_mail(sink, issue)
                time.sleep(random.uniform(0.1, pause))
                hits += not has_ended(issue)
                kill(crowd)
                broken += broken_promises(issue)
            wait_until(lambda: has_ended(issue), seconds=300)
        broken += broken_promises(issue)
        received = Counter(each.recipient for each in sink.received())
    rows = Delivery.objects.filter(issue=issue)
    unknown = rows.unknown().values_list("subscriber__address", flat=True)
    states = dict(Counter(rows.values_list("state", flat=True)))
    return KilledRun(received, states, set(unknown), time.monotonic() - began, hits, broken)


def bury(pid: int) -> None:
    """Let some minutes pass for a dead worker's rows and the pumps, and let the clock look."""
    past = timezone.now() - timedelta(seconds=61)
    rows = Delivery.objects.filter(lease__contains=f"-{pid}-")
    rows.filter(state="claimed").update(lease_until=past)
    rows.filter(state="handing_over").update(begun_at=past)
    Pump.objects.update(due_at=past)
    launch.keep_going()
    assert not rows.filter(state__in=["claimed", "handing_over"]).exists()


def has_ended(issue: Issue) -> bool:
    launch.keep_going()
    return Issue.objects.filter(pk=issue.pk, status="sent").exists()


def broken_promises(issue: Issue) -> list[str]:
    return [f"{each.broken}: {each.promise}" for each in audit_issue(issue) if each.broken]


def wait_for_mail(sink: smtp_sink.Process, issue: Issue) -> None:
    """Wait for the next message, or for the end of sending."""
    before = len(sink.received())
    wait_until(lambda: len(sink.received()) > before or has_ended(issue))


def wait_until(is_so, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline, "it took too long"
        time.sleep(0.2)
