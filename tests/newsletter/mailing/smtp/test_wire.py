"""Replies as they arrive over a socket: in pieces, too long, or malformed."""

import socket

import pytest

from newsletter.mailing.smtp.answers import Reply, redact_addresses
from newsletter.mailing.smtp.wire import LONGEST_LINE, ConnectionLost, Wire


@pytest.fixture
def ends():
    ours, theirs = socket.socketpair()
    yield Wire(ours), theirs
    ours.close()
    theirs.close()


@pytest.mark.parametrize(
    ("sent", "reply"),
    [
        (b"250 2.0.0 ok\r\n", Reply(250, "2.0.0 ok")),
        (b"250\r\n", Reply(250, "")),
        (b"250 bare line feed\n", Reply(250, "bare line feed")),
        (
            b"550-5.1.1 no\r\n550-5.1.1 such\r\n550 user\r\n",
            Reply(550, "5.1.1 no\n5.1.1 such\nuser"),
        ),
        (b"250 \xff\r\n", Reply(250, "\ufffd")),
    ],
)
def test_a_reply(ends, sent, reply):
    wire, server = ends
    server.sendall(sent + b"354 the next one\r\n")
    assert wire.read_reply(1) == reply
    assert wire.read_reply(1) == Reply(354, "the next one")


@pytest.mark.parametrize(
    ("sent", "reason"),
    [
        (b"hello\r\n", "the answer is not SMTP"),
        (b"150 one\r\n", "the answer is not SMTP"),
        (b"2500 four\r\n", "the answer is not SMTP"),
        (b"\r\n", "the answer is not SMTP"),
        (b"250-ok\r\n550 not ok\r\n", "the answer has more than one code"),
        (b"250-on and on\r\n" * 101, "the answer does not end"),
        (b"250 " + b"a" * LONGEST_LINE + b"\r\n", "a line of the answer is too long"),
        (b"250 half a li", "reading: timed out"),
        (b"250-half an answer\r\n", "reading: timed out"),
    ],
)
def test_malformed_replies(ends, sent, reason):
    wire, server = ends
    server.sendall(sent)
    with pytest.raises(ConnectionLost, match=f"^{reason}$"):
        wire.read_reply(0.05)


def test_a_connection_that_ends_within_a_reply(ends):
    wire, server = ends
    server.sendall(b"250-half")
    server.close()
    with pytest.raises(ConnectionLost, match="the server hung up"):
        wire.read_reply(1)


def test_a_reply_in_single_bytes_has_one_deadline(ends):
    """Each byte is in time, so a deadline for each byte would never pass."""
    wire, server = ends
    received = wire._receive

    def drip(deadline):
        server.send(b"2")
        return received(deadline)

    wire._receive = drip
    with pytest.raises(ConnectionLost, match="timed out"):
        wire.read_reply(0.001)


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("5.1.1 <ann@example.org>: unknown", "5.1.1 … unknown"),
        ("user Ann unknown, planning goes on", "user … unknown, planning goes on"),
        ("see https://mail.example/?to=ann%40x.org", "see https://mail.example/?to=…%40x.org"),
        ("bounces+ann=example.org@pulse.example", "…"),
        ("one\ntwo\x00\u2028three", "one two three"),
        ("a " * 300, ("a " * 100)),
    ],
)
def test_a_servers_text_is_stored_without_names_and_addresses(text, kept):
    assert redact_addresses(text, "ann@example.org") == kept
