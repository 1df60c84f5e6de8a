"""How many pages a second one process serves: kept, and rendered, beside bare WSGI and plain Django.

All run on the same gunicorn with one process and four threads, and take turns.
"""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from http.client import HTTPConnection
from pathlib import Path

from tests.benchmarks.table import show, take_turns
from tests.postgres import free_port

TERM = "/glossary/ai-compute/"  # with three charts
PAGES = {
    "term page with three charts": TERM,
    "front page": "/",
    "index of terms": "/glossary/",
    "data overview": "/data/",
    "data page": "/data/nvidia-compute-shipped/",
    "search": "/search/?q=training",
}
SECONDS, CONNECTIONS = 3, 16


def report() -> None:
    wrk = shutil.which("wrk")
    if not wrk:
        print("pages: not measured, install wrk")
        return
    with ExitStack() as stack:
        kept = stack.enter_context(server("config.wsgi", PAGE_CACHE="64"))
        rendered = stack.enter_context(server("config.wsgi", PAGE_CACHE="0"))
        page = Path(os.environ["DATA_DIR"], "page.html")
        page.write_bytes(read(kept))
        bare = stack.enter_context(server("tests.benchmarks.bare", BARE_PAGE=str(page)))
        plain = stack.enter_context(server("tests.benchmarks.plain.wsgi"))
        targets = {
            "bare WSGI": (bare, "/"),
            "plain Django": (plain, TERM),
            "kept page": (kept, TERM),
        }
        targets |= {name: (rendered, path) for name, path in PAGES.items()}
        taken = take_turns({name: partial(rate, wrk, *each) for name, each in targets.items()})
    pairs = [("kept page", "bare WSGI"), *((name, "plain Django") for name in PAGES)]
    show(taken, pairs, "a second")


@contextmanager
def server(application: str, *options: str, **environment: str) -> Iterator[int]:
    """Run one process with four threads; yield its port once it answers."""
    port = free_port()
    command = [sys.executable, "-m", "gunicorn", application, "--bind", f"127.0.0.1:{port}"]
    command += ["--threads", "4", "--log-level", "error", "--no-control-socket"]
    command += options
    running = subprocess.Popen(command, env=os.environ | environment)
    try:
        read(port)
        yield port
    finally:
        running.terminate()
        running.wait()


def read(port: int) -> bytes:
    """Return the term page in gzip, as browsers get it."""
    while True:
        try:
            asking = HTTPConnection("127.0.0.1", port)
            asking.request("GET", TERM, headers={"Accept-Encoding": "gzip"})
            return asking.getresponse().read()
        except ConnectionRefusedError:
            continue


def rate(wrk: str, port: int, path: str) -> float:
    """Return the requests a second of one round."""
    command = [wrk, "-t1", f"-c{CONNECTIONS}", f"-d{SECONDS}s", f"http://127.0.0.1:{port}{path}"]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    found = re.search(r"Requests/sec:\s+([\d.]+)", said)
    assert found is not None, said
    assert "Non-2xx" not in said, said
    return float(found[1])
