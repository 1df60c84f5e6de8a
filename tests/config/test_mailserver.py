"""The development mail server: what it takes can be read at /dev/mail/, and it obeys its rules."""

import smtplib
from contextlib import suppress

import pytest
from django.core.management import CommandError, call_command, load_command_class
from django.http import Http404

from config.development import mailbox
from config.development.mailserver import Rule, RuleError, Taken, log_to, read_rule
from tests.smtp_sink import Sink, process, running

MESSAGE = "From: a@example.org\r\nSubject: Gr=C3=B6=C3=9Fe\r\n\r\nhttps://example.org/u/x\r\n.\r\n"


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("to *@full.example: 452 4.2.2 full", Rule("to", "452 4.2.2 full", who="*@full.example")),
        ("to *: 421 bye", Rule("to", "421 bye")),
        ("message #3: cut", Rule("message", "cut", nth=3)),
        ("connect #2+: noise", Rule("connect", "noise", nth=2, onwards=True)),
        ("from each #3+: 421 enough", Rule("from", "421 enough", each=True, nth=3, onwards=True)),
        ("after: cut", Rule("after", "cut")),
        ("kept a@b.org /100: wait 0.5", Rule("kept", "wait 0.5", who="a@b.org", every=100)),
    ],
)
def test_a_rule(text, rule):
    assert read_rule(text) == rule


@pytest.mark.parametrize(
    "text",
    ["", "to", "to: ", "quit: cut", "to: maybe", "to #x: cut", "message: wait 5", "to: 99 x"],
)
def test_what_is_no_rule(text):
    with pytest.raises(RuleError, match="is not a rule"):
        read_rule(text)


@pytest.mark.parametrize(
    ("text", "applies"),
    [
        ("to: cut", "1 2 3 4 5 6"),
        ("to #2: cut", "2"),
        ("to #4+: cut", "4 5 6"),
        ("to /3: cut", "3 6"),
    ],
)
def test_how_often_a_rule_applies(text, applies):
    rule = read_rule(text)
    assert [n for n in range(1, 7) if rule.applies(n)] == [int(n) for n in applies.split()]


def test_another_client_is_served_as_by_any_server():
    sink = Sink("to no@example.org: 550 5.1.1 nobody")
    with running(sink), smtplib.SMTP("127.0.0.1", sink.port) as client:
        client.login("any", "body")
        refused = client.sendmail("s@example.org", ["no@example.org", "b@example.org"], MESSAGE)
        assert refused == {"no@example.org": (550, b"5.1.1 nobody")}
        assert client.rset()[0] == 250
        assert client.docmd("DATA")[0] == 503
        assert client.docmd("WHAT")[0] == 502
    assert sink.taken == [("s@example.org", "b@example.org", MESSAGE.encode())]


@pytest.mark.parametrize(
    ("rule", "taken"),
    [
        ("from each #3+: 421 4.7.0 enough", 2),
        ("from #3+: 421 4.7.0 enough", 2),
        ("after: cut", 1),
        ("after each #2: 421 4.7.0 enough", 2),
    ],
)
def test_it_hangs_up_after_some_messages(rule, taken):
    with running(Sink(rule)) as sink:
        for connection in range(1, 3):
            with suppress(OSError), smtplib.SMTP("127.0.0.1", sink.port) as client:
                for _ in range(4):
                    client.sendmail("s@example.org", "a@example.org", MESSAGE)
            on_each = taken * connection if rule != "from #3+: 421 4.7.0 enough" else taken
            assert (sink.server.connections, len(sink.taken)) == (connection, on_each)


def test_what_it_takes_can_be_read_on_the_site(tmp_path, settings, rf):
    settings.DATA_DIR = tmp_path
    for number in range(3):
        content = MESSAGE.replace("Subject: ", f"Subject: {number} ")
        mailbox.store_message(tmp_path / "mail", content.encode())
    names = [path.stem for path in sorted((tmp_path / "mail").iterdir())]
    assert "2 Gr" in mailbox._find(names[-1])["Subject"]
    shown = mailbox._find(names[0])
    assert "https://example.org/u/x" in shown.get_content()
    with pytest.raises(Http404):
        mailbox.html(rf.get("/"), names[0])
    for missing in ("none", "..", names[0] + "x"):
        with pytest.raises(Http404):
            mailbox.message(rf.get("/"), missing)


def test_a_log_has_one_line_a_message(tmp_path):
    with process(tmp_path, "to no@*: 550 5.1.1 nobody") as server:
        with smtplib.SMTP("127.0.0.1", server.port) as client:
            client.sendmail("s@example.org", "a@example.org", MESSAGE)
            with pytest.raises(smtplib.SMTPRecipientsRefused):
                client.sendmail("s@example.org", "no@example.org", MESSAGE)
        assert server.received() == [("s@example.org", "a@example.org", len(MESSAGE))]


def test_a_log_is_added_to(tmp_path):
    path = tmp_path / "log"
    for _ in range(2):
        log_to(str(path))(Taken("a@b.org", "c@d.org", b"123"))
    assert path.read_text() == "a@b.org\tc@d.org\t3\n" * 2


def test_it_is_for_development():
    with pytest.raises(CommandError, match="it delivers nothing"):
        call_command("mailserver")


def test_a_wrong_rule_and_a_taken_port_are_said(settings):
    settings.DEBUG = True
    with pytest.raises(CommandError, match="“to: maybe” is not a rule"):
        call_command("mailserver", when=["to: maybe"])
    with running(Sink()) as sink, pytest.raises(CommandError, match=f"^Port {sink.port}: "):
        call_command("mailserver", port=sink.port)


def test_without_a_port_the_system_chooses_one():
    parser = load_command_class("config", "mailserver").create_parser("manage.py", "mailserver")
    assert parser.parse_args([]).port == 0
