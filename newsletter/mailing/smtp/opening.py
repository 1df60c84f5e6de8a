"""Getting a connection as far as the first message: connect, EHLO, encryption, log-in.

smtplib does it, once a connection; the connection is ours afterwards.
"""

import smtplib
import socket
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Self

from django.core.mail.utils import DNS_NAME

from newsletter.mailing.smtp.answers import Step, without_addresses
from newsletter.mailing.smtp.wire import Lost, Wire

# Refused without a code: the certificate, a password no server takes, an extension it lacks.
REFUSED = (
    ssl.SSLCertVerificationError,
    smtplib.SMTPNotSupportedError,
    UnicodeError,
)


class Unavailable(Exception):
    """No connection that messages can be handed over on. Nobody's message was touched.

    `is_ours`: the server is there and will not have us (certificate, log-in, reputation, 421), so
    a person has to look. Otherwise it could not be reached, and may be later. The reason has
    neither address nor password in it; `code` is the server's, or 0.
    """

    def __init__(self, reason: str, *, is_ours: bool, code: int = 0) -> None:
        super().__init__(reason)
        self.reason = reason
        self.is_ours = is_ours
        self.code = code


class Encryption(Enum):
    NONE = "none"
    STARTTLS = "starttls"
    TLS = "tls"


@dataclass(frozen=True)
class Patience:
    """How many seconds a server has for each step: the least that RFC 5321 asks for (4.5.3.2).

    One hand-over may last as long as all of them together.
    """

    sender: float = 300
    recipient: float = 300
    data: float = 120
    writing: float = 180
    # Long, because giving up here leaves it open whether the message was taken.
    message: float = 600
    # For what no reader depends on: if it takes longer we hang up.
    farewell: float = 5

    def of(self, step: Step) -> float:
        return {
            Step.SENDER: self.sender,
            Step.RECIPIENT: self.recipient,
            Step.DATA: self.data,
            Step.MESSAGE: self.message,
        }[step]


@dataclass(frozen=True)
class Options:
    host: str
    port: int
    username: str = ""
    password: str = field(default="", repr=False)
    encryption: Encryption = Encryption.NONE
    timeout: float = 30  # seconds, for each step until the log-in is done
    patience: Patience = Patience()

    @classmethod
    def from_mailer(cls, options: Mapping[str, Any]) -> Self:
        """Read the OPTIONS of one entry of MAILERS."""
        encryption = Encryption.NONE
        if options.get("use_ssl"):
            encryption = Encryption.TLS
        elif options.get("use_tls"):
            encryption = Encryption.STARTTLS
        return cls(
            host=options["host"],
            port=options["port"],
            username=options.get("username") or "",
            password=options.get("password") or "",
            encryption=encryption,
            timeout=options.get("timeout") or cls.timeout,
        )


class _Replies(smtplib.SMTP):
    """smtplib with our reading: a deadline for an answer, and an end to its length."""

    wire: Wire | None = None

    def getreply(self) -> tuple[int, bytes]:
        # Another socket after STARTTLS: what came before it in plain text must not count.
        if self.sock and (self.wire is None or self.wire.sock is not self.sock):
            self.wire = Wire(self.sock)
        if self.wire is None:
            raise smtplib.SMTPServerDisconnected("not connected")
        reply = self.wire.read_reply(self.timeout)
        return reply.code, reply.text.encode()


class _EncryptedReplies(_Replies, smtplib.SMTP_SSL):
    pass


def open_wire(options: Options) -> tuple[Wire, frozenset[str]]:
    """Return a wire that waits for MAIL, and the extensions the server offers, in small letters.

    Raises Unavailable.
    """
    server = _try("connecting", lambda: _connect(options))
    try:
        _try("greeting", server.ehlo_or_helo_if_needed)
        if options.encryption is Encryption.STARTTLS:
            context = ssl.create_default_context()
            _try("encrypting", lambda: server.starttls(context=context))
            _try("greeting", server.ehlo_or_helo_if_needed)
        if options.username:
            _try("logging in", lambda: server.login(options.username, options.password))
    except Unavailable:
        server.close()
        raise
    assert server.wire is not None  # noqa: S101 (connecting has read the greeting with it)
    # The last part of a message must not wait until the part before it is acknowledged.
    server.wire.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return server.wire, frozenset(server.esmtp_features)


def _connect(options: Options) -> _Replies:
    host, port, timeout, name = options.host, options.port, options.timeout, str(DNS_NAME)
    if options.encryption is not Encryption.TLS:
        return _Replies(host, port, name, timeout=timeout)
    context = ssl.create_default_context()
    return _EncryptedReplies(host, port, name, timeout=timeout, context=context)


def _try[T](step: str, act: Callable[[], T]) -> T:
    try:
        return act()
    # smtplib's errors are all OSErrors; a password that is not ASCII is a UnicodeError.
    except (OSError, UnicodeError) as error:
        raise _unavailable(step, error) from None


def _unavailable(step: str, error: Exception) -> Unavailable:
    if isinstance(error, smtplib.SMTPResponseException):
        said = error.smtp_error
        text = said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)
        reason = f"{step}: {error.smtp_code} {without_addresses(text)}"
        return Unavailable(reason, is_ours=True, code=error.smtp_code)
    if isinstance(error, Lost):
        return Unavailable(f"{step}: {error}", is_ours=False)
    return Unavailable(f"{step}: {type(error).__name__}", is_ours=isinstance(error, REFUSED))
