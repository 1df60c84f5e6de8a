"""How many term pages a second one process serves from its page cache, beside bare WSGI.

Both run on the same gunicorn with four threads and take turns, so that other load strikes both.
"""

import os
import re
import shutil
import statistics
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path

from tests.postgres import free_port

PATH = "/glossary/nvidia/"
ROUNDS, SECONDS, CONNECTIONS = 3, 5, 16


def report() -> None:
    wrk = shutil.which("wrk")
    if not wrk:
        print("kept pages   not measured: install wrk")
        return
    with server("config.wsgi", PAGE_CACHE="64") as ours:
        page = Path(os.environ["DATA_DIR"], "page.html")
        page.write_bytes(read(ours))
        with server("tests.benchmarks.bare", BARE_PAGE=str(page)) as bare:
            rates = [(rate(wrk, ours), rate(wrk, bare)) for _ in range(ROUNDS)]
    kept, limit = (statistics.median(each) for each in zip(*rates, strict=True))
    ratio = statistics.median(one / other for one, other in rates)
    print(f"kept pages   {kept:,.0f} a second, bare WSGI {limit:,.0f}, ratio {ratio:.2f}")


@contextmanager
def server(application: str, **environment: str) -> Iterator[int]:
    """Run one process with four threads; yield its port once it answers."""
    port = free_port()
    command = [sys.executable, "-m", "gunicorn", application, "--bind", f"127.0.0.1:{port}"]
    command += ["--threads", "4", "--log-level", "error", "--no-control-socket"]
    running = subprocess.Popen(command, env=os.environ | environment)
    try:
        read(port)
        yield port
    finally:
        running.terminate()
        running.wait()


def read(port: int) -> bytes:
    while True:
        try:
            asking = HTTPConnection("127.0.0.1", port)
            asking.request("GET", PATH)
            return asking.getresponse().read()
        except ConnectionRefusedError:
            continue


def rate(wrk: str, port: int) -> float:
    """Return the requests a second of one round."""
    command = [wrk, "-t1", f"-c{CONNECTIONS}", f"-d{SECONDS}s", f"http://127.0.0.1:{port}{PATH}"]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    found = re.search(r"Requests/sec:\s+([\d.]+)", said)
    assert found is not None, said
    assert "Non-2xx" not in said, said
    return float(found[1])
