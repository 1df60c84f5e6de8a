"""Connections to public addresses only, under a deadline.

A name is resolved once, all its addresses are checked, and the connection uses a checked address:
a second look-up could be answered differently (DNS rebinding). The name itself is still sent as
Host and in TLS, and the certificate is checked against it.
"""

import io
import re
import socket
import ssl
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from ipaddress import IPv6Address
from threading import Thread
from typing import Any, cast
from urllib.parse import quote, urlsplit

from glossary.fetching.errors import AddressRefused, TooLarge
from glossary.fetching.public_addresses import is_public

DEFAULT_PORTS = {"http": 80, "https": 443}
MAX_URL_LENGTH = 2000
MAX_HEAD_BYTES = 65_536

CONTROL = re.compile(r"[\x00-\x1f\x7f]")
LABEL = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
HOST = re.compile(rf"(?=.{{1,253}}\Z){LABEL}(?:\.{LABEL})*")
# Characters that stay unquoted in a URL, with the percent sign: quoting twice changes nothing.
KEPT = "!#$%&'()*+,/:;=?@[]~"


def resolve(host: str) -> list[str]:
    """Ask the system's resolver for all addresses of a name. Raises OSError."""
    found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


@dataclass(frozen=True, slots=True)
class Policy:
    """Which addresses we may open, and how much we accept.

    A real site must keep the default `is_allowed` and `ports`. Tests pass another policy to reach
    a server of their own; no setting or environment variable can. `extra_authority` (PEM) adds a
    certificate authority; names and dates of certificates are still checked.
    """

    is_allowed: Callable[[str], bool] = is_public
    resolve: Callable[[str], Sequence[str]] = resolve
    ports: frozenset[int] = frozenset({80, 443})
    extra_authority: str = ""
    max_redirects: int = 3
    max_bytes: int = 20_000_000  # after decompression
    connect_seconds: float = 10.0  # look-up, TCP and TLS together
    total_seconds: float = 30.0  # with all redirects and the body


STRICT = Policy()


@dataclass(frozen=True, slots=True)
class Deadline:
    """A point in time on the monotonic clock, shared by all steps of a request."""

    at: float

    @classmethod
    def after(cls, seconds: float) -> "Deadline":
        return cls(time.monotonic() + seconds)

    def within(self, seconds: float) -> "Deadline":
        return Deadline(min(self.at, time.monotonic() + seconds))

    def left(self) -> float:
        """Return the seconds left, more than 0. Raises TimeoutError when the time is over."""
        seconds = self.at - time.monotonic()
        if seconds <= 0:
            raise TimeoutError
        return seconds


@dataclass(frozen=True, slots=True)
class Target:
    """The parts of an address that keeps our rules. `path` has the query, percent-encoded."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def authority(self) -> str:
        """The name, and the port unless it is the default, as in the Host header."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == DEFAULT_PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def url(self) -> str:
        return f"{self.scheme}://{self.authority}{self.path}"


def target_of(url: str, policy: Policy = STRICT) -> Target:
    """Split a URL. Raises AddressRefused, which says which rule it breaks and what to write."""
    if len(url) > MAX_URL_LENGTH:
        raise AddressRefused(f"The address is longer than {MAX_URL_LENGTH} characters.")
    if CONTROL.search(url):
        raise AddressRefused("The address has control characters in it. Type it again.")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise AddressRefused(f"{url!a} is not a web address. Check how it is written.") from error
    if parts.scheme not in DEFAULT_PORTS:
        raise AddressRefused(f"{url!a} must begin with https:// or http://.")
    if "@" in parts.netloc:
        raise AddressRefused("An address must not carry a name or password before an @.")
    port = DEFAULT_PORTS[parts.scheme] if port is None else port
    if port not in policy.ports:
        allowed = " and ".join(str(allowed) for allowed in sorted(policy.ports))
        raise AddressRefused(f"{url!a} uses port {port}. Only {allowed} are open.")
    path = parts.path + (f"?{parts.query}" if parts.query else "")
    path = path if path.startswith("/") else f"/{path}"
    return Target(parts.scheme, _checked_host(parts.hostname or ""), port, quote(path, safe=KEPT))


def _checked_host(host: str) -> str:
    if HOST.fullmatch(host) or _is_ipv6(host):
        return host
    raise AddressRefused(
        f"{host!a} is not a host name. Names with other letters than a to z are written in "
        "their ASCII form, which begins with xn--."
    )


def _is_ipv6(host: str) -> bool:
    try:
        return IPv6Address(host).scope_id is None
    except ValueError:
        return False


class _KeptOpen(io.BufferedReader):
    """Keeps the file open: http.client closes it after the announced length; has_more reads on."""

    def close(self) -> None:
        pass


class Line(socket.socket):
    """A connection that fails after its deadline, or after `allowance` bytes."""

    deadline: Deadline
    allowance = MAX_HEAD_BYTES

    def recv_into(self, *arguments: Any) -> int:
        if self.allowance <= 0:
            raise TooLarge("The server sends more than we take. Look for a smaller file.")
        self.settimeout(self.deadline.left())
        count = super().recv_into(*arguments)
        self.allowance -= count
        return count

    def makefile(self, *_mode: Any) -> io.BufferedReader:  # type: ignore[override]
        self._reader = _KeptOpen(socket.SocketIO(self, "r"))
        return self._reader

    def has_more(self) -> bool:
        """Return whether more bytes came after the end of the body. Waits a millisecond."""
        self.deadline = Deadline.after(0.001)
        try:
            return bool(self._reader.peek(1))
        except OSError:
            return False


class _SecureLine(Line, ssl.SSLSocket):
    pass


def connect(target: Target, policy: Policy, deadline: Deadline) -> Line:
    """Open a connection to `target`, with TLS for https. Raises AddressRefused and OSError."""
    soon = deadline.within(policy.connect_seconds)
    addresses = _look_up(target.host, policy, soon)
    for address in addresses:
        if not policy.is_allowed(address):
            raise AddressRefused(
                f"{target.host} leads to {address}, which is not on the public internet. "
                "Use an address that everyone can open, or upload the file by hand."
            )
    line = _reach(addresses, target.port, soon)
    if target.scheme == "https":
        line = _secure(line, target.host, policy, soon)
    line.deadline = deadline
    return line


def _look_up(host: str, policy: Policy, deadline: Deadline) -> Sequence[str]:
    """Resolve in a separate thread, because the system's resolver has no time limit.

    Raises what the resolver raises, and TimeoutError past the deadline; the thread ends when the
    resolver gives up.
    """
    answer: Future[Sequence[str]] = Future()

    def ask() -> None:
        try:
            answer.set_result(policy.resolve(host))
        except Exception as error:
            answer.set_exception(error)

    Thread(target=ask, name=f"resolve {host}", daemon=True).start()
    return answer.result(deadline.left())


def _reach(addresses: Sequence[str], port: int, deadline: Deadline) -> Line:
    """Connect to the first address that answers, with a share of the time left for each."""
    failure = OSError("the name has no address")
    for position, address in enumerate(addresses):
        line = Line(socket.AF_INET6 if ":" in address else socket.AF_INET)
        try:
            line.settimeout(deadline.left() / (len(addresses) - position))
            line.connect((address, port))
        except OSError as error:
            line.close()
            failure = error
        else:
            return line
    raise failure


def _secure(plain: Line, host: str, policy: Policy, deadline: Deadline) -> _SecureLine:
    context = ssl.create_default_context()
    context.sslsocket_class = _SecureLine
    context.set_alpn_protocols(["http/1.1"])
    if policy.extra_authority:
        context.load_verify_locations(cadata=policy.extra_authority)
    try:
        plain.settimeout(deadline.left())
        # A body without a length ends where the connection ends. An end without a TLS close must be
        # an error: otherwise an attacker who cuts the connection can shorten the data.
        line = context.wrap_socket(plain, server_hostname=host, suppress_ragged_eofs=False)
    except BaseException:
        plain.close()
        raise
    return cast("_SecureLine", line)
