"""One open connection: one message after the other, and what became of each."""

import contextlib
import re
from dataclasses import dataclass
from typing import Self

from newsletter.mailing.smtp.answers import (
    CLOSING,
    Answer,
    Outcome,
    Reply,
    Step,
    first_refusal,
    judge,
)
from newsletter.mailing.smtp.opening import Options, Patience, open_wire
from newsletter.mailing.smtp.wire import Lost, Wire

# What would end an address, or the command it is in.
NOT_IN_A_PATH = re.compile(r"[\x00-\x20\x7f<>]")


class Unsendable(ValueError):
    """This one message cannot be put on the wire; the reason has no address in it."""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A message as it goes out: `content` is ASCII with CRLF, its dots not doubled yet."""

    sender: str  # the envelope's, where bounces go
    recipient: str
    content: bytes


class Connection:
    """A connection that waits for the next message. Not for two threads at once."""

    def __init__(self, wire: Wire, offers: frozenset[str], patience: Patience) -> None:
        self._wire = wire
        self._offers = offers
        self._patience = patience
        self._is_closed = False

    @classmethod
    def open(cls, options: Options) -> Self:
        """Connect and log in. Raises Unavailable."""
        wire, offers = open_wire(options)
        return cls(wire, offers, options.patience)

    @property
    def is_usable(self) -> bool:
        """Tell whether the next message may be tried here; look before you commit to one.

        A server that was kept waiting for minutes has said 421 by then.
        """
        if not self._is_closed and not self._wire.is_quiet():
            self._hang_up()
        return not self._is_closed

    def hand_over(self, outgoing: Outgoing) -> Answer:
        """Hand one message over and say what became of it. Raises nothing."""
        if not self.is_usable:
            return Answer(Outcome.DEFERRED, text="the connection was gone", is_closed=True)
        try:
            commands, data = self._commands(outgoing), as_data(outgoing.content)
        except Unsendable as error:
            return Answer(Outcome.FAILED, text=str(error))
        replies: dict[Step, Reply] = {}
        try:
            self._say(commands, replies)
        except Lost as lost:
            self._hang_up()
            if not first_refusal(replies):
                return Answer(Outcome.DEFERRED, text=str(lost), is_closed=True)
        if refused := first_refusal(replies):
            self._start_afresh(replies)
            return self._judge(*refused, outgoing)
        return self._deliver(data, outgoing)

    def close(self) -> None:
        """Say goodbye, if the server is still there."""
        if self.is_usable:
            with contextlib.suppress(Lost):
                self._ask(b"QUIT\r\n", self._patience.farewell)
        self._hang_up()

    def _commands(self, outgoing: Outgoing) -> dict[Step, bytes]:
        sender, recipient = path(outgoing.sender), path(outgoing.recipient)
        is_ascii = (sender + recipient).isascii()
        if not is_ascii and "smtputf8" not in self._offers:
            raise Unsendable("the server takes only addresses of plain letters (no SMTPUTF8)")
        size = f" SIZE={len(outgoing.content)}" if "size" in self._offers else ""
        utf8 = "" if is_ascii else " SMTPUTF8"
        return {
            Step.SENDER: f"MAIL FROM:<{sender}>{size}{utf8}\r\n".encode(),
            Step.RECIPIENT: f"RCPT TO:<{recipient}>\r\n".encode(),
            Step.DATA: b"DATA\r\n",
        }

    def _say(self, commands: dict[Step, bytes], replies: dict[Step, Reply]) -> None:
        """Name sender and recipient and ask to begin, in one write where the server allows it.

        Fills `replies` as far as they came. Raises Lost.
        """
        is_pipelined = "pipelining" in self._offers  # RFC 2920
        if is_pipelined:
            self._wire.send(b"".join(commands.values()), self._patience.writing)
        for step, command in commands.items():
            if not is_pipelined:
                self._wire.send(command, self._patience.writing)
            reply = replies[step] = self._read(step)
            if reply.code == CLOSING or (not is_pipelined and reply.is_refusal):
                return

    def _read(self, step: Step) -> Reply:
        """Read the answer to one step. Raises Lost, also for one that is out of place."""
        reply = self._wire.read_reply(self._patience.of(step))
        if not (step.lets_on(reply.code) or reply.is_refusal):
            raise Lost(f"{reply.code} is no answer to {step.value[0]}")
        return reply

    def _deliver(self, data: bytes, outgoing: Outgoing) -> Answer:
        """Send the message itself. Until its last byte is out, nothing can have been taken."""
        try:
            self._wire.send(data, self._patience.writing)
        except Lost as lost:
            return self._cut_short(lost, outgoing)
        try:
            reply = self._read(Step.MESSAGE)
        except Lost as lost:
            self._hang_up()
            return Answer(Outcome.UNKNOWN, text=str(lost), is_closed=True)
        return self._judge(Step.MESSAGE, reply, outgoing)

    def _cut_short(self, lost: Lost, outgoing: Outgoing) -> Answer:
        """Say what stopped us in the middle: the server may have given its reason and hung up."""
        with contextlib.suppress(Lost):
            reply = self._wire.read_reply(self._patience.farewell)
            if reply.is_refusal:
                self._hang_up()
                return self._judge(Step.MESSAGE, reply, outgoing)
        self._hang_up()
        return Answer(Outcome.DEFERRED, text=str(lost), is_closed=True)

    def _judge(self, step: Step, reply: Reply, outgoing: Outgoing) -> Answer:
        if reply.code == CLOSING:
            self._hang_up()
        return judge(step, reply, outgoing.recipient, is_closed=self._is_closed)

    def _start_afresh(self, replies: dict[Step, Reply]) -> None:
        """After a refusal, bring the server back to where it waits for MAIL; else hang up."""
        if self._is_closed or CLOSING in {reply.code for reply in replies.values()}:
            return self._hang_up()
        try:
            if Step.DATA in replies and not replies[Step.DATA].is_refusal:
                self._end_empty_message(replies)
            reply = self._ask(b"RSET\r\n", self._patience.farewell)
        except Lost:
            return self._hang_up()
        if reply.code != 250:
            self._hang_up()
        return None

    def _end_empty_message(self, replies: dict[Step, Reply]) -> None:
        """Leave a message that the server begins though it refused its recipient (RFC 2920, 3.1).

        With a recipient it would be delivered, empty: then we hang up instead.
        """
        if not replies[Step.RECIPIENT].is_refusal:
            raise Lost("a message to nobody asked for")
        if not self._ask(b".\r\n", self._patience.farewell).is_refusal:
            raise Lost("an empty message was taken")

    def _ask(self, command: bytes, seconds: float) -> Reply:
        self._wire.send(command, seconds)
        return self._wire.read_reply(seconds)

    def _hang_up(self) -> None:
        self._is_closed = True
        self._wire.close()


def path(address: str) -> str:
    """Check that an address is one word in a command. Raises Unsendable."""
    if NOT_IN_A_PATH.search(address):
        raise Unsendable("the address has a character that ends it")
    return address


def as_data(content: bytes) -> bytes:
    """Double the dots that begin a line and add the one that ends all (RFC 5321, 4.5.2).

    Raises Unsendable for bytes above 127 and for line breaks that are not CRLF: servers differ in
    what they take for the end of a message then.
    """
    if not content.isascii():
        raise Unsendable("the message is not ASCII")
    breaks = content.count(b"\r\n")
    if content.count(b"\n") != breaks or content.count(b"\r") != breaks:
        raise Unsendable("the message has a line break that is not CRLF")
    end = b".\r\n" if content.endswith(b"\r\n") else b"\r\n.\r\n"
    first = b"." if content.startswith(b".") else b""
    return first + content.replace(b"\r\n.", b"\r\n..") + end
