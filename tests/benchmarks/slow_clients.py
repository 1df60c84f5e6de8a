"""How long visitors wait while 500 slow clients hold on to the nginx in front of the site.

    python -m tests.benchmarks.slow_clients [MINUTES]

By hand, because it takes minutes; nginx with `config/deploy/nginx.conf` and the site as it is
shipped, on this machine alone. A third of the slow clients send their headers a byte every two
seconds, a third a form, a third read a long page as slowly; each begins again when it is dropped.
Meanwhile 20 visitors a second come on a schedule, one of whom signs up; the time of each is counted
from when it was due. With Postfix's smtp-sink, an issue to 20,000 readers goes out every five minutes.
"""

import asyncio
import os
import re
import shutil
import ssl
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path
from time import monotonic
from urllib.parse import urlencode

from tests.benchmarks.sending import mail_server
from tests.benchmarks.table import show_machine
from tests.config.test_deployment import PRODUCTION
from tests.config.test_outages import until
from tests.config.test_proxies import nginx
from tests.postgres import free_port

SLOW, RATE, PAUSE = 500, 20, 2.0
SENDING = {"DJANGO_SETTINGS_MODULE": "config.settings", "SEND_WORKERS": "1", "LOG_LEVEL": "ERROR"}
HOST = "pulse.internal"
PATHS = ("/", "/glossary/", "/search/?q=training", "/newsletter/", "/about/", "/glossary/token/")
HEAD = f"HTTP/1.1\r\nHost: {HOST}\r\nSec-Fetch-Site: same-origin\r\nConnection: close\r\n"
FORM = "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: "
TRUSTING = ssl._create_unverified_context()
NETWORKS = count(256)


class Load:
    def __init__(self, port: int) -> None:
        self.port, self.slow = port, 0
        self.statuses: Counter[int] = Counter()
        self.taken: list[float] = []

    async def connect(self):
        """Connect from a network of its own, because signups are limited by network."""
        number = next(NETWORKS)
        here = f"127.{number // 250 % 250 + 1}.{number % 250}.1"
        return await asyncio.open_connection(
            "127.0.0.1", self.port, ssl=TRUSTING, server_hostname=HOST, local_addr=(here, 0)
        )

    async def ask(self, request: str) -> str:
        reader, writer = await self.connect()
        writer.write(request.encode())
        answer = (await reader.read()).decode(errors="replace")
        writer.close()
        self.statuses[int(answer.split(" ", 2)[1])] += 1
        return answer

    async def visit(self, number: int, due: float) -> None:
        if number % RATE:
            await self.ask(f"GET {PATHS[number % len(PATHS)]} {HEAD}\r\n")
        else:
            page = await self.ask(f"GET /newsletter/ {HEAD}\r\n")
            stamp = re.search(r'name="stamp" value="([^"]+)"', page).group(1)
            fields = {"email": f"reader{number}@example.org", "stamp": stamp, "website": ""}
            form = urlencode(fields | {"page": "/newsletter/"})
            await self.ask(f"POST /newsletter/subscribe/ {HEAD}{FORM}{len(form)}\r\n\r\n{form}")
        self.taken.append(monotonic() - due)

    async def be_slow(self, number: int) -> None:
        while True:
            with suppress(OSError, asyncio.IncompleteReadError):
                reader, writer = await self.connect()
                self.slow += 1
                try:
                    await SLOWLY[number % 3](reader, writer)
                finally:
                    self.slow -= 1
                    writer.close()
            await asyncio.sleep(1)

    async def run(self, seconds: float, site: int) -> None:
        slow = [asyncio.create_task(self.be_slow(number)) for number in range(SLOW)]
        await asyncio.sleep(10)
        start, visits = monotonic(), []
        for number in range(int(seconds * RATE)):
            due = start + number / RATE
            await asyncio.sleep(max(0.0, due - monotonic()))
            visits.append(asyncio.create_task(self.visit(number, due)))
            if number % (60 * RATE) == 30 * RATE:
                print(f"{self.slow} slow clients, the site has {memory(site)} MB", flush=True)
        await asyncio.gather(*visits)
        for each in slow:
            each.cancel()


async def send_slowly(writer, text: str) -> None:
    for letter in text:
        writer.write(letter.encode())
        await writer.drain()
        await asyncio.sleep(PAUSE)


async def slow_headers(reader, writer) -> None:
    await send_slowly(writer, f"GET / {HEAD}\r\n")


async def slow_form(reader, writer) -> None:
    writer.write(f"POST /newsletter/subscribe/ {HEAD}{FORM}9000\r\n\r\n".encode())
    await send_slowly(writer, "x" * 9000)


async def slow_reading(reader, writer) -> None:
    writer.write(f"GET /glossary.json {HEAD}\r\n".encode())
    while await reader.readexactly(1):
        await asyncio.sleep(PAUSE)


SLOWLY = (slow_headers, slow_form, slow_reading)


def memory(process: int) -> int:
    """Return the megabytes of a process and its children."""
    told = subprocess.run(
        ["ps", "-o", "pid=,ppid=,rss="], check=True, capture_output=True, text=True
    )
    rows = [map(int, line.split()) for line in told.stdout.splitlines()]
    return sum(rss for pid, parent, rss in rows if process in (pid, parent)) // 1000


@contextmanager
def issues(environment: dict[str, str]) -> Iterator[None]:
    """Send an issue every five minutes, from the same database; an issue on its way is ended."""
    sink = shutil.which("smtp-sink", path="/usr/sbin")
    if sink is None:
        print("No issue is sent: install Postfix (its smtp-sink is used).")
        yield
        return
    script = "trap 'kill $! 2>/dev/null; exit' TERM; "
    script += "while $0 -m tests.benchmarks.sending $1; do sleep 300 & wait; done"
    with mail_server(sink) as port:
        command = ["sh", "-c", script, sys.executable, str(port)]
        running = subprocess.Popen(command, env=environment)
        try:
            yield
        finally:
            running.terminate()
            running.wait(300)


def main() -> None:
    minutes = float(sys.argv[1]) if len(sys.argv) > 1 else 5
    show_machine()
    behind = free_port()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        environment = os.environ | PRODUCTION | {"DATA_DIR": name, "STATIC_DIR": f"{name}/static"}
        for command in ("migrate -v0", "collectstatic --no-input -v0",
                        "importdata glossary/starter/series",
                        "importterms glossary/starter/terms"):  # fmt: skip
            manage = [sys.executable, "manage.py", *command.split()]
            subprocess.run(manage, env=environment, check=True, stdout=subprocess.DEVNULL)
        proxy = nginx(folder, free_port(), behind)
        port = int(re.search(r"listen (\d+) ssl", (folder / "pulse.conf").read_text()).group(1))
        of_debian = "worker_processes auto; events { worker_connections 768; }"
        config = (folder / "nginx.conf").read_text().replace("events { }", of_debian)
        (folder / "nginx.conf").write_text(config)
        site = [sys.executable, "-m", "gunicorn", "-c", "config/gunicorn.py",
                "--bind", f"127.0.0.1:{behind}"]  # fmt: skip
        with (folder / "said").open("w") as said:
            running = [
                subprocess.Popen(each, env=environment, stderr=said) for each in (site, proxy)
            ]
            try:
                load = Load(port)
                until(lambda: "200 OK" in asyncio.run(load.ask(f"GET / {HEAD}\r\n")), 120)
                load.statuses.clear()
                with issues(environment | SENDING):
                    asyncio.run(load.run(minutes * 60, running[0].pid))
            finally:
                for each in running:
                    each.terminate()
                    each.wait(60)
    taken = sorted(load.taken)
    p50, p99 = (taken[int(len(taken) * share)] * 1000 for share in (0.5, 0.99))
    print(f"{len(taken)} visits: p50 {p50:.0f} ms, p99 {p99:.0f} ms, slowest {taken[-1] * 1000:.0f} ms; "
          f"statuses {dict(load.statuses)}")  # fmt: skip


if __name__ == "__main__":
    main()
