"""How long readers wait while an issue is being sent and a release comes in.

200 requests a second for all terms, on a schedule, so that a slow answer delays no other one; the
time of each is counted from when it was due. Two site processes, one worker, one import. The issue
is being sent already, and pages were read for some seconds, as on any site that runs.
"""

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.client import HTTPConnection
from itertools import cycle, islice
from pathlib import Path
from threading import local
from time import monotonic, sleep

from tests.benchmarks import pages

RATE, SECONDS, THREADS, BEFORE = 200, 30, 16, 5
SERIES = "glossary/starter/series/nvidia-compute-shipped"


def report(port_of_mail: int) -> None:
    paths = [f"/glossary/{file.stem}/" for file in Path("glossary/starter/terms").rglob("*.md")]
    with pages.server("config.wsgi", "--workers=2") as site, _sending(port_of_mail):
        read_on_schedule(site, [*islice(cycle(paths), RATE * BEFORE)])
        with _importing():
            taken = sorted(read_on_schedule(site, [*islice(cycle(paths), RATE * SECONDS)]))
    at = {share: taken[int(len(taken) * share) - 1] * 1000 for share in (0.5, 0.99, 1)}
    print(f"reading, {RATE} a second, while sending and importing: p50 {at[0.5]:.1f} ms, "
          f"p99 {at[0.99]:.1f} ms, slowest {at[1]:.0f} ms")  # fmt: skip


def read_on_schedule(port: int, paths: list[str]) -> list[float]:
    """Return the seconds from when each request was due to its whole answer."""
    own, start = local(), monotonic() + 1

    def read(number: int) -> float:
        due = start + number / RATE
        sleep(max(0.0, due - monotonic()))
        if not hasattr(own, "connection"):
            own.connection = HTTPConnection("127.0.0.1", port)
        own.connection.request("GET", paths[number], headers={"Accept-Encoding": "gzip"})
        answer = own.connection.getresponse()
        answer.read()
        assert answer.status == 200, paths[number]
        return monotonic() - due

    with ThreadPoolExecutor(THREADS) as pool:
        return [*pool.map(read, range(len(paths)))]


@contextmanager
def _importing() -> Iterator[None]:
    """Import a release every five seconds, each with another newest value."""
    before, _, last = sorted(Path(SERIES).glob("*.csv"))[-1].read_text().rstrip().rpartition("\n")
    period, value, *bounds = last.split(",")
    script = "for day in 25 26 27 28 29 30; do $0 manage.py importseries $1 $2/2026-09-$day.csv"
    script += " --accept > /dev/null; sleep 5; done"
    with tempfile.TemporaryDirectory() as folder:
        for day in range(25, 31):
            row = ",".join([period, str(int(value) + day), *bounds])
            Path(folder, f"2026-09-{day}.csv").write_text(f"{before}\n{row}\n")
        command = ["sh", "-c", script, sys.executable, Path(SERIES).name, folder]
        with subprocess.Popen(command, start_new_session=True) as running:
            yield
            running.wait()


@contextmanager
def _sending(port: int) -> Iterator[None]:
    command = [sys.executable, "-m", "tests.benchmarks.sending", str(port)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as running:
        assert running.stdout
        running.stdout.readline()  # sending has begun
        yield
        running.wait()
