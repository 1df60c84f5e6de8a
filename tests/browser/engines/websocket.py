"""A WebSocket for text messages, as much of it as driving a browser on the same machine takes."""

import os
import socket

CONTINUED, TEXT, CLOSE, PING, PONG = 0x0, 0x1, 0x8, 0x9, 0xA
LAST, MASKED = 0x80, 0x80
TWO_BYTES, EIGHT_BYTES = 126, 127  # lengths that say how many bytes the length itself has


class WebSocket:
    """A client of RFC 6455 without TLS and extensions. Raises ConnectionError and TimeoutError."""

    def __init__(self, host: str, port: int, path: str, timeout: float = 30) -> None:
        self.socket = socket.create_connection((host, port), timeout=timeout)
        self.stream = self.socket.makefile("rb")
        # The key is there for caches on the way. There are none: any key does.
        self.socket.sendall(
            f"GET {path} HTTP/1.1\r\nHost: {host}:{port}\r\nUpgrade: websocket\r\n"
            "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
            "Sec-WebSocket-Key: YSBrZXkgb2YgMTYgYnl0ZQ==\r\n\r\n".encode()
        )
        status = self.stream.readline()
        if b" 101 " not in status:
            raise ConnectionError(f"{host}:{port}{path} answers {status!r}")
        while self.stream.readline().strip():
            pass

    def send(self, text: str) -> None:
        self._send(TEXT, text.encode())

    def receive(self) -> str:
        """Wait for the next whole message."""
        message = b""
        while True:
            kind, is_last, payload = self._frame()
            if kind == CLOSE:
                raise ConnectionError("the browser closed the connection")
            if kind == PING:
                self._send(PONG, payload)
            if kind in (TEXT, CONTINUED):
                message += payload
                if is_last:
                    return message.decode()

    def close(self) -> None:
        self.stream.close()
        self.socket.close()

    def _frame(self) -> tuple[int, bool, bytes]:
        first, size = self._read(2)
        if size in (TWO_BYTES, EIGHT_BYTES):
            size = int.from_bytes(self._read(2 if size == TWO_BYTES else 8))
        return first & 0x0F, bool(first & LAST), self._read(size)

    def _read(self, size: int) -> bytes:
        read = self.stream.read(size)
        if len(read) < size:
            raise ConnectionError("the browser ended the connection")
        return read

    def _send(self, kind: int, payload: bytes) -> None:
        size, mask = len(payload), os.urandom(4)
        if size < TWO_BYTES:
            length = bytes([MASKED | size])
        elif size < 1 << 16:
            length = bytes([MASKED | TWO_BYTES]) + size.to_bytes(2)
        else:
            length = bytes([MASKED | EIGHT_BYTES]) + size.to_bytes(8)
        masked = bytes(byte ^ mask[place % 4] for place, byte in enumerate(payload))
        self.socket.sendall(bytes([LAST | kind]) + length + mask + masked)
