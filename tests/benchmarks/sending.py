"""How fast an issue goes out, beside Postfix's own load generator on the same mail server.

20,000 messages of 30 kB, from the first hand-over to the last answer, as the ledger has it: one
worker on SQLite, two on PostgreSQL, four connections each. `python -m tests.benchmarks.sending`
is one round, on the database of its environment.
"""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from time import perf_counter, sleep

from tests.benchmarks import reading
from tests.benchmarks.table import show, take_turns
from tests.postgres import find_binaries, free_port, temporary_server

MESSAGES, SIZE, CONNECTIONS = 20_000, 30_000, 4
# Grows to a message of about 30 kB, in its two parts together.
INTRO = "What a chip costs by the hour says more than its price. " * 185
BOOT = 5  # seconds until workers wait for an issue, as those of a site do
LIMIT = f"smtp-source, {CONNECTIONS} sessions"
SQLITE, POSTGRESQL = "sending, SQLite, 1 worker", "sending, PostgreSQL, 2 workers"


def report() -> None:
    source, sink = (shutil.which(each, path="/usr/sbin") for each in ("smtp-source", "smtp-sink"))
    binaries = find_binaries()
    if not (source and sink and binaries):
        print("sending: not measured, install Postfix (two programs of it are used) and PostgreSQL")
        return
    with (
        tempfile.TemporaryDirectory() as folder,
        mail_server(sink) as port,
        temporary_server(binaries, fsync="on") as url,
    ):
        here = Path(folder)
        (here / "one").mkdir()
        (here / "two").mkdir()
        sqlite = {"DATA_DIR": f"{here / 'one'}", "SEND_WORKERS": "1", "DATABASE_URL": ""}
        postgresql = {"DATA_DIR": f"{here / 'two'}", "SEND_WORKERS": "2", "DATABASE_URL": url}
        reading.report(port)
        taken = take_turns(
            {
                LIMIT: partial(rate_of_postfix, source, port),
                SQLITE: partial(rate, port, sqlite),
                POSTGRESQL: partial(rate, port, postgresql),
            }
        )
    show(taken, [(SQLITE, LIMIT), (POSTGRESQL, LIMIT)], "a second")


@contextmanager
def mail_server(program: str) -> Iterator[int]:
    """Run Postfix's smtp-sink, which accepts everything and keeps nothing."""
    port = free_port()
    user = ["-u", "nobody"] if os.geteuid() == 0 else []
    running = subprocess.Popen([program, *user, f"127.0.0.1:{port}", "100"])
    try:
        sleep(0.5)
        yield port
    finally:
        running.terminate()
        running.wait()


def rate_of_postfix(program: str, port: int) -> float:
    command = [program, "-d", f"-s{CONNECTIONS}", f"-m{MESSAGES}", f"-l{SIZE}"]
    command += ["-f", "s@example.org", "-t", "r@example.org", f"inet:127.0.0.1:{port}"]
    start = perf_counter()
    subprocess.run(command, check=True)
    return MESSAGES / (perf_counter() - start)


def rate(port: int, environment: Mapping[str, str]) -> float:
    """Send an issue in a process with this environment; return messages a second."""
    given = {key: text for key, text in (os.environ | environment).items() if text}
    command = [sys.executable, "-m", "tests.benchmarks.sending", str(port)]
    done = subprocess.run(command, env=given, check=True, capture_output=True, text=True)
    return MESSAGES / float(done.stdout.split()[-1])


def send_issue(port: int) -> None:
    """Print that it begins, and the seconds between the first hand-over and the last answer."""
    import django

    django.setup()
    from django.conf import settings
    from django.core.management import call_command
    from django.db.models import Max, Min

    from newsletter.mailing import arming
    from newsletter.models import Delivery, Subscriber
    from tests.builders import make_newsletter
    from tests.newsletter.sending.conftest import start
    from tests.newsletter.sending.killing import Workers, has_ended, make_readers, wait_until

    call_command("migrate", verbosity=0)
    newsletter = make_newsletter()
    if not Subscriber.objects.exists():
        make_readers(newsletter, MESSAGES)
        arming.arm()
    crowd = Workers(settings.DATA_DIR, port)
    for _ in range(settings.SEND_WORKERS):
        crowd.start()
    sleep(BOOT)
    issue = start(newsletter=newsletter, intro=INTRO, number=newsletter.next_number())
    print("begins", flush=True)
    wait_until(lambda: has_ended(issue), seconds=600)
    for worker in [*crowd.running]:
        crowd.end(worker, signal.SIGTERM)
    sent = Delivery.objects.filter(issue=issue, state="accepted")
    assert sent.count() == MESSAGES
    took = sent.aggregate(first=Min("begun_at"), last=Max("settled_at"))
    print((took["last"] - took["first"]).total_seconds())


if __name__ == "__main__":
    send_issue(int(sys.argv[1]))
