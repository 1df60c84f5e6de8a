"""One page asked for by many threads, and one content shown by several processes."""

import os
import subprocess
import sys
import threading
from contextlib import ExitStack, contextmanager
from http.client import HTTPConnection
from pathlib import Path
from time import monotonic

import pytest
from django.core.wsgi import get_wsgi_application
from django.db import connections

from config.page_cache import LOOK_SECONDS
from glossary.models import Term
from glossary.terms import publishing
from tests.builders import make_term
from tests.config.page_caches import BROWSER, Site, ask, request
from tests.newsletter.sending.killing import database_url
from tests.postgres import free_port

ROOT = Path(__file__).parents[2]
TERM = "/glossary/pre-training/"
PATIENCE = 30  # seconds for a server to start


@pytest.mark.django_db(transaction=True)
def test_a_stampede_renders_once():
    make_term("Pre-Training")
    crowd, arrived = 12, threading.Semaphore(0)
    django = get_wsgi_application()

    def slow(environ, start_response):
        for _ in range(crowd):  # until everybody has asked
            arrived.acquire(timeout=10)
        return django(environ, start_response)

    kept, found = Site(application=slow), []

    def visit():
        environ = request(TERM, HTTP_ACCEPT_ENCODING=BROWSER)
        arrived.release()
        found.append(ask(kept.cache, environ))
        connections.close_all()

    run([visit] * crowd)
    assert len(kept.django.asked) == 1
    assert len(found) == crowd
    assert all(each == found[0] and each.status == "200 OK" for each in found)


@pytest.mark.django_db(transaction=True)
def test_whoever_waits_for_a_page_that_breaks_asks_django(monkeypatch):
    make_term("Pre-Training")
    arrived, broken = threading.Barrier(2), []
    django = get_wsgi_application()

    def breaking(environ, start_response):
        if not broken:
            broken.append(1)
            arrived.wait(10)
            raise SystemExit  # as a server ends a thread that takes too long
        return django(environ, start_response)

    kept, found = Site(application=breaking), []

    def first():
        with pytest.raises(SystemExit):
            kept.get(TERM)
        connections.close_all()

    def second():
        arrived.wait(10)
        found.append(kept.get(TERM))
        connections.close_all()

    run([first, second])
    assert [each.status for each in found] == ["200 OK"]
    assert kept.cache._rendering == {}


def run(works):
    threads = [threading.Thread(target=work) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


@contextmanager
def server(folder: Path):
    """Run a web server of one process on this test's database; yield its port."""
    port = free_port()
    environment = os.environ | {
        "DATABASE_URL": database_url(), "DATA_DIR": str(folder), "PAGE_CACHE": "8",
        "LOG_LEVEL": "ERROR",
    }  # fmt: skip
    command = [sys.executable, "-m", "gunicorn", "config.wsgi", "--bind", f"127.0.0.1:{port}"]
    command += ["--threads", "4", "--log-level", "error", "--no-control-socket"]
    running = subprocess.Popen(command, cwd=ROOT, env=environment)
    try:
        yield port
    finally:
        running.terminate()
        running.wait(PATIENCE)


def get(port: int, path: str) -> tuple[int, bytes]:
    """Return status and body, also of a server that is still starting."""
    began = monotonic()
    while True:
        try:
            asking = HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
            asking.request("GET", path)
            answer = asking.getresponse()
            return answer.status, answer.read()
        except ConnectionRefusedError:
            assert monotonic() - began < PATIENCE


def a_second_later(ports: list[int], path: str) -> list[tuple[int, bytes]]:
    """Return the first answers after a second in which the page is read all the time."""
    began = monotonic()
    while monotonic() < began + LOOK_SECONDS:
        get(ports[0], path), get(ports[1], path)
    return [get(port, path) for port in ports]


@pytest.mark.django_db(transaction=True)
def test_every_process_shows_a_change_within_a_second(tmp_path):
    make_term("Pre-Training"), make_term("Bystander")
    with ExitStack() as stack:
        ports = [stack.enter_context(server(tmp_path)) for _ in range(2)]

        others = [get(port, "/glossary/bystander/") for port in ports]
        assert b"What Pre-Training means" in get(ports[0], TERM)[1]
        Term.objects.filter(slug="pre-training").update(definition="As of now.")
        after = a_second_later(ports, TERM)
        assert all(status == 200 and b"As of now." in page for status, page in after)
        publishing.withdraw(Term.objects.filter(slug="pre-training"))
        after = a_second_later(ports, TERM)
        assert [status for status, _ in after] == [404, 404]
        assert [get(port, "/glossary/bystander/") for port in ports] == others
