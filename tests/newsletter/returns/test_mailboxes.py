"""Where returned mail is read from: Maildir, mbox, a real IMAP server, standard input."""

import io
import logging
import mailbox
import os
import shutil
import tempfile
import tracemalloc
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from imapclient import IMAPClient

from config.environment import mailbox as address
from newsletter.mailing import arming
from newsletter.models import MailEvent
from newsletter.returns import intake, mailboxes
from newsletter.returns.incoming import LARGEST
from tests import dovecot
from tests.newsletter.returns.conftest import bounce_of
from tests.newsletter.returns.corpus import forms

pytestmark = pytest.mark.django_db


@pytest.fixture
def mails(delivery):
    """A proven bounce, an unproven one, and a reply."""
    reply = forms.mail("From: a@example.net\nSubject: Automatic reply: x", "Away.")
    return [bounce_of(delivery), forms.exim("5.1.1", "550 user unknown"), reply]


class Maildir:
    def __init__(self, folder):
        self.address = str(folder / "Maildir")
        self.box = mailbox.Maildir(self.address)

    def put(self, raw):
        self.box.add(raw)

    def left(self):
        return len(mailbox.Maildir(self.address))


class Mbox(Maildir):
    def __init__(self, folder):
        self.address = str(folder / "bounces.mbox")
        self.box = mailbox.mbox(self.address)
        self.box.flush()

    def put(self, raw):
        self.box.add(raw)
        self.box.flush()

    def left(self):
        return len(mailbox.mbox(self.address))


class Imap:
    def __init__(self, server, scheme):
        self.server = server
        port = server.tls_port if scheme == "imaps" else server.port
        self.address = f"{scheme}://reader:secret%2Fwith%3Asigns@localhost:{port}/INBOX"

    def opened(self):
        client = IMAPClient("localhost", self.server.port, ssl=False)
        client.login("reader", dovecot.PASSWORD)
        client.select_folder("INBOX")
        return client

    def put(self, raw):
        with self.opened() as client:
            client.append("INBOX", raw)

    def left(self):
        with self.opened() as client:
            return len(client.search())


@pytest.fixture(scope="module")
def server():
    if dovecot.SERVER is None:
        pytest.skip("Dovecot is not installed")
    folder = Path(tempfile.mkdtemp(prefix="pulse-imap-"))
    with dovecot.running(folder) as running:
        yield running
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(params=["maildir", "mbox", "imaps", "imap+tls"])
def box(request, tmp_path, monkeypatch):
    if request.param in ("maildir", "mbox"):
        yield {"maildir": Maildir, "mbox": Mbox}[request.param](tmp_path)
        return
    monkeypatch.setenv("SSL_CERT_FILE", str(dovecot.CERTIFICATE))
    box = Imap(request.getfixturevalue("server"), request.param)
    yield box
    with box.opened() as client:
        client.delete_messages(client.search())
        client.expunge()


def test_every_mail_is_taken_and_then_removed(box, mails, capsys):
    for raw in mails:
        box.put(raw)
    call_command("readbounces", box.address)
    assert capsys.readouterr().out == "     2 hard\n     1 reply\n     3 in all\n"
    assert box.left() == 0
    assert MailEvent.objects.get(state="matched").is_proven


def test_mails_may_be_kept_and_are_taken_once(box, mails):
    for raw in mails:
        box.put(raw)
    for _ in range(2):
        call_command("readbounces", box.address, "--keep")
    assert box.left() == MailEvent.objects.count() == 3


def test_a_mail_that_could_not_be_stored_stays_with_those_after_it(box, mails, monkeypatch):
    for raw in mails:
        box.put(raw)
    taken, take = [], intake.take_mail

    def take_one(raw):
        if taken:
            raise OSError("the disk is full")
        taken.append(raw)
        return take(raw)

    monkeypatch.setattr(intake, "take_mail", take_one)
    with pytest.raises(CommandError, match="the disk is full"):
        call_command("readbounces", box.address)
    assert (box.left(), MailEvent.objects.count()) == (2, 1)


def test_of_a_mail_of_fifty_megabytes_the_beginning_is_read(box, mails):
    box.put(mails[0] + b"A" * 70 + b"\r\n" + (b"B" * 998 + b"\r\n") * 50_000)
    tracemalloc.start()
    call_command("readbounces", box.address)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    event = MailEvent.objects.get()
    assert (event.kind, event.is_proven, len(bytes(event.raw))) == ("hard", True, LARGEST)
    assert peak < 30_000_000
    assert box.left() == 0


def test_one_mail_on_standard_input(delivery, monkeypatch, capsys):
    stream = io.BytesIO(bounce_of(delivery) + b"A" * LARGEST)
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(stream))
    call_command("readbounces", "-")
    assert capsys.readouterr().out == "hard\n"
    assert stream.tell() > LARGEST  # to its end, so that the mail server sees no broken pipe
    assert MailEvent.objects.get().delivery == delivery


def test_a_relative_path_is_a_path_too(mails, tmp_path, monkeypatch):
    box = Maildir(tmp_path)
    box.put(mails[0])
    monkeypatch.chdir(tmp_path)
    call_command("readbounces", "Maildir")
    assert box.left() == 0


@pytest.mark.parametrize("path", ["/no/such/folder", "pop://mail.example.org", os.devnull + "/x"])
def test_a_mailbox_that_cannot_be_read_is_an_error_that_says_so(armed, path):
    with pytest.raises(CommandError, match="mailbox"):
        call_command("readbounces", path)


def test_without_a_mailbox_there_is_nothing_to_read(armed):
    with pytest.raises(CommandError, match="set BOUNCE_MAILBOX"):
        call_command("readbounces")
    assert mailboxes.read_configured() == ""


def test_the_clock_reads_the_mailbox_of_the_settings_some_mails_at_a_time(
    mails, tmp_path, settings, monkeypatch
):
    box = Maildir(tmp_path)
    for raw in mails:
        box.put(raw)
    settings.BOUNCE_MAILBOX = address(box.address)
    monkeypatch.setattr(mailboxes, "BATCH", 2)
    assert mailboxes.read_configured() == "2 returned mails read"
    assert box.left() == 1
    call_command("readbounces")
    assert box.left() == 0


def test_a_copy_of_the_database_leaves_the_mailbox_to_its_original(
    mails, tmp_path, settings, monkeypatch
):
    box = Maildir(tmp_path)
    box.put(mails[0])
    settings.BOUNCE_MAILBOX = address(box.address)
    monkeypatch.setattr(arming, "reason_not_armed", lambda: "This is a copy.")
    assert mailboxes.read_configured() == ""
    with pytest.raises(CommandError, match="This is a copy") as refused:
        call_command("readbounces")
    assert refused.value.returncode == 75  # EX_TEMPFAIL
    assert box.left() == 1


def test_a_server_that_cannot_be_reached_is_told_once_an_hour_without_a_password(
    armed, settings, caplog
):
    settings.BOUNCE_MAILBOX = address("imap://bounces@example.org:secret@127.0.0.1:1/INBOX")
    for _ in range(3):
        assert mailboxes.read_configured() == ""
    (record,) = caplog.records
    assert record.levelno == logging.ERROR
    assert "ConnectionRefusedError" in record.message
    assert "secret" not in caplog.text
    assert "@" not in caplog.text


def test_a_wrong_password_is_told(server, armed, settings, caplog):
    settings.BOUNCE_MAILBOX = address(f"imap://reader:wrong@localhost:{server.port}/")
    assert mailboxes.read_configured() == ""
    assert "LoginError" in caplog.text
