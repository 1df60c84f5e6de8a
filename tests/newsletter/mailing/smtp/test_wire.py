"""Replies as they arrive over a socket: in pieces, too long, or malformed."""

import socket
from contextlib import contextmanager, suppress
from threading import Thread

import pytest

from newsletter.mailing.smtp.answers import Reply, redact_addresses
from newsletter.mailing.smtp.wire import JUDGED, LONGEST_REPLY, ConnectionLost, HungUp, Wire


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
        (b"250 half a li", "reading: timed out"),
        (b"250-half an answer\r\n", "reading: timed out"),
    ],
)
def test_malformed_replies(ends, sent, reason):
    wire, server = ends
    server.sendall(sent)
    with pytest.raises(ConnectionLost, match=f"^{reason}$"):
        wire.read_reply(0.05)


@pytest.mark.parametrize(
    "sent",
    [
        b"250 " + b"a" * 5_000 + b"\r\n",
        b"250-" + b"a" * 5_000 + b"\r\n250 ok\r\n",
        b"250-a few words\r\n" * 500 + b"250 ok\r\n",
        b"250 " + b"a" * 100_000 + b"\r\n",
    ],
    ids=["one line of 5,000 bytes", "the first of two", "500 lines", "one line of 100,000"],
)
def test_a_long_reply_counts_like_a_short_one(ends, sent):
    wire, server = ends
    with sending(server, sent + b"354 the next one\r\n"):
        reply = wire.read_reply(1)
        assert reply.code == 250
        assert len(reply.text) <= JUDGED
        assert wire.read_reply(1) == Reply(354, "the next one")


@pytest.mark.parametrize("part", [b"250-on and on\r\n", b"250 on and on "])
def test_a_reply_without_an_end_is_given_up(ends, part):
    wire, server = ends
    endless = part * (LONGEST_REPLY // len(part) + 99)
    with sending(server, endless), pytest.raises(ConnectionLost, match="the answer is too long"):
        wire.read_reply(5)


@contextmanager
def sending(server, content):
    """Send more than a socket holds, until the block ends."""
    thread = Thread(target=send_all, args=[server, content])
    thread.start()
    yield
    server.shutdown(socket.SHUT_RDWR)
    thread.join()


def send_all(server, content):
    with suppress(OSError):
        server.sendall(content)


def test_a_connection_that_ends_within_a_reply(ends):
    wire, server = ends
    server.sendall(b"250-half")
    server.close()
    with pytest.raises(HungUp, match="the server hung up"):
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
