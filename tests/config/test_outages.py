"""What visitors get while the disk is full or the database is away, and after it."""

import os
import shutil
import subprocess
import sys
import time
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPException
from pathlib import Path

import psycopg
import pytest

from tests.config.test_deployment import PRODUCTION
from tests.postgres import crash_server, find_binaries, free_port, temporary_server

ROOT = Path(__file__).parents[2]
ON_A_SMALL_DISK = """
import os, sqlite3, django
os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
django.setup()
from django.db import OperationalError, connection

def run(sql):
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchall()

run("CREATE TABLE kept (n)")
run("INSERT INTO kept VALUES (7)")
connection.close()
with open(os.environ["DATA_DIR"] + "/other", "wb", buffering=0) as other:
    try:
        for size in (65536, 512):
            while True:
                other.write(bytes(size))
    except OSError as error:
        print("full")
print(run("SELECT n FROM kept"))
try:
    run("INSERT INTO kept SELECT zeroblob(100000)")
except OperationalError as error:
    print(error)
os.remove(os.environ["DATA_DIR"] + "/other")
run("INSERT INTO kept VALUES (8)")
print(run("SELECT n FROM kept"))
"""


def test_a_full_disk_is_read_from_also_after_a_restart(tmp_path):
    """A mount of its own, which needs root or a kernel that lets users have name spaces."""
    unshare = ["unshare", "--map-root-user", "--mount", "sh", "-c"]
    mount = f"mount -t tmpfs -o size=4m none {tmp_path}"
    if not shutil.which("unshare") or subprocess.run([*unshare, mount], check=False).returncode:
        pytest.skip("no mount of a small disk (run as root)")
    environment = {"PATH": os.environ["PATH"], "DATA_DIR": str(tmp_path), "PYTHONPATH": str(ROOT)}
    command = [*unshare, f'{mount} && exec "$0" -c "$1"', sys.executable, ON_A_SMALL_DISK]
    done = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    said = ["full", "[(7,)]", "database or disk is full", "[(7,), (8,)]"]
    assert done.stdout.splitlines() == said, done.stderr


@contextmanager
def site(folder, **environment):
    """Serve the site with production settings; yield a function that asks it."""
    port = free_port()
    command = [sys.executable, "-m", "gunicorn", "-c", "config/gunicorn.py"]
    command += ["--bind", f"127.0.0.1:{port}", "--workers", "1"]
    kept = {"PATH": os.environ["PATH"], "DATA_DIR": str(folder), "STATIC_DIR": str(folder)}
    with (folder / "log").open("w") as log:
        running = subprocess.Popen(
            command, cwd=ROOT, env=kept | PRODUCTION | environment, stdout=log, stderr=log
        )

    def ask(path):
        connection = HTTPConnection("127.0.0.1", port, timeout=30)
        headers = {"Host": "pulse.internal", "X-Forwarded-Proto": "https"}
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        answer.text = answer.read().decode()
        return answer

    try:
        until(lambda: ask("/static/mark.svg").status == 200)
        yield ask
    finally:
        running.terminate()
        running.wait(60)


def until(is_so, seconds=60):
    end = time.monotonic() + seconds
    while True:
        try:
            if is_so():
                return
        except (OSError, HTTPException):
            pass
        assert time.monotonic() < end
        time.sleep(0.1)


@pytest.mark.slow
def test_without_its_database_a_site_says_that_it_will_be_back(tmp_path):
    with site(tmp_path, DATABASE_URL=f"postgres://pulse@127.0.0.1:{free_port()}/pulse") as ask:
        for path in ("/", "/newsletter/", "/missing/"):
            answer = ask(path)
            assert (answer.status, answer.headers["Retry-After"]) == (503, "30"), path
            assert answer.headers["Cache-Control"] == "private, no-store"
        assert "Back in a moment" in answer.text
        assert ask("/healthz").status == 503
        assert ask("/livez").status == 200


@pytest.mark.slow
def test_while_postgresql_restarts_pages_are_read_and_afterwards_all_is_as_before(tmp_path):
    if not (binaries := find_binaries()):
        pytest.skip("install postgresql")
    with temporary_server(binaries) as url:
        manage = [sys.executable, "manage.py", "migrate", "-v0"]
        environment = PRODUCTION | {"PATH": os.environ["PATH"], "DATABASE_URL": url}
        environment["DATA_DIR"] = str(tmp_path)
        subprocess.run(manage, cwd=ROOT, env=environment, check=True)
        with site(tmp_path, DATABASE_URL=url) as ask:
            assert ask("/glossary/").status == 200
            with psycopg.connect(url) as connection:
                [data] = connection.execute("SHOW data_directory").fetchone()
            crash_server(binaries, data, then="stop")
            assert ask("/glossary/").status == 200  # kept
            assert ask("/data/").status == 503
            crash_server(binaries, data)
            until(lambda: ask("/data/").status == 200)
            assert ask("/glossary/").status == 200
