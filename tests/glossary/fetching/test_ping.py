"""The ping of a dead man's switch, against a real local server."""

import pytest

from glossary.fetching.ping import check_ping, ping
from tests.glossary.publisher import answer, policy_for, publishers


@pytest.fixture
def publish():
    yield from publishers()


@pytest.mark.parametrize("body", [b"OK", b""])
def test_the_address_is_called_once_as_ours(publish, settings, caplog, body):
    service = publish(answer(body=body))
    settings.PING_URL = service.url("/c0ffee-1")
    ping(policy_for(service))
    [request] = service.requests
    assert request.startswith("GET /c0ffee-1 HTTP/1.1\r\n")
    assert "User-Agent: AI-Economy-Pulse (+" in request
    assert caplog.records == []


def test_a_service_that_refuses_is_one_line_without_its_secret_address(publish, settings, caplog):
    service = publish(answer(404, body=b"no"))
    settings.PING_URL = service.url("/c0ffee-1")
    ping(policy_for(service))
    settings.PING_URL = "http://127.0.0.1:8/c0ffee-1"
    ping()
    refused, private = (record.getMessage() for record in caplog.records)
    assert "404 Not Found" in refused
    assert "uses port 8" in private
    assert "c0ffee" not in refused + private


def test_without_an_address_nothing_is_called(settings, caplog):
    settings.PING_URL = ""
    ping()
    assert caplog.records == []


@pytest.mark.parametrize(
    ("url", "problems"),
    [("", 0), ("https://hc-ping.com/1", 0), ("hc-ping.com/1", 1), ("https://hc-ping.com:8000/", 1)],
)
def test_an_address_that_is_none_is_found_at_the_start(settings, url, problems):
    settings.PING_URL = url
    assert len(list(check_ping())) == problems
