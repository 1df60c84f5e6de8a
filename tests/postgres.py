"""A PostgreSQL server of our own for one test run, in a temporary folder, gone afterwards."""

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def find_binaries() -> Path | None:
    """Return the folder with initdb and pg_ctl, or None when PostgreSQL is not installed."""
    on_path = shutil.which("pg_ctl")
    folders = [Path(on_path).resolve().parent] if on_path else []
    folders += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    return next((folder for folder in folders if (folder / "initdb").exists()), None)


@contextmanager
def temporary_server(binaries: Path, fsync: str = "off") -> Iterator[str]:
    """Start a server and yield its DATABASE_URL. Its data need not survive a crash of the machine."""
    folder = Path(tempfile.mkdtemp(prefix="pulse-postgres-"))
    user = _user()
    if user:
        shutil.chown(folder, user)
    port = free_port()
    # Tests of races use 50 connections each, and each process of the suite runs one.
    options = f"-p {port} -k {folder} -c listen_addresses=127.0.0.1 -c fsync={fsync}"
    options += " -c max_connections=300"
    data = str(folder / "data")

    def run(*command: str) -> None:
        subprocess.run(command, check=True, user=user, cwd=folder, stdout=subprocess.DEVNULL)

    run(str(binaries / "initdb"), "-D", data, "-A", "trust", "-U", "postgres", "-E", "UTF8")
    pg_ctl = str(binaries / "pg_ctl")
    try:
        run(pg_ctl, "-D", data, "-o", options, "-l", str(folder / "log"), "-w", "start")
        yield f"postgres://postgres@127.0.0.1:{port}/postgres"
    finally:
        subprocess.run(
            [pg_ctl, "-D", data, "-m", "immediate", "stop"],
            check=False, user=user, cwd=folder, stdout=subprocess.DEVNULL,
        )  # fmt: skip
        shutil.rmtree(folder, ignore_errors=True)


def crash_server(binaries: Path, data: str, then: str = "restart") -> None:
    """Kill a server of this machine with all its connections, as a crash does, and start it again.

    With `then` "stop" it is killed only; the next call starts it.
    """
    subprocess.run(
        [str(binaries / "pg_ctl"), "-D", data, "-m", "immediate", "-w", then],
        check=True, user=_user(), cwd=data, stdout=subprocess.DEVNULL,
    )  # fmt: skip


def _user() -> str | None:
    """PostgreSQL refuses to run as root; return whom to run it as then."""
    if os.geteuid() != 0:
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
