"""CACHE_URL with a real server: what one process keeps another finds, and it may be away."""

import os
import subprocess
import sys
from contextlib import contextmanager

import pytest
from django.core.cache import caches
from redis import Redis

from config.environment import shared_cache
from tests.config.test_deployment import PRODUCTION, ROOT
from tests.config.test_outages import site, until
from tests.postgres import free_port
from tests.tools import tool


@contextmanager
def redis(folder, port):
    command = [tool("redis-server"), "--port", str(port), "--bind", "127.0.0.1", "--save", ""]
    with (folder / "log").open("w") as log:
        running = subprocess.Popen([*command, "--dir", str(folder)], stdout=log)
    try:
        until(lambda: "Ready to accept" in (folder / "log").read_text())
        yield
    finally:
        running.terminate()
        running.wait(10)


@pytest.fixture
def cache(settings):
    port = free_port()
    settings.CACHES = {"default": shared_cache(f"redis://127.0.0.1:{port}/0", [])}
    cache = caches["default"]
    cache.port = port
    return cache


def test_what_is_kept_is_found_and_without_the_server_nothing_is(cache, tmp_path):
    with redis(tmp_path, cache.port):
        cache.set("page", "kept", None)
        cache.set_many({"one": 1, "two": 2})
        assert cache.get("page") == "kept"
        assert cache.get_many(["one", "two", "three"]) == {"one": 1, "two": 2}
        assert cache.get_or_set("new", lambda: "made") == "made"
    assert cache.get("page", "none") == "none"
    assert cache.get_many(["one"]) == {}
    assert cache.get_or_set("new", lambda: "made again") == "made again"
    cache.set("page", "lost")
    assert cache.set_many({"one": 1}) == []
    with redis(tmp_path, cache.port):
        cache.set("page", "kept again")
        assert cache.get("page") == "kept again"


@pytest.mark.slow
def test_two_processes_share_pages_and_show_a_change_immediately(tmp_path):
    port, folders = free_port(), [tmp_path / "one", tmp_path / "two"]
    database = {"DATABASE_URL": f"sqlite:///{tmp_path}/db.sqlite3"}
    environment = PRODUCTION | {"PATH": os.environ["PATH"], "DATA_DIR": str(tmp_path)} | database
    manage = [sys.executable, "manage.py"]
    subprocess.run([*manage, "migrate", "-v0"], cwd=ROOT, env=environment, check=True)
    shared = database | {"CACHE_URL": f"redis://127.0.0.1:{port}/0"}
    for folder in folders:
        folder.mkdir()
    with (
        redis(tmp_path, port),
        site(folders[0], **shared) as one,
        site(folders[1], **shared) as two,
    ):
        server = Redis(port=port)
        page = one("/glossary/").text
        made, found = len(server.keys()), server.info("stats")["keyspace_hits"]
        assert two("/glossary/").text == page
        assert len(server.keys()) == made > 0
        assert server.info("stats")["keyspace_hits"] > found
        add = "from tests.builders import make_term; make_term('Pre-Training')"
        subprocess.run([*manage, "shell", "-c", add], cwd=ROOT, env=environment, check=True)
        for ask in one, two:
            until(lambda ask=ask: "Pre-Training" in ask("/glossary/").text, seconds=10)
