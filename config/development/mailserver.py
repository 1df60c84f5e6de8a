"""A mail server for development and tests. It delivers nothing, and misbehaves by rules.

A rule says when and what:

    to *@full.example: 452 4.2.2 mailbox full    this answer instead of the usual one
    message #3: cut                              hang up at the third message
    kept /100: wait 5                            the usual answer, late, to every hundredth
    connect #2+: 421 4.3.2 busy                  from the second connection on
    from each #3+: 421 4.7.0 enough              from the third message of each connection on
    after: cut                                   hang up after each message
    ehlo: noise                                  something that is not SMTP

Steps: connect, ehlo, tls, login, from, to, data, middle (of a message), message (after its last
dot; it is not kept), kept (it is kept and not answered yet; here it can wait), after (that answer).
A pattern matches the recipient, or the sender until there is one. Answers of 421 hang up.
"""

import asyncio
import os
import re
import ssl
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import NamedTuple

STEPS = (
    "connect", "ehlo", "tls", "login", "from", "to", "data", "middle", "message", "kept", "after",
)  # fmt: skip
RULE = re.compile(
    rf"(?P<step>{'|'.join(STEPS)})(?: (?P<who>\S*[@*]\S*))?(?P<each> each)?"
    r"(?: #(?P<nth>\d+)(?P<onwards>\+)?| /(?P<every>\d+))?: (?P<action>.+)"
)
ACTION = re.compile(r"cut|noise|wait \d+(\.\d+)?|[2-5]\d\d[ -].*")
EXTENSIONS = ("PIPELINING", "SIZE 52428800", "8BITMIME", "ENHANCEDSTATUSCODES", "AUTH PLAIN")
ADDRESS = re.compile(rb"<([^>]*)>")
NOISE = b"\x00\xff what is SMTP?\r\n"
END = b"\r\n.\r\n"


class RuleError(ValueError):
    """Says which rule cannot be read."""


@dataclass(frozen=True)
class Rule:
    step: str
    action: str
    who: str = "*"
    each: bool = False  # each connection counts its own matches
    nth: int = 0
    onwards: bool = False
    every: int = 0

    def applies(self, count: int) -> bool:
        """Return whether the rule applies to its match number `count`, counted from 1."""
        if self.every:
            return count % self.every == 0
        return not self.nth or count == self.nth or (self.onwards and count > self.nth)


def read_rule(text: str) -> Rule:
    """Read one rule. Raises RuleError."""
    found = RULE.fullmatch(text)
    is_early = found and found["step"] == "message" and found["action"].startswith("wait")
    if not found or is_early or not ACTION.fullmatch(found["action"]):
        raise RuleError(f"“{text}” is not a rule. One is “to *@full.example: 452 4.2.2 full”.")
    return Rule(
        step=found["step"],
        action=found["action"],
        who=found["who"] or "*",
        each=bool(found["each"]),
        nth=int(found["nth"] or 0),
        onwards=bool(found["onwards"]),
        every=int(found["every"] or 0),
    )


class Taken(NamedTuple):
    """One message that the server accepted."""

    sender: str
    recipient: str
    content: bytes


class Server:
    """What all connections share: the rules, how often each matched, and where messages go."""

    def __init__(
        self,
        keep: Callable[[Taken], object],
        rules: Sequence[Rule] = (),
        *,
        without: Sequence[str] = (),
        context: ssl.SSLContext | None = None,
    ) -> None:
        self.keep = keep
        self.rules = list(rules)
        self.context = context
        self.extensions = [each for each in EXTENSIONS if each.split()[0] not in without]
        self.connections = 0
        self._counts: Counter[Rule] = Counter()

    def action(self, step: str, who: str, own_counts: Counter[Rule]) -> str:
        """Return the action of the first rule that applies, or "" for the usual answer.

        `own_counts` are the matches on this connection.
        """
        for rule in self.rules:
            if rule.step == step and fnmatchcase(who, rule.who):
                counts = own_counts if rule.each else self._counts
                counts[rule] += 1
                if rule.applies(counts[rule]):
                    return rule.action
        return ""

    async def listen(self, port: int = 0, *, is_encrypted: bool = False) -> asyncio.Server:
        """Listen on this machine only; port 0 means any free port."""
        loop = asyncio.get_running_loop()
        context = self.context if is_encrypted else None
        return await loop.create_server(
            lambda: Session(self), "127.0.0.1", port, ssl=context, backlog=1000
        )


@dataclass
class Transaction:
    """The state of one message."""

    sender: str | None = None
    recipient: str = ""
    is_data: bool = False
    has_begun: bool = False
    searched: int = 0  # bytes that do not contain its end


class Session(asyncio.Protocol):
    """One connection."""

    transport: asyncio.Transport

    def __init__(self, server: Server) -> None:
        self.server = server
        self.unread = bytearray()
        self.is_waiting = self.is_encrypted = False
        self.now = Transaction()
        self.counts: Counter[Rule] = Counter()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)  # noqa: S101
        self.transport = transport
        self.server.connections += 1
        self.is_encrypted = transport.get_extra_info("sslcontext") is not None
        self._say("connect", "220 localhost ESMTP, for development")

    def data_received(self, data: bytes) -> None:
        self.unread += data
        if self.now.is_data and not self.now.has_begun:
            self.now.has_begun = True
            self._say("middle", "")
        self._go_on()

    def _go_on(self) -> None:
        """Handle the received lines until an answer has to wait."""
        while not self.is_waiting and not self.transport.is_closing():
            end = self.unread.find(END if self.now.is_data else b"\r\n", self.now.searched)
            if end < 0:
                self.now.searched = max(0, len(self.unread) - len(END))
                return
            if self.now.is_data:
                self._take(end)
            else:
                line = bytes(self.unread[:end])
                del self.unread[: end + 2]
                self.now.searched = 0
                self._handle(line)

    def _handle(self, line: bytes) -> None:
        word = line[:4].upper()
        handler = COMMANDS.get(word)
        if handler:
            handler(self, line)
        else:
            self._write("502 5.5.1 command not known")

    def _hello(self, line: bytes) -> None:
        extensions = self.server.extensions
        if self.server.context and not self.is_encrypted:
            extensions = ["STARTTLS", *extensions]
        lines = ["localhost", *extensions]
        self._say("ehlo", "".join(f"250-{each}\r\n" for each in lines[:-1]) + f"250 {lines[-1]}")

    def _encrypt(self, line: bytes) -> None:
        if self._say("tls", "220 go on").startswith("220"):
            self.is_waiting = True
            self.handshake = asyncio.ensure_future(self._shake_hands())

    async def _shake_hands(self) -> None:
        self.is_encrypted = True
        loop = asyncio.get_running_loop()
        assert self.server.context  # noqa: S101
        try:
            transport = await loop.start_tls(
                self.transport, self, self.server.context, server_side=True
            )
        except OSError:
            return self.transport.abort()
        assert isinstance(transport, asyncio.Transport)  # noqa: S101
        self.transport, self.is_waiting = transport, False
        return self._go_on()

    def _log_in(self, line: bytes) -> None:
        self._say("login", "235 2.7.0 welcome")

    def _from(self, line: bytes) -> None:
        if self.now.sender is not None:
            return self._write("503 5.5.1 sender named already")
        sender = _address(line)
        if self._say("from", "250 2.1.0 ok", sender).startswith("2"):
            self.now.sender = sender
        return None

    def _to(self, line: bytes) -> None:
        if self.now.sender is None:
            return self._write("503 5.5.1 name a sender first")
        recipient = _address(line)
        if self._say("to", "250 2.1.5 ok", recipient).startswith("2"):
            self.now.recipient = recipient
        return None

    def _data(self, line: bytes) -> None:
        usual = "354 go on" if self.now.recipient else "503 5.5.1 no recipient"
        if self._say("data", usual).startswith("354"):
            self.now.is_data = True
            # The final dot is a separate line, and may be the first one.
            self.unread[:0] = b"\r\n"

    def _take(self, end: int) -> None:
        """Accept a finished message and keep it unless a rule says otherwise."""
        content = bytes(self.unread[2 : end + 2]).replace(b"\r\n..", b"\r\n.")
        del self.unread[: end + len(END)]
        taken = Taken(self.now.sender or "", self.now.recipient, content.removeprefix(b"."))
        if not taken.recipient:
            self._write("554 5.5.1 no recipient")
        elif not self._say("message", "", taken.recipient):
            self.server.keep(taken)
            self._say("kept", "250 2.0.0 taken", taken.recipient)
            if not self.is_waiting:
                self._say("after", "", taken.recipient)
        self.now = Transaction()

    def _reset(self, line: bytes) -> None:
        self.now = Transaction()
        self._write("250 2.0.0 ok")

    def _quit(self, line: bytes) -> None:
        self._write("221 2.0.0 bye")
        self.transport.close()

    def _say(self, step: str, usual: str, who: str = "") -> str:
        """Answer as usual or by a rule; return the answer, "cut" after hanging up."""
        named = who or self.now.recipient or self.now.sender or ""
        action = self.server.action(step, named, self.counts)
        if action == "cut":
            self.transport.abort()
        elif action == "noise":
            self.transport.write(NOISE)
        elif action.startswith("wait "):
            self.is_waiting = True
            asyncio.get_running_loop().call_later(float(action[5:]), self._say_late, usual)
            return usual
        else:
            self._write(action or usual)
        return action or usual

    def _say_late(self, text: str) -> None:
        self.is_waiting = False
        self._write(text)
        self._go_on()

    def _write(self, text: str) -> None:
        if text and not self.transport.is_closing():
            self.transport.write(text.encode() + b"\r\n")
            if text.startswith("421"):
                self.transport.close()


COMMANDS: dict[bytes, Callable[[Session, bytes], None]] = {
    b"EHLO": Session._hello,
    b"HELO": Session._hello,
    b"STAR": Session._encrypt,
    b"AUTH": Session._log_in,
    b"MAIL": Session._from,
    b"RCPT": Session._to,
    b"DATA": Session._data,
    b"RSET": Session._reset,
    b"QUIT": Session._quit,
}


def log_to(path: str) -> Callable[[Taken], object]:
    """Return a `keep` that writes one line per message: sender, recipient, bytes.

    Each line is one write, so a killed server loses no message that it answered.
    """
    file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)

    def keep(taken: Taken) -> None:
        line = f"{taken.sender}\t{taken.recipient}\t{len(taken.content)}\n"
        os.write(file, line.encode())

    return keep


def _address(line: bytes) -> str:
    found = ADDRESS.search(line)
    return found[1].decode("utf-8", "replace") if found else ""
