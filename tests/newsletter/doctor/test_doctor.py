"""The command: a line for each look, and status 1 when something is broken."""

from datetime import timedelta

import pytest
from django.core.management import CommandError
from django.utils import timezone

from config.models import Heartbeat
from newsletter.management.commands import doctor
from tests.backups import run
from tests.builders import make_newsletter
from tests.newsletter.doctor.servers import name_server, web_server
from tests.smtp_sink import Sink, running

pytestmark = pytest.mark.django_db

RECORDS = {
    "pulse.news TXT": ["v=spf1 -all"],
    "pulse.news MX": ["10 mx.pulse.news."],
    "mx.pulse.news A": ["8.8.4.4"],
    "_dmarc.pulse.news TXT": ["v=DMARC1; p=reject"],
    "letter.net TXT": "SERVFAIL",
    "letter.net MX": "SERVFAIL",
    "_dmarc.letter.net TXT": "SERVFAIL",
}


@pytest.fixture
def site(settings, monkeypatch):
    """A site in order, but for the settings of development."""
    settings.DEFAULT_FROM_EMAIL = "Pulse <pulse@pulse.news>"
    monkeypatch.setattr(doctor.checks, "run_checks", lambda **_: [])
    now = timezone.now()
    for process in ("clock", "worker"):
        Heartbeat.objects.create(process=process, since=now, at=now)
    answers = {"POST": (200, {}, "You are unsubscribed.\n")}
    with name_server(RECORDS) as address, web_server(answers) as server:
        settings.SITE_URL = server.url
        answers["GET"] = (200, {}, f"<html> {server.url}/sitemap.xml")
        yield f"--nameserver={address}"


def test_it_prints_a_line_a_look_and_what_to_do(site):
    lines = run("doctor", site).splitlines()
    states = {line[10:38].strip(): line[:9].strip() for line in lines}
    assert states == {
        "settings": "ok", "database": "ok", "migrations": "ok", "static files": "ok",
        "clock": "ok", "worker": "ok", "tasks": "ok", "disk": "ok", "backups": "look at",
        "fetching": "ok", "armed": "ok", "single mails": "ok", "clocks": "ok",
        "mail server": "ok", "certificate": "look at", "public pages": "ok", "one-click unsubscribing": "ok",
        "DMARC of pulse.news": "ok", "DKIM of pulse.news": "not seen", "SPF of pulse.news": "ok",
        "MX of pulse.news": "ok",
    }  # fmt: skip


def test_a_newsletters_own_sender_is_looked_at_and_a_failing_name_server_is_not_seen(site):
    make_newsletter("Data Letter", from_address="letter@letter.net")
    said = run("doctor", site)
    assert "not seen  SPF of letter.net            DNS does not answer (NoNameservers).\n" in said


def test_it_ends_with_status_1_when_something_is_broken(site, capsys):
    Heartbeat.objects.filter(process="worker").update(at=timezone.now() - timedelta(hours=1))
    with pytest.raises(CommandError, match="Something is broken"):
        run("doctor", site)


def test_the_findings_of_check_deploy_are_lines_with_their_hints():
    found = dict(doctor.settings_checks())
    assert found["config.E002"].state == "broken"
    assert found["config.W001"].state == "look at"
    assert found["config.W001"].text.endswith("Set OPERATORS to one or more mail addresses.")


def test_settings_with_nothing_but_silenced_findings_are_good(settings):
    settings.SILENCED_SYSTEM_CHECKS = list(dict(doctor.settings_checks()))
    [(name, found)] = doctor.settings_checks()
    assert (name, found.state) == ("settings", "ok")


def test_a_database_whose_clock_is_wrong_is_broken(time_machine):
    time_machine.move_to(timezone.now() + timedelta(minutes=2))
    assert doctor.clocks().state == "broken"


def test_a_test_message_is_sent_and_its_headers_are_read(site, settings, tmp_path):
    with running(Sink()) as sink:
        settings.MAILERS = {"default": sink.mailer, "bulk": {**sink.mailer, "OPTIONS": {}}}
        settings.MAILERS["bulk"] = sink.mailer
        said = run("doctor", site, "--mail=operator@example.org")
    assert "look at   test message                 It was sent. When" in said
    file = tmp_path / "saved.eml"
    file.write_bytes(b"Return-Path: <pulse@pulse.news>\n" + sink.messages[0])
    with pytest.raises(CommandError):
        run("doctor", site, f"--message={file}")


def test_an_address_that_cannot_be_mailed_is_broken(site, settings):
    with pytest.raises(CommandError):
        run("doctor", site, "--mail=operator")
