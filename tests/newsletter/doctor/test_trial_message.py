"""A test message over a real mail server, and what its headers say after it arrived."""

import mailbox

import pytest

from config.health import State
from newsletter.doctor.trial_message import connect, judge, newest, send
from newsletter.values.addresses import AddressError
from tests.smtp_sink import Sink, running

ARRIVED = (
    "Return-Path: <test@bounces.pulse.news>\n"
    "Authentication-Results: mx.net;\n dkim=pass header.d=pulse.news; spf=pass; dmarc=pass\n"
    "DKIM-Signature: v=1; a=rsa-sha256; d=pulse.news; s=s1;\n"
    " h=from:to:subject:date:message-id:\n list-unsubscribe:list-unsubscribe-post; b=x\n"
)


@pytest.fixture
def sent(settings):
    """The bytes of a message as the mail server got them, and its envelope."""
    settings.DEFAULT_FROM_EMAIL = "Pulse <pulse@pulse.news>"
    settings.BOUNCE_DOMAIN = "bounces.pulse.news"
    with running(Sink()) as sink:
        settings.MAILERS = {"default": sink.mailer, "bulk": sink.mailer}
        assert connect().text == "MAIL_URL let us in."
        send("Operator@Example.org")
    [taken] = sink.taken
    return taken


def arrived(sent, path, more=ARRIVED):
    path.write_bytes(more.encode() + sent.content.replace(b"\r\n", b"\n"))
    return judge(newest(path))


def test_it_is_sent_with_the_headers_and_envelope_of_an_issue(sent):
    assert sent.sender == "test@bounces.pulse.news"
    assert b"\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n" in sent.content
    assert b"\r\nFrom: Pulse <pulse@pulse.news>\r\n" in sent.content


def test_a_message_that_arrived_well_is_all_right(sent, tmp_path):
    found = arrived(sent, tmp_path / "saved.eml")
    assert {each.state for each in found.values()} == {State.OK}


@pytest.mark.parametrize(
    ("change", "name", "state", "said"),
    [
        (("spf=pass", "spf=softfail"), "spf of the message", State.BROKEN, "says softfail"),
        (("dkim=pass", "x=y"), "dkim of the message", State.UNSEEN, "does not say"),
        (
            (":list-unsubscribe-post", ""),
            "signature", State.BROKEN, "It does not cover List-Unsubscribe-Post.",
        ),
        ((" d=pulse.news", " d=relay.net"), "signature", State.BROKEN, "No signature is of pulse"),
        (("bounces.pulse", "out.relay"), "envelope", State.LOOK, "come back to out.relay.news"),
        (("Return-Path", "X-Path"), "envelope", State.UNSEEN, "no Return-Path"),
    ],
)  # fmt: skip
def test_what_the_way_changed_is_named(sent, tmp_path, change, name, state, said):
    found = arrived(sent, tmp_path / "saved.eml", ARRIVED.replace(*change))[name]
    assert found.state == state
    assert said in found.text


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("one-click header", b"<http://127", b"=?utf-8?q?<http://127"),
        ("one-click header", b"List-Unsubscribe=One", b"List-Unsubscribe=Two"),
        ("sender", b"pulse@pulse.news", b"bulk@relay.net"),
    ],
)
def test_a_relay_that_changes_headers_is_named(sent, tmp_path, name, old, new):
    changed = sent._replace(content=sent.content.replace(old, new))
    assert arrived(changed, tmp_path / "saved.eml")[name].state == State.BROKEN


def test_of_an_mbox_the_last_is_read(tmp_path):
    box = mailbox.mbox(tmp_path / "box", create=True)
    for number in range(12):
        box.add(f"Subject: {number}\n\n")
    box.flush()
    assert newest(tmp_path / "box")["Subject"] == "11"


def test_a_mail_server_that_refuses_or_is_away_is_broken_and_named(settings):
    with running(Sink("connect: 554 go away")) as sink, running(Sink()) as other:
        settings.MAILERS = {"default": other.mailer, "bulk": sink.mailer}
        refused = connect()
    assert (refused.state, other.taken) == (State.BROKEN, [])
    assert "The server of BULK_MAIL_URL does not let us in" in refused.text
    assert "refused" in connect().text


def test_an_address_that_is_none_and_a_file_that_is_missing_are_refused(tmp_path):
    with pytest.raises(AddressError):
        send("operator")
    with pytest.raises(OSError):
        newest(tmp_path / "none")
