"""Reads and writes lines on a socket, with a deadline for each whole operation."""

import re
import socket
import ssl
from time import monotonic

from newsletter.mailing.smtp.answers import Reply

# RFC 5321 allows lines of 512 bytes (4.5.3.1.5), but some servers send longer ones, and a final
# 250 counts with any text behind it.
LONGEST_REPLY = 1_000_000
JUDGED = 16_384  # bytes of a reply that are kept to find out what it means
READ_AHEAD = 4096
LINE = re.compile(rb"([2-5][0-9]{2})(?:([ -])(.*))?", re.DOTALL)


class ConnectionLost(OSError):
    """The connection broke, or the reply is not SMTP. The text contains no address."""


class HungUp(ConnectionLost):
    """The server closed the connection."""


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
            raise _lost("writing", error) from None

    def read_reply(self, seconds: float) -> Reply:
        """Read one reply of one or several lines. Raises ConnectionLost."""
        deadline = monotonic() + seconds
        codes, texts, room, is_last = set(), [], LONGEST_REPLY, False
        while not is_last:
            line = self._line(deadline, room)
            found = LINE.fullmatch(line)
            if not found:
                raise ConnectionLost("the answer is not SMTP")
            codes.add(found[1])
            texts.append(found[3] or b"")
            room -= len(line) + len(b"\r\n")
            is_last = found[2] != b"-"
        if len(codes) > 1:
            raise ConnectionLost("the answer has more than one code")
        return Reply(int(codes.pop()), b"\n".join(texts)[:JUDGED].decode("utf-8", "replace"))

    def is_quiet(self) -> bool:
        """Return whether the server has sent nothing unexpected, such as a 421."""
        self.sock.settimeout(0)
        try:
            # Not with select(): bytes on an encrypted socket may belong to TLS itself.
            self._unread += self.sock.recv(READ_AHEAD)
        except OSError as error:
            # BlockingIOError or its TLS equivalent; any other error means a broken socket.
            would_block = isinstance(error, BlockingIOError | ssl.SSLWantReadError)
            return not self._unread and would_block
        return False

    def close(self) -> None:
        self.sock.close()

    def _line(self, deadline: float, most: int) -> bytes:
        while (end := self._unread.find(b"\n")) < 0 and len(self._unread) <= most:
            self._unread += self._receive(deadline)
        if not 0 <= end <= most:
            raise ConnectionLost("the answer is too long")
        line = bytes(self._unread[:end]).removesuffix(b"\r")
        del self._unread[: end + 1]
        return line

    def _receive(self, deadline: float) -> bytes:
        try:
            self._wait_until(deadline)
            data = self.sock.recv(READ_AHEAD)
        except OSError as error:
            raise _lost("reading", error) from None
        if not data:
            raise HungUp("reading: the server hung up")
        return data

    def _wait_until(self, deadline: float) -> None:
        left = deadline - monotonic()
        if left <= 0:
            raise TimeoutError
        self.sock.settimeout(left)


def _lost(doing: str, error: OSError) -> ConnectionLost:
    if isinstance(error, TimeoutError):
        return ConnectionLost(f"{doing}: timed out")
    kind = HungUp if isinstance(error, ConnectionError) else ConnectionLost
    return kind(f"{doing}: {type(error).__name__}")
