"""Reads and writes lines on a socket, with a deadline for each whole operation."""

import re
import socket
import ssl
from time import monotonic

from newsletter.mailing.smtp.answers import Reply

# RFC 5321 allows 512 bytes (4.5.3.1.5), but some servers send longer lines.
LONGEST_LINE = 4096
MOST_LINES = 100
LINE = re.compile(rb"([2-5][0-9]{2})(?:([ -])(.*))?", re.DOTALL)


class ConnectionLost(OSError):
    """The connection broke, or the reply is not SMTP. The text contains no address."""


class Wire:
    """A socket, and the bytes that were read from it ahead of time."""

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self._unread = bytearray()

    def send(self, data: bytes, seconds: float) -> None:
        """Send all of `data`. If it raises ConnectionLost, the last byte was certainly not sent."""
        deadline = monotonic() + seconds
        rest = memoryview(data)
        try:
            while rest:
                self._wait_until(deadline)
                rest = rest[self.sock.send(rest) :]
        except OSError as error:
            raise ConnectionLost(f"writing: {_named(error)}") from None

    def read_reply(self, seconds: float) -> Reply:
        """Read one reply of one or several lines. Raises ConnectionLost."""
        deadline = monotonic() + seconds
        codes, texts = set(), []
        for _ in range(MOST_LINES):
            found = LINE.fullmatch(self._line(deadline))
            if not found:
                raise ConnectionLost("the answer is not SMTP")
            codes.add(found[1])
            texts.append(found[3] or b"")
            if found[2] != b"-":
                break
        else:
            raise ConnectionLost("the answer does not end")
        if len(codes) > 1:
            raise ConnectionLost("the answer has more than one code")
        return Reply(int(codes.pop()), b"\n".join(texts).decode("utf-8", "replace"))

    def is_quiet(self) -> bool:
        """Return whether the server has sent nothing unexpected, such as a 421."""
        self.sock.settimeout(0)
        try:
            # Not with select(): bytes on an encrypted socket may belong to TLS itself.
            self._unread += self.sock.recv(LONGEST_LINE)
        except OSError as error:
            # BlockingIOError or its TLS equivalent; any other error means a broken socket.
            return not self._unread and _would_block(error)
        return False

    def close(self) -> None:
        self.sock.close()

    def _line(self, deadline: float) -> bytes:
        while (end := self._unread.find(b"\n")) < 0 and len(self._unread) <= LONGEST_LINE:
            self._unread += self._receive(deadline)
        if not 0 <= end <= LONGEST_LINE:
            raise ConnectionLost("a line of the answer is too long")
        line = bytes(self._unread[:end]).removesuffix(b"\r")
        del self._unread[: end + 1]
        return line

    def _receive(self, deadline: float) -> bytes:
        try:
            self._wait_until(deadline)
            data = self.sock.recv(LONGEST_LINE)
        except OSError as error:
            raise ConnectionLost(f"reading: {_named(error)}") from None
        if not data:
            raise ConnectionLost("reading: the server hung up")
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
