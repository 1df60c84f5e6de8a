"""Answers as they come over a socket: in pieces, too long, or no answers at all."""

import socket

import pytest

from newsletter.mailing.smtp.answers import Reply, without_addresses
from newsletter.mailing.smtp.wire import LONGEST_LINE, Lost, Wire


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
def test_an_answer(ends, sent, reply):
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
def test_what_is_no_answer(ends, sent, reason):
    wire, server = ends
    server.sendall(sent)
    with pytest.raises(Lost, match=f"^{reason}$"):
        wire.read_reply(0.05)


def test_an_end_in_the_middle_of_an_answer(ends):
    wire, server = ends
    server.sendall(b"250-half")
    server.close()
    with pytest.raises(Lost, match="the server hung up"):
        wire.read_reply(1)


def test_an_answer_in_single_bytes_has_one_deadline_for_the_whole(ends):
    """Each byte is in time; a deadline for each would never end."""
    wire, server = ends
    received = wire._receive

    def drip(deadline):
        server.send(b"2")
        return received(deadline)

    wire._receive = drip
    with pytest.raises(Lost, match="timed out"):
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
def test_what_is_kept_of_a_servers_words_names_nobody(text, kept):
    assert without_addresses(text, "ann@example.org") == kept
