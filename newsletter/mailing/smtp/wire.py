"""Reading and writing lines on a socket, each with a deadline for the whole."""

import re
import socket
import ssl
from time import monotonic

from newsletter.mailing.smtp.answers import Reply

# RFC 5321 allows 512 bytes (4.5.3.1.5), some servers write longer ones.
LONGEST_LINE = 4096
MOST_LINES = 100
LINE = re.compile(rb"([2-5][0-9]{2})(?:([ -])(.*))?", re.DOTALL)


class Lost(OSError):
    """The connection broke, or what came over it is no SMTP. The reason has no address in it."""


class Wire:
    """One socket and what was read from it too early."""

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self._unread = bytearray()

    def send(self, data: bytes, seconds: float) -> None:
        """Write all of it. When Lost is raised, the last byte surely did not go out."""
        deadline = monotonic() + seconds
        rest = memoryview(data)
        try:
            while rest:
                self._wait_until(deadline)
                rest = rest[self.sock.send(rest) :]
        except OSError as error:
            raise Lost(f"writing: {_named(error)}") from None

    def read_reply(self, seconds: float) -> Reply:
        """Read one answer, of one line or several. Raises Lost."""
        deadline = monotonic() + seconds
        codes, texts = set(), []
        for _ in range(MOST_LINES):
            found = LINE.fullmatch(self._line(deadline))
            if not found:
                raise Lost("the answer is not SMTP")
            codes.add(found[1])
            texts.append(found[3] or b"")
            if found[2] != b"-":
                break
        else:
            raise Lost("the answer does not end")
        if len(codes) > 1:
            raise Lost("the answer has more than one code")
        return Reply(int(codes.pop()), b"\n".join(texts).decode("utf-8", "replace"))

    def is_quiet(self) -> bool:
        """Tell whether the server has nothing to say: neither a farewell nor a word too many."""
        self.sock.settimeout(0)
        try:
            # Not by select(): what waits on an encrypted socket need not be meant for us.
            self._unread += self.sock.recv(LONGEST_LINE)
        except OSError as error:
            # BlockingIOError and its like for encrypted sockets; anything else is a broken one.
            return not self._unread and _would_block(error)
        return False

    def close(self) -> None:
        self.sock.close()

    def _line(self, deadline: float) -> bytes:
        while (end := self._unread.find(b"\n")) < 0 and len(self._unread) <= LONGEST_LINE:
            self._unread += self._receive(deadline)
        if not 0 <= end <= LONGEST_LINE:
            raise Lost("a line of the answer is too long")
        line = bytes(self._unread[:end]).removesuffix(b"\r")
        del self._unread[: end + 1]
        return line

    def _receive(self, deadline: float) -> bytes:
        try:
            self._wait_until(deadline)
            data = self.sock.recv(LONGEST_LINE)
        except OSError as error:
            raise Lost(f"reading: {_named(error)}") from None
        if not data:
            raise Lost("reading: the server hung up")
        return data

    def _wait_until(self, deadline: float) -> None:
        left = deadline - monotonic()
        if left <= 0:
            raise TimeoutError
        self.sock.settimeout(left)


def _would_block(error: OSError) -> bool:
    return isinstance(error, BlockingIOError | ssl.SSLWantReadError)


def _named(error: OSError) -> str:
    return "timed out" if isinstance(error, TimeoutError) else type(error).__name__
