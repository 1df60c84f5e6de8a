"""The certificate, the proxy and one-click unsubscribing, by real requests to real servers."""

from datetime import UTC, datetime

import pytest
import time_machine

from config.health import State, found_by
from newsletter.doctor.public_address import certificate, one_click, public_pages
from newsletter.models import ConsentEvent
from tests.builders import make_subscription
from tests.newsletter.doctor.servers import web_server
from tests.smtp_sink import CERTIFICATE

PAGE = (200, {}, "<html>")
DONE = (200, {}, "You are unsubscribed.\n")


@pytest.fixture
def serve(settings):
    """A function that lets SITE_URL lead to a server of fixed answers."""
    running = []

    def start(is_secure=False, **answers):
        server = web_server(answers, is_secure=is_secure)
        running.append(server)
        found = server.__enter__()
        settings.SITE_URL = found.url
        return found

    yield start
    for server in running:
        server.__exit__(None, None, None)


@pytest.fixture
def trusted(monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATE))


@pytest.mark.django_db(transaction=True)
def test_the_site_itself_passes_and_no_row_changes(live_server, settings):
    settings.SITE_URL = live_server.url
    reader = make_subscription()
    assert found_by(public_pages).state == State.OK
    assert found_by(one_click).text == "GET shows a page, and POST unsubscribes."
    reader.refresh_from_db()
    assert (reader.status, ConsentEvent.objects.count()) == ("active", 0)


def test_one_click_posts_what_rfc_8058_says(serve):
    server = serve(GET=PAGE, POST=DONE)
    assert found_by(one_click).state == State.OK
    (_, path, _), (method, same, form) = server.asked
    assert path.startswith("/u/")
    assert (method, same, form) == ("POST", path, "List-Unsubscribe=One-Click")


@pytest.mark.parametrize(
    ("get", "post", "said"),
    [
        ((404, {}, ""), DONE, "other LINK_KEYS"),
        (PAGE, (403, {}, ""), "POST is answered with 403. Is a firewall"),
        (PAGE, (301, {"Location": "https://www.example.org/u/x"}, ""), "to www.example.org, which"),
        (PAGE, (200, {}, "Are you a robot?"), "POST is answered with 200."),
        ((503, {}, ""), DONE, "GET is answered with 503."),
    ],
)
def test_what_stands_in_the_way_of_one_click_is_named(serve, get, post, said):
    serve(GET=get, POST=post)
    found = found_by(one_click)
    assert found.state == State.BROKEN
    assert said in found.text
    assert "/u/" not in found.text


def test_a_site_that_does_not_see_the_proxys_tls_redirects_to_itself(serve):
    server = serve(GET=(301, {}, ""))
    server.answers["GET"] = (301, {"Location": f"{server.url}/robots.txt"}, "")
    assert "TRUSTED_PROXIES" in found_by(public_pages).text


@pytest.mark.parametrize("answer", [(502, {}, "Bad Gateway"), (200, {}, "Welcome to nginx!")])
def test_another_site_at_the_address_is_broken(serve, answer):
    serve(GET=answer)
    assert found_by(public_pages).state == State.BROKEN


@pytest.mark.usefixtures("trusted")
def test_a_certificate_says_when_it_ends(serve):
    serve(is_secure=True)
    found = found_by(certificate)
    assert (found.state, found.text) == (State.OK, "It ends on 30 October 2126.")
    with time_machine.travel(datetime(2126, 10, 20, tzinfo=UTC)):
        assert found_by(certificate).state == State.LOOK


def test_a_certificate_that_no_browser_trusts_is_broken(serve):
    serve(is_secure=True)
    found = found_by(certificate)
    assert found.state == State.BROKEN
    assert "self-signed certificate" in found.text


@pytest.mark.usefixtures("trusted")
def test_a_certificate_of_another_name_is_broken(settings):
    with web_server({}, is_secure=True, host="127.0.0.2") as server:
        settings.SITE_URL = server.url
        found = found_by(certificate)
    assert found.state == State.BROKEN
    assert "certificate is not valid for '127.0.0.2'" in found.text


def test_without_https_passwords_are_open(settings):
    settings.SITE_URL = "http://pulse.example.org"
    assert found_by(certificate).state == State.LOOK


def test_a_host_that_is_not_reached_is_not_seen(settings):
    settings.SITE_URL = "https://127.0.0.1:9"
    for look in (certificate, public_pages, one_click):
        found = found_by(look)
        assert found.state == State.UNSEEN
        assert "Connection refused" in found.text


def test_a_server_that_is_no_web_server_is_not_seen(settings, serve):
    server = serve(is_secure=True)
    settings.SITE_URL = server.url.replace("https:", "http:")
    assert found_by(public_pages).state == State.UNSEEN
