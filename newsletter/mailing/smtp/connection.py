"""An open connection that hands over one message after another."""

import contextlib
import re
from dataclasses import dataclass

from newsletter.mailing.smtp.answers import (
    CLOSING,
    Answer,
    DeliveryOutcome,
    Reply,
    SmtpStep,
    first_refusal,
    interpret,
)
from newsletter.mailing.smtp.opening import SmtpOptions, SmtpTimeouts, open_wire
from newsletter.mailing.smtp.wire import ConnectionLost, HungUp, Wire

# Characters that would end an address or its command.
NOT_IN_A_PATH = re.compile(r"[\x00-\x20\x7f<>]")


class Unsendable(ValueError):
    """This message cannot be sent; the text contains no address."""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A message to hand over; `data` is made by as_data, once for all recipients of an issue."""

    sender: str  # of the envelope, where bounces go
    recipient: str
    data: bytes


class Connection:
    """A connection that is ready for the next message. Not thread-safe."""

    def __init__(self, wire: Wire, offers: frozenset[str], timeouts: SmtpTimeouts) -> None:
        self._wire = wire
        self._offers = offers
        self._timeouts = timeouts
        self._is_closed = False

    @staticmethod
    def open(options: SmtpOptions) -> "Connection":
        """Connect and log in. Raises Unavailable."""
        return Connection(*open_wire(options), options.timeouts)

    @property
    def is_usable(self) -> bool:
        """Whether it can take a message: a server that waited for minutes may have sent 421."""
        if not self._is_closed and not self._wire.is_quiet():
            self._hang_up()
        return not self._is_closed

    def hand_over(self, outgoing: Outgoing) -> Answer:
        """Hand one message over and return the outcome. Raises nothing."""
        if not self.is_usable:
            return _lost_before_the_message("the connection was gone")
        try:
            commands = self._commands(outgoing)
        except Unsendable as error:
            return Answer(DeliveryOutcome.FAILED, text=str(error))
        replies: dict[SmtpStep, Reply] = {}
        try:
            self._say(commands, replies)
        except ConnectionLost as lost:
            self._hang_up()
            if not first_refusal(replies):
                return _lost_before_the_message(str(lost), is_untouched=isinstance(lost, HungUp))
        if refused := first_refusal(replies):
            self._reset(replies)
            return self._judge(*refused, outgoing)
        return self._deliver(outgoing)

    def close(self) -> None:
        """Send QUIT, if the server is still there."""
        if self.is_usable:
            with contextlib.suppress(ConnectionLost):
                self._ask(b"QUIT\r\n", self._timeouts.farewell)
        self._hang_up()

    def _commands(self, outgoing: Outgoing) -> dict[SmtpStep, bytes]:
        sender, recipient = check_path(outgoing.sender), check_path(outgoing.recipient)
        is_ascii = (sender + recipient).isascii()
        if not is_ascii and "smtputf8" not in self._offers:
            raise Unsendable("the server accepts only ASCII addresses (no SMTPUTF8)")
        size = f" SIZE={len(outgoing.data)}" if "size" in self._offers else ""
        utf8 = "" if is_ascii else " SMTPUTF8"
        return {
            SmtpStep.SENDER: f"MAIL FROM:<{sender}>{size}{utf8}\r\n".encode(),
            SmtpStep.RECIPIENT: f"RCPT TO:<{recipient}>\r\n".encode(),
            SmtpStep.DATA: b"DATA\r\n",
        }

    def _say(self, commands: dict[SmtpStep, bytes], replies: dict[SmtpStep, Reply]) -> None:
        """Send the envelope, in one write if allowed; add to `replies`. Raises ConnectionLost."""
        is_pipelined = "pipelining" in self._offers  # RFC 2920
        if is_pipelined:
            self._wire.send(b"".join(commands.values()), self._timeouts.writing)
        for step, command in commands.items():
            if not is_pipelined:
                self._wire.send(command, self._timeouts.writing)
            reply = replies[step] = self._read(step)
            if reply.code == CLOSING or (not is_pipelined and reply.is_refusal):
                return

    def _read(self, step: SmtpStep) -> Reply:
        """Read the reply to one step. Raises ConnectionLost, also for an unexpected reply."""
        reply = self._wire.read_reply(self._timeouts.of(step))
        if not (step.accepts(reply.code) or reply.is_refusal):
            raise ConnectionLost(f"{reply.code} is not an answer to {step.value[0]}")
        return reply

    def _deliver(self, outgoing: Outgoing) -> Answer:
        """Send the message itself. The server cannot accept it before its last byte."""
        try:
            self._wire.send(outgoing.data, self._timeouts.writing)
        except ConnectionLost as lost:
            return self._cut_short(lost, outgoing)
        try:
            reply = self._read(SmtpStep.MESSAGE)
        except ConnectionLost as lost:
            self._hang_up()
            return Answer(DeliveryOutcome.UNKNOWN, text=str(lost), is_closed=True)
        return self._judge(SmtpStep.MESSAGE, reply, outgoing)

    def _cut_short(self, lost: ConnectionLost, outgoing: Outgoing) -> Answer:
        """Return why sending broke off: the server may have sent its reason and hung up."""
        with contextlib.suppress(ConnectionLost):
            reply = self._wire.read_reply(self._timeouts.farewell)
            if reply.is_refusal:
                self._hang_up()
                return self._judge(SmtpStep.MESSAGE, reply, outgoing)
        self._hang_up()
        return Answer(DeliveryOutcome.DEFERRED, text=str(lost), is_closed=True)

    def _judge(self, step: SmtpStep, reply: Reply, outgoing: Outgoing) -> Answer:
        if reply.code == CLOSING:
            self._hang_up()
        return interpret(step, reply, outgoing.recipient, is_closed=self._is_closed)

    def _reset(self, replies: dict[SmtpStep, Reply]) -> None:
        """Make the connection ready for the next message after a refusal, or hang up."""
        if self._is_closed or CLOSING in {reply.code for reply in replies.values()}:
            return self._hang_up()
        try:
            if SmtpStep.DATA in replies and not replies[SmtpStep.DATA].is_refusal:
                # It began the message although it refused the recipient (RFC 2920, 3.1). With a
                # recipient it would deliver an empty message; then we hang up instead.
                is_refused = replies[SmtpStep.RECIPIENT].is_refusal
                if not is_refused or not self._ask(b".\r\n", self._timeouts.farewell).is_refusal:
                    return self._hang_up()
            if self._ask(b"RSET\r\n", self._timeouts.farewell).code != 250:
                self._hang_up()
        except ConnectionLost:
            self._hang_up()
        return None

    def _ask(self, command: bytes, seconds: float) -> Reply:
        self._wire.send(command, seconds)
        return self._wire.read_reply(seconds)

    def _hang_up(self) -> None:
        self._is_closed = True
        self._wire.close()


def _lost_before_the_message(text: str, *, is_untouched: bool = True) -> Answer:
    return Answer(DeliveryOutcome.DEFERRED, text=text, is_closed=True, is_untouched=is_untouched)


def check_path(address: str) -> str:
    """Return the address if it is one word in a command. Raises Unsendable."""
    if NOT_IN_A_PATH.search(address):
        raise Unsendable("the address contains a character that would end it")
    return address


def as_data(content: bytes) -> bytes:
    """Double the dots at the start of lines and add the final dot (RFC 5321, 4.5.2).

    Raises Unsendable for bytes above 127, and for line breaks other than CRLF, because servers then
    differ in where they see the end of a message.
    """
    if not content.isascii():
        raise Unsendable("the message is not ASCII")
    breaks = content.count(b"\r\n")
    if content.count(b"\n") != breaks or content.count(b"\r") != breaks:
        raise Unsendable("the message contains a line break that is not CRLF")
    end = b".\r\n" if content.endswith(b"\r\n") else b"\r\n.\r\n"
    first = b"." if content.startswith(b".") else b""
    return first + content.replace(b"\r\n.", b"\r\n..") + end
