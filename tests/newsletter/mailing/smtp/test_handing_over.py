"""Handing one message over to a mail server, with every kind of reply."""

import socket
from contextlib import contextmanager
from dataclasses import astuple
from threading import Thread

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.mailing.smtp.answers import Answer, DeliveryOutcome, Reply, SmtpStep, interpret
from newsletter.mailing.smtp.connection import Connection, Outgoing, Unsendable, as_data
from newsletter.mailing.smtp.opening import SmtpTimeouts
from newsletter.mailing.smtp.wire import Wire
from tests.smtp_sink import Sink, running

MESSAGE = b"Subject: Chips\r\n\r\nRenting got cheaper.\r\n"
GO_ON = b"250 ok\r\n354 go on\r\n"
SHORT_TIMEOUTS = SmtpTimeouts(sender=0.1, recipient=0.1, data=0.1, message=0.1)

# The server's rule and the result: outcome, whether it is about us, whether the connection is still
# usable.
ANSWERS = [
    ("from: 452 4.3.1 no room", "deferred", "ours", "open"),
    ("from: 530 5.7.0 log in first", "deferred", "ours", "open"),
    ("from: 550 5.1.8 unknown sender", "deferred", "ours", "open"),
    ("from: 552 5.3.4 too big for us", "deferred", "ours", "open"),
    ("to: 450 4.2.1 busy", "deferred", "", "open"),
    ("to: 451 4.7.1 greylisted", "deferred", "", "open"),
    ("to: 452 4.2.2 mailbox full", "deferred", "", "open"),
    ("to: 501 5.1.3 what address is that", "failed", "", "open"),
    ("to: 502 5.5.1 what command is that", "deferred", "ours", "open"),
    ("to: 550 5.1.1 no such user", "failed", "", "open"),
    ("to: 550 no such user", "failed", "", "open"),
    ("to: 552 5.2.2 mailbox full", "failed", "", "open"),
    ("to: 553 5.1.2 no such domain", "failed", "", "open"),
    ("to: 550 5.7.1 not authenticated", "deferred", "ours", "open"),
    ("to: 554 5.7.1 relay access denied", "deferred", "ours", "open"),
    ("to: 550 relay not permitted", "deferred", "ours", "open"),
    ("to: 550 5.4.5 daily limit", "deferred", "ours", "open"),
    ("to: 550 blocked using a list", "deferred", "ours", "open"),
    ("data: 451 4.3.0 not now", "deferred", "", "open"),
    ("data: 554 5.1.1 no such user after all", "failed", "", "open"),
    ("message: 450 4.2.0 try again", "deferred", "", "open"),
    ("message: 452 4.3.1 no room", "deferred", "", "open"),
    ("message: 535 log in", "deferred", "ours", "open"),
    ("message: 550 5.1.1 no such user", "failed", "", "open"),
    ("message: 552 mailbox full", "failed", "", "open"),
    ("message: 552 too large", "deferred", "ours", "open"),
    ("message: 554 address is not verified", "deferred", "ours", "open"),
    ("message: 552 5.3.4 too big for us", "deferred", "ours", "open"),
    ("message: 554 5.6.0 bad content", "deferred", "ours", "open"),
    ("message: 554 5.7.1 looks like spam", "deferred", "ours", "open"),
    *((f"{s}: 421 4.3.2 closing", "deferred", "ours", "") for s in ("from", "to", "data")),
    ("middle: 421 4.3.2 closing", "deferred", "ours", ""),
    ("message: 421 4.3.2 closing", "deferred", "ours", ""),
    *((f"{step}: cut", "deferred", "", "") for step in ("from", "to", "data")),
    *((f"{step}: noise", "deferred", "", "") for step in ("from", "to", "data")),
    *((f"{step}: 299 what", "deferred", "", "") for step in ("data",)),
    *((f"{step}: 399 what", "deferred", "", "") for step in ("from", "to")),
    *((f"{step}: wait 60", "deferred", "", "") for step in ("from", "to", "data")),
    ("middle: cut", "unknown", "", ""),  # it was out already, to its last dot
    ("message: cut", "unknown", "", ""),
    ("message: noise", "unknown", "", ""),
    ("message: 354 what", "unknown", "", ""),
    ("kept: cut", "unknown", "", ""),
    ("kept: noise", "unknown", "", ""),
    ("kept: wait 60", "unknown", "", ""),
    ("kept: 250 taken", "accepted", "", "open"),
    (f"kept: 250 {'taken ' * 1000}", "accepted", "", "open"),
]

# Texts of permanent refusals, as servers and providers write them.
ABOUT_US = [
    "relay not permitted",
    "<ann@example.org>: Relay access denied",
    "sorry, that domain is not in my list of allowed rcpthosts",
    "5.4.5 Daily user sending limit exceeded",
    "5.0.0 You have exceeded your hourly limit",
    "Domain pulse.example has exceeded the max emails per hour (25/25) allowed",
    "552 too large",
    "Message size exceeds fixed maximum message size",
    "5.2.3 too much at a time",
    "Message rejected: Email address is not verified. Identities: us@example.org",
    "Sender verify failed",
    "Verification failed for <us@example.org>\nNo Such User Here\nSender verify failed",
    "IP 192.0.2.1 rejected",
    "Sending domain rejected",
    "This host is banned",
    "From address is not authorized",
    "blocked using zen.example.net; see https://example.net/unknown-user",
    "192.0.2.1 is listed at example.net",
    "Client host rejected: no PTR",
    "5.3.2 not now and not later",
    "This message looks like spam",
    "#5.7.1 no",
    "(5.7.26) no",
    "The mail was not taken\n5.7.1 said the policy",
    "5.0.0 no\n5.1.8 who are you",
    "5.1.1 one reason\n5.7.1 and another",
    "5.0.0 message\nwas throttled",
]
ABOUT_THE_READER = [
    "",
    "no",
    "no such user here; our policy against spam: https://example.net/policy",
    "5.1.1 user unknown to this relay",
    "5.1.1 5.7.1",
    "5.7.1.9 has no mailbox ann",
    "5.2.2 the mailbox is over its size limit",
    "mailbox full",
    "recipient unknown, sender was told",
    "Recipient address rejected: User unknown in relay recipient table",
    "<policy@example.org>: nobody here",
    "5.0.0 Unrouteable address; see https://example.net/relay",
    "5.4.1 Recipient address rejected",
    "Address unknown at this server. Mail rejected.",
    "Recipient address rejected: Domain not found; mail rejected",
    "5.2.0 user has moved; domain closed, mail rejected",
]


def outgoing(recipient="ann@example.org", content=MESSAGE):
    return Outgoing("bounces@example.org", recipient, as_data(content))


def open_to(sink, **options):
    return Connection.open(sink.options(timeouts=SHORT_TIMEOUTS, **options))


@pytest.mark.parametrize("without", [(), ("PIPELINING",)], ids=["pipelined", "one by one"])
@pytest.mark.parametrize(("rule", "outcome", "ours", "left"), ANSWERS)
def test_the_outcome_of_a_message(rule, outcome, ours, left, without):
    with running(Sink(rule, without=without)) as sink:
        connection = open_to(sink)
        answer = connection.hand_over(outgoing())
        assert answer.outcome == outcome
        assert answer.is_ours == (ours == "ours")
        assert answer.is_closed == (left == "")
        assert connection.is_usable == (left == "open")
        is_kept = rule.startswith("kept")
        assert [taken.content for taken in sink.taken] == [MESSAGE] * is_kept
        # After a refusal the next message gets its own reply.
        sink.obey()
        after = connection.hand_over(outgoing("bob@example.org"))
        assert after.outcome == ("accepted" if left else "deferred")
        assert [t.recipient for t in sink.taken[is_kept:]] == ["bob@example.org"] * bool(left)
        connection.close()


# Whether the server closed the connection and has nothing of the message.
UNTOUCHED = {
    **dict.fromkeys([f"{s}: {a}" for s in ("from", "to", "data") for a in ("421 bye", "cut")], True),
    **dict.fromkeys([f"{s}: {a}" for s in ("from", "to", "data") for a in ("450 no", "550 no")], False),
    "from: wait 60": False,  # waiting as long again helps nobody
    "to: noise": False,
    "message: 421 bye": False,
    "message: cut": False,
    "middle: 421 bye": False,
    "middle: cut": False,
    "kept: cut": False,
}  # fmt: skip


@pytest.mark.parametrize("without", [(), ("PIPELINING",)], ids=["pipelined", "one by one"])
@pytest.mark.parametrize(("rule", "is_untouched"), UNTOUCHED.items())
def test_a_connection_that_was_closed_before_the_message(rule, is_untouched, without):
    with running(Sink(rule, without=without)) as sink:
        connection = open_to(sink)
        assert connection.hand_over(outgoing()).is_untouched == is_untouched
        if not connection.is_usable:  # closed before the next one begins
            assert connection.hand_over(outgoing()).is_untouched


@pytest.mark.parametrize(
    ("texts", "is_ours"), [(ABOUT_US, True), (ABOUT_THE_READER, False)], ids=["us", "reader"]
)
def test_every_line_of_a_refusal_says_whether_it_is_about_us(texts, is_ours):
    for text in texts:
        answer = interpret(SmtpStep.RECIPIENT, Reply(550, text), "ann@example.org")
        assert (text, answer.is_ours) == (text, is_ours)
        assert answer.outcome == ("deferred" if is_ours else "failed")
        # A server that asks to try later says nothing about us, in these words or others.
        later = interpret(SmtpStep.RECIPIENT, Reply(450, text.replace("5.", "4.")), "")
        assert (later.outcome, later.is_ours) == ("deferred", False)


def test_the_code_that_is_about_us_is_kept():
    said = Reply(550, "5.0.0 no\n5.7.1 by policy")
    assert interpret(SmtpStep.MESSAGE, said, "ann@example.org").enhanced == "5.7.1"


def test_the_answer_has_the_servers_codes_and_text_without_the_address():
    with running(Sink("to: 550 5.1.1 <Ann@Example.org>: no mailbox ann here")) as sink:
        answer = open_to(sink).hand_over(outgoing())
    assert answer == Answer(DeliveryOutcome.FAILED, 550, "5.1.1", "5.1.1 … no mailbox … here")


@pytest.mark.parametrize(
    "content",
    [
        b".\r\n..\r\nSubject: x\r\n.\r\n",
        b"Subject: x\r\n\r\n.\r\n.\r\n.hidden\r\n",
        b"Subject: x\r\n\r\nMAIL FROM:<a@b.org>\r\n.\r\nQUIT\r\n",
        b"Subject: x\r\n\r\n" + b"a" * 3_000_000 + b"\r\n",
    ],
)
def test_a_message_arrives_as_it_was_sent(content):
    with running(Sink()) as sink:
        connection = Connection.open(sink.options())
        for _ in range(2):
            assert connection.hand_over(outgoing(content=content)).outcome == "accepted"
    assert [taken.content for taken in sink.taken] == [content, content]


@given(st.lists(st.sampled_from([".", "..", "", "a", ".a", "QUIT", "a."]), min_size=1, max_size=8))
def test_no_line_of_a_message_ends_it_early(lines):
    content = "".join(f"{line}\r\n" for line in lines).encode()
    *inside, end, after = as_data(content).split(b"\r\n")
    assert (end, after) == (b".", b"")
    assert b"." not in inside
    assert [line.removeprefix(b".") for line in inside] == content.split(b"\r\n")[:-1]


def test_a_missing_final_line_break_is_added():
    with running(Sink()) as sink:
        open_to(sink).hand_over(outgoing(content=b"Subject: x\r\n\r\nlast"))
    assert sink.taken[0].content == b"Subject: x\r\n\r\nlast\r\n"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"Subject: x\n\r\n", "a line break that is not CRLF"),
        (b"x\r\n.\rMAIL", "a line break that is not CRLF"),
        ("Größe\r\n".encode(), "not ASCII"),
    ],
)
def test_a_message_that_servers_would_read_differently_cannot_be_sent(content, reason):
    with pytest.raises(Unsendable, match=reason):
        as_data(content)


@pytest.mark.parametrize(
    ("recipient", "reason"),
    [
        ("ann@a.org>\r\nRCPT TO:<b@b.org", "the address contains a character that would end it"),
        ("grün@example.org", "the server accepts only ASCII addresses"),
    ],
)
def test_a_message_to_an_unusable_address_fails_alone(recipient, reason):
    with running(Sink()) as sink:
        connection = open_to(sink)
        answer = connection.hand_over(outgoing(recipient))
        assert (answer.outcome, answer.is_ours) == ("failed", False)
        assert answer.text.startswith(reason)
        assert connection.hand_over(outgoing()).outcome == "accepted"
    assert len(sink.taken) == 1


def test_an_international_address_goes_to_a_server_that_supports_it():
    sink = Sink()
    sink.server.extensions.append("SMTPUTF8")
    with running(sink):
        assert open_to(sink).hand_over(outgoing("grün@example.org")).outcome == "accepted"
    assert sink.taken[0].recipient == "grün@example.org"


def test_a_message_begun_without_a_recipient_is_ended():
    """RFC 2920, 3.1: the server says 354 although it refused the only recipient."""
    with running(Sink("to #1: 550 5.1.1 no such user", "data #1: 354 go on")) as sink:
        connection = open_to(sink)
        assert connection.hand_over(outgoing()).outcome == "failed"
        assert connection.hand_over(outgoing("bob@example.org")).outcome == "accepted"
    assert [taken.recipient for taken in sink.taken] == ["bob@example.org"]


def test_a_message_begun_without_a_sender_is_not_ended():
    """The server accepted the recipient, so a lone dot would deliver an empty message."""
    with scripted() as (connection, server), answering(server, b"550 5.1.8 who\r\n", GO_ON):
        answer = connection.hand_over(outgoing())
        assert (answer.outcome, answer.is_closed) == ("deferred", True)
        assert server.recv(1000) == b""  # no dot


def test_an_unexpected_reply_ends_the_connection():
    """The next message would get the second reply."""
    with running(Sink("middle: 450 4.3.0 not now")) as sink:
        connection = open_to(sink)
        assert connection.hand_over(outgoing()).outcome == "deferred"
        sink.obey()
        answer = connection.hand_over(outgoing())
        assert (answer.outcome, answer.is_closed) == ("deferred", True)


def test_a_421_is_noticed_before_the_next_message():
    with scripted() as (connection, server):
        assert connection.is_usable
        server.send(b"421 4.4.2 you were silent for too long\r\n")
        assert not connection.is_usable


def test_a_server_that_stops_reading_has_accepted_nothing():
    timeouts = SmtpTimeouts(writing=0.1, farewell=0.1)
    with scripted(timeouts) as (connection, server), answering(server, b"250 ok\r\n", GO_ON):
        answer = connection.hand_over(outgoing(content=b"a" * 10_000_000))
    assert answer == Answer(DeliveryOutcome.DEFERRED, text="writing: timed out", is_closed=True)


def test_a_message_that_broke_off_was_not_accepted():
    with running(Sink("middle: cut")) as sink:
        answer = open_to(sink).hand_over(outgoing(content=b"a" * 30_000_000))
    assert (answer.outcome, answer.is_closed) == ("deferred", True)


@contextmanager
def answering(server, *answers):
    """Read one write, then send all replies."""
    thread = Thread(target=lambda: (server.recv(1000), server.sendall(b"".join(answers))))
    thread.start()
    yield
    thread.join()


@contextmanager
def scripted(timeouts=SHORT_TIMEOUTS):
    """A connection whose other end is a socket of the test."""
    ours, server = socket.socketpair()
    with ours, server:
        yield Connection(Wire(ours), frozenset({"pipelining"}), timeouts), server


def test_a_server_has_the_time_of_rfc_5321_for_each_step():
    assert astuple(SmtpTimeouts()) == (300, 300, 120, 180, 600, 5)
