"""Backups in tests: commands, the site's processes, processes that are killed."""

import fcntl
import os
import shutil
import signal
import subprocess
import sys
from contextlib import contextmanager
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from config import running
from config.backups import connected_to
from config.backups.folder import site_database
from config.models import Bucket
from tests.newsletter.sending.killing import database_url, wait_until

ROOT = Path(__file__).parent.parent
IS_SQLITE = connection.vendor == "sqlite"
ENDING = "sqlite3" if IS_SQLITE else "dump"
DATABASE = type(site_database())
on_sqlite = pytest.mark.skipif(not IS_SQLITE, reason="a database is a file there")
on_postgresql = pytest.mark.skipif(IS_SQLITE, reason="about the server")
uses_backups = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(not IS_SQLITE and not shutil.which("pg_dump"), reason="needs pg_dump"),
]


def run(*command):
    out = StringIO()
    call_command(*command, stdout=out)
    return out.getvalue()


def keys():
    return set(Bucket.objects.values_list("key", flat=True))


@contextmanager
def loaded(path):
    """Connect to a database that is made of a backup, beside the one under test."""
    beside = site_database().temporary(path.parent)
    beside.load(path)
    try:
        with connected_to(beside.name):
            yield
    finally:
        beside.drop()


def manage(data_dir, *command, **environment):
    """Start manage.py in a process of its own, as another machine with its own DATA_DIR does."""
    own = {"DATABASE_URL": database_url(), "DATA_DIR": str(data_dir), **environment}
    return subprocess.Popen(
        [sys.executable, "-u", *command],
        cwd=ROOT, env={**os.environ, **own}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        text=True, start_new_session=True,
    )  # fmt: skip


@contextmanager
def process(data_dir, code):
    """Run Python code of the site in a process that says "ready" and goes on; kill it later."""
    wait = "\nprint('ready'); import time; time.sleep(600)"
    started = manage(data_dir, "-c", f"import config.wsgi\n{code}{wait}")
    try:
        assert "ready" in started.stdout.readline()
        yield started
    finally:
        started.send_signal(signal.SIGKILL)
        started.wait()
        started.stdout.close()


def refuses(*command):
    with pytest.raises(CommandError) as found:
        run(*command)
    return str(found.value)


def destroy():
    name = connection.settings_dict["NAME"]
    connection.close()
    if IS_SQLITE:
        Path(name).unlink()
    else:
        with connection._nodb_cursor() as cursor:
            cursor.execute(f'DROP DATABASE "{name}"')


@contextmanager
def program(data_dir, *command):
    """Run manage.py until it holds the lock of DATA_DIR, and to the end of the block.

    Its children end with it: one that lives on would keep its output open for ever.
    """
    started = manage(data_dir, "manage.py", *command)
    try:
        wait_until(lambda: is_locked(data_dir / running.FILE))
        yield
    finally:
        os.killpg(started.pid, signal.SIGKILL)
        started.communicate()


def is_locked(path):
    with path.open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def dies(data_dir, step, *command):
    """Run a command in a process that is killed at the step, see tests/config/killed.py."""
    connection.close()
    started = manage(data_dir, "-m", "tests.config.killed", step, *map(str, command))
    said, _ = started.communicate(timeout=120)
    assert started.returncode == -signal.SIGKILL, said
