"""The development mail server for tests: in a thread, or in a process of its own."""

import asyncio
import os
import signal
import ssl
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread
from typing import NamedTuple

from config.development.mailserver import Server, Taken, read_rule
from newsletter.mailing.smtp.opening import SmtpOptions

ROOT = Path(__file__).parent.parent
# Made for 127.0.0.1 and for a hundred years; it protects nothing.
CERTIFICATE = Path(__file__).parent / "localhost.pem"


class Mailserver:
    port = 0

    @property
    def mailer(self) -> dict:
        """Return an entry of MAILERS that leads here."""
        backend = "django.core.mail.backends.smtp.EmailBackend"
        options = {"host": "127.0.0.1", "port": self.port, "timeout": 5}
        return {"BACKEND": backend, "OPTIONS": options}


class Sink(Mailserver):
    """A server in a thread, with the mail it accepted and rules that may change while it runs."""

    def __init__(self, *rules: str, without: tuple[str, ...] = (), tls: str = "") -> None:
        self.taken: list[Taken] = []
        context = None
        if tls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(CERTIFICATE)
        self.server = Server(
            self.taken.append, [read_rule(rule) for rule in rules], without=without, context=context
        )
        self.is_encrypted = tls == "implicit"

    @property
    def messages(self) -> list[bytes]:
        return [taken.content for taken in self.taken]

    def obey(self, *rules: str) -> None:
        self.server.rules = [read_rule(rule) for rule in rules]

    def options(self, **fields) -> SmtpOptions:
        return SmtpOptions("127.0.0.1", self.port, **({"timeout": 5} | fields))


@contextmanager
def running(sink: Sink) -> Iterator[Sink]:
    """Run a server in a thread until the block ends."""
    has_begun, loop, end = Event(), asyncio.new_event_loop(), asyncio.Event()

    async def serve() -> None:
        listening = await sink.server.listen(is_encrypted=sink.is_encrypted)
        sink.port = listening.sockets[0].getsockname()[1]
        has_begun.set()
        await end.wait()
        listening.close()

    def run() -> None:
        with asyncio.Runner(loop_factory=lambda: loop) as runner:
            runner.run(serve())

    thread = Thread(target=run, daemon=True)
    thread.start()
    has_begun.wait()
    yield sink
    loop.call_soon_threadsafe(end.set)
    thread.join()


class Received(NamedTuple):
    """One line of a server's log."""

    sender: str
    recipient: str
    size: int


class Process(Mailserver):
    """A server in a process of its own; its log outlives it, and is read at any time."""

    def __init__(self, port: int, log: Path, pid: int) -> None:
        self.port, self.log, self.pid = port, log, pid

    def received(self) -> list[Received]:
        # Not the last line while it is being written.
        whole = self.log.read_text().rpartition("\n")[0] if self.log.exists() else ""
        lines = whole.splitlines()
        parts = (line.split("\t") for line in lines)
        return [Received(sender, recipient, int(size)) for sender, recipient, size in parts]


@contextmanager
def process(
    folder: Path, *rules: str, without: tuple[str, ...] = (), port: int = 0
) -> Iterator[Process]:
    """Run `manage.py mailserver` until the block ends; its log is in `folder`."""
    log = folder / "received.tsv"
    command = [sys.executable, "manage.py", "mailserver", f"--port={port}", f"--log={log}"]
    command += [f"--when={rule}" for rule in rules] + [f"--without={name}" for name in without]
    server = subprocess.Popen(
        command,
        cwd=ROOT,
        env={**os.environ, "DATA_DIR": str(folder)},
        stdout=subprocess.PIPE,
        text=True,
        # Ctrl-C of a test run ends the tests, and they end this.
        start_new_session=True,
    )
    assert server.stdout
    try:
        port = int(server.stdout.readline().rpartition(":")[2])
        yield Process(port, log, server.pid)
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(10)
        server.stdout.close()
