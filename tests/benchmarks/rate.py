"""How fast an issue goes out: 20,000 messages of 30 kB to a mail server on this machine.

Three times to the same server: Postfix's own load generator, which is about the most that server
takes; our SMTP alone; and the whole way from the ledger, one worker with four connections.
"""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from newsletter.mailing.smtp import Connection, Outgoing, SmtpOptions
from tests import smtp_sink

MESSAGES = 20_000
SIZE = 30_000
CONNECTIONS = 4
# Grows to a message of about 30 kB, in its two parts together.
INTRO = "What a chip costs by the hour says more than its price. " * 185


def report() -> None:
    with tempfile.TemporaryDirectory() as folder, smtp_sink.process(Path(folder)) as sink:
        report_postfix(sink.port)
        report_wire(sink.port)
        before = len(sink.received())
        report_whole(Path(os.environ["DATA_DIR"]), sink.port)
        sizes = [each.size for each in sink.received()[before:]]
        print(f"  of {sum(sizes) / len(sizes) / 1000:.1f} kB each, to {len(sizes)} readers")


def report_postfix(port: int) -> None:
    """Time smtp-source, which keeps its connections open as we do, and does not pipeline."""
    program = shutil.which("smtp-source") or shutil.which("smtp-source", path="/usr/sbin")
    if not program:
        print("smtp-source  not measured: install Postfix (its program alone is used)")
        return
    for number in (1, CONNECTIONS):
        command = [program, "-d", f"-s{number}", f"-m{MESSAGES}", f"-l{SIZE}"]
        command += ["-f", "s@example.org", "-t", "r@example.org", f"inet:127.0.0.1:{port}"]
        took = timed(partial(subprocess.run, command, check=True))
        say("smtp-source", took, f"{number} connection{'s' * (number > 1)}")


def report_wire(port: int) -> None:
    """Time one connection of ours, without a database."""
    connection = Connection.open(SmtpOptions("127.0.0.1", port))
    line = b"a" * 70 + b"\r\n"
    content = b"Subject: x\r\n\r\n" + line * (SIZE // len(line))

    def send() -> None:
        for number in range(MESSAGES):
            outgoing = Outgoing("s@example.org", f"r{number}@example.org", content)
            assert connection.hand_over(outgoing).outcome == "accepted"

    began = time.process_time()
    took = timed(send)
    cpu = (time.process_time() - began) / MESSAGES * 1e6
    say("our SMTP", took, f"1 connection, {cpu:.0f} µs of CPU a message")
    connection.close()


def report_whole(folder: Path, port: int) -> None:
    """Time an issue from its start to its last reader, with a worker process of its own."""
    from newsletter.mailing import arming
    from newsletter.models import Newsletter
    from tests.newsletter.sending.conftest import start
    from tests.newsletter.sending.killing import Workers, has_ended, make_readers, wait_until

    newsletter = Newsletter.objects.get(is_default=True)
    make_readers(newsletter, MESSAGES)
    arming.arm()
    issue = start(newsletter=newsletter, intro=INTRO)
    crowd = Workers(folder, port, SEND_CONNECTIONS=str(CONNECTIONS), DEBUG="1")
    crowd.start()
    worker = crowd.running[0]
    took = timed(lambda: wait_until(lambda: has_ended(issue), seconds=1800))
    worker.send_signal(signal.SIGTERM)
    _, status, used = os.wait4(worker.pid, 0)
    worker.returncode = os.waitstatus_to_exitcode(status)
    cpu = (used.ru_utime + used.ru_stime) / MESSAGES * 1e6
    memory = f"at most {used.ru_maxrss / 1024:.0f} MB"
    say("whole way", took, f"{CONNECTIONS} connections, {cpu:.0f} µs of CPU a message, {memory}")


def say(name: str, seconds: float, more: str = "") -> None:
    parts = [f"{MESSAGES / seconds:,.0f} messages a second", more]
    print(f"{name:<12} {', '.join(part for part in parts if part)}")


def timed(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start
