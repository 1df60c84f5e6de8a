"""A publisher's server on a free local port, scripted byte by byte, that misbehaves on request."""

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

from glossary.fetching.connecting import STRICT, Policy
from glossary.fetching.fetch import Fetched, NotModified, Wanted, fetch

AGENT = "AI-Economy-Pulse (+https://pulse.example/about/)"
CSV = b"period,value\n2026-06,4.1\n"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
PLAIN = b"HTTP/1.1 200 OK\r\n\r\n"

type Act = Callable[[socket.socket, "Publisher"], None]


def answer(status: str = "200 OK", body: bytes = b"", **headers: str) -> bytes:
    """Build a whole response. Underscores in header names become hyphens."""
    fields = {"Content-Length": str(len(body))}
    fields |= {name.replace("_", "-"): value for name, value in headers.items()}
    lines = "".join(f"{name}: {value}\r\n" for name, value in fields.items() if value)
    return f"HTTP/1.1 {status}\r\n{lines}\r\n".encode("latin-1") + body


def says(data: bytes) -> Act:
    return lambda line, _: line.sendall(data)


def says_for_ever(start: bytes, piece: bytes, pause: float = 0.0) -> Act:
    """Send `piece` again and again, until the other side has enough or the test is over."""

    def act(line: socket.socket, publisher: "Publisher") -> None:
        line.sendall(start)
        while not publisher.is_over.wait(pause):
            line.sendall(piece)

    return act


def says_nothing(_line: socket.socket, publisher: "Publisher") -> None:
    publisher.is_over.wait()


@dataclass
class Publisher:
    """Each connection gets the next act; the last act is for all that follow."""

    acts: list[Act]
    tls: ssl.SSLContext | None = None
    requests: list[str] = field(default_factory=list)
    reached_at: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.is_over = threading.Event()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._listen, daemon=True).start()

    def url(self, path: str = "/data.csv", host: str = "data.example") -> str:
        scheme = "https" if self.tls else "http"
        return f"{scheme}://{host}:{self.port}{path}"

    def close(self) -> None:
        if self.is_over.is_set():
            return
        self.is_over.set()
        # Closing alone does not wake the thread that accepts.
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()

    def _listen(self) -> None:
        while not self.is_over.is_set():
            try:
                line, _ = self.listener.accept()
            except OSError:
                return
            act = self.acts.pop(0) if len(self.acts) > 1 else self.acts[0]
            threading.Thread(target=self._serve, args=(line, act), daemon=True).start()

    def _serve(self, line: socket.socket, act: Act) -> None:
        self.reached_at.append(line.getsockname()[0])
        try:
            if self.tls:
                line = self.tls.wrap_socket(line, server_side=True)
            self.requests.append(_head(line))
            act(line, self)
        except OSError:
            return  # the client has hung up, which is what many tests want
        finally:
            line.close()


def _head(line: socket.socket) -> str:
    """Read a request, or the beginning of a TLS handshake, which has no such end."""
    head = b""
    while not (b"\r\n\r\n" in head or head[:1] == b"\x16") and (piece := line.recv(4096)):
        head += piece
    return head.decode("latin-1")


type Publish = Callable[..., Publisher]


def publishers() -> Iterator[Publish]:
    """The body of a fixture: gives a function that starts servers, and stops them at the end.

    `publish(act, ..., tls=context)`; bytes are short for an act that answers with them.
    """
    started: list[Publisher] = []

    def publish(*acts: Act | bytes, tls: ssl.SSLContext | None = None) -> Publisher:
        script = [says(act) if isinstance(act, bytes) else act for act in acts]
        started.append(Publisher(script, tls))
        return started[-1]

    yield publish
    for publisher in started:
        publisher.close()


def policy_for(*publishers: Publisher, **fields) -> Policy:
    """The strict policy with the smallest opening that a test needs, and short times."""
    defaults = {
        "is_allowed": lambda address: address == "127.0.0.1",
        "resolve": lambda host: ["127.0.0.1"],
        "ports": frozenset(publisher.port for publisher in publishers),
        "connect_seconds": 1.0,
        "total_seconds": 3.0,
        "max_bytes": 100_000,
    }
    return replace(STRICT, **(defaults | fields))


def get(publisher: Publisher, **fields) -> Fetched | NotModified:
    return fetch(Wanted(publisher.url()), AGENT, policy_for(publisher, **fields))
