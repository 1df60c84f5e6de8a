"""How fast an issue goes out to a mail server that is 5 ms away: 10 ms there and back.

`report` puts a forwarder between sender and server that holds back each piece for 5 ms, both ways;
beside ours is smtp-source with one session through the same forwarder. The forwarder is a
process of Python with work of its own: a machine with a core to spare for it gives better figures.
"""

import asyncio
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter, sleep

from tests.benchmarks import sending
from tests.benchmarks.table import show, take_turns
from tests.postgres import find_binaries, free_port, temporary_server

AWAY, CONNECTIONS, BY_ONE = 5.0, 96, 300  # milliseconds each way, ours, messages by smtp-source
LIMIT = "smtp-source, 1 session"
SQLITE, POSTGRESQL = "SQLite, 1 worker", "PostgreSQL, 2 workers"


def report() -> None:
    source, sink = (shutil.which(each, path="/usr/sbin") for each in ("smtp-source", "smtp-sink"))
    binaries = find_binaries()
    if not (source and sink and binaries):
        print("a far relay: not measured, install Postfix and PostgreSQL")
        return
    with (
        TemporaryDirectory() as folder,
        sending.mail_server(sink) as near,
        forwarder(near) as port,
        temporary_server(binaries, fsync="on") as url,
    ):
        ours = {"SEND_CONNECTIONS": f"{CONNECTIONS}", "SEND_WORKERS": "1", "DATABASE_URL": ""}
        two = {"SEND_CONNECTIONS": f"{CONNECTIONS // 2}", "SEND_WORKERS": "2", "DATABASE_URL": url}
        for place, environment in (("one", ours), ("two", two)):
            environment |= {"DATA_DIR": f"{folder}/{place}", "LOG_LEVEL": "ERROR"}
            environment["DJANGO_SETTINGS_MODULE"] = "config.settings"
            Path(environment["DATA_DIR"]).mkdir()
        taken = take_turns(
            {
                LIMIT: partial(rate_of_one, source, port),
                SQLITE: partial(sending.rate, port, ours),
                POSTGRESQL: partial(sending.rate, port, two),
            }
        )
    print(f"\na relay {AWAY:.0f} ms away, {CONNECTIONS} connections")
    show(taken, [(SQLITE, LIMIT), (POSTGRESQL, LIMIT)], "a second")


def rate_of_one(program: str, port: int) -> float:
    command = [program, "-d", "-s1", f"-m{BY_ONE}", f"-l{sending.SIZE}"]
    command += ["-f", "s@example.org", "-t", "r@example.org", f"inet:127.0.0.1:{port}"]
    start = perf_counter()
    subprocess.run(command, check=True)
    return BY_ONE / (perf_counter() - start)


@contextmanager
def forwarder(target: int) -> Iterator[int]:
    """Run this module as a forwarder to the port `target`; yield the port that it listens on."""
    port = free_port()
    command = [sys.executable, "-m", "tests.benchmarks.far_relay", str(port), str(target)]
    running = subprocess.Popen(command)
    try:
        sleep(1)
        yield port
    finally:
        running.terminate()
        running.wait()


class Side(asyncio.Protocol):
    """One end of a connection, which hands on what it reads to the other end, later."""

    def __init__(self, target: int, other: "Side | None" = None) -> None:
        self.target, self.other = target, other
        self.early: list[bytes] = []
        self.transport: asyncio.WriteTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.WriteTransport)
        self.transport = transport
        if self.other is None:
            self.other = Side(self.target, self)
            loop = asyncio.get_running_loop()
            self.connecting = loop.create_task(
                loop.create_connection(lambda: self.other, "127.0.0.1", self.target)
            )
        for content in self.early:
            self.write(content)

    def write(self, content: bytes) -> None:
        """Send on what came; nothing means that the other end closed."""
        if self.transport is None:
            self.early.append(content)
        elif content:
            self.transport.write(content)
        else:
            self.transport.close()

    def data_received(self, content: bytes) -> None:
        asyncio.get_running_loop().call_later(AWAY / 1000, self.other.write, content)

    def connection_lost(self, error: Exception | None) -> None:
        asyncio.get_running_loop().call_later(AWAY / 1000, self.other.write, b"")


async def forward(port: int, target: int) -> None:
    server = await asyncio.get_running_loop().create_server(lambda: Side(target), "127.0.0.1", port)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(forward(*map(int, sys.argv[1:]))) if sys.argv[1:] else report()
