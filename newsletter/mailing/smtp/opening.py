"""Opens a connection for messages: connect, EHLO, encryption, log-in.

smtplib does this, and `Connection` takes over its socket.
"""

import smtplib
import socket
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from functools import partial
from typing import Any, Self

from django.core.mail.utils import DNS_NAME

from newsletter.mailing.smtp.answers import SmtpStep, redact_addresses
from newsletter.mailing.smtp.wire import ConnectionLost, Wire

SMTP = "django.core.mail.backends.smtp.EmailBackend"
# Refusals without a code: a bad certificate, an unusable password, a missing extension.
REFUSED = (ssl.SSLCertVerificationError, smtplib.SMTPNotSupportedError, UnicodeError)


class Unavailable(Exception):
    """No connection could be opened; no message was affected.

    `is_ours`: the server rejects us (certificate, log-in, reputation, 421), so a person has to
    act. Otherwise it could not be reached and may be back later. The reason contains neither
    addresses nor passwords; `code` is the server's, or 0.
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
class SmtpTimeouts:
    """How many seconds a server has for each step: the minimum of RFC 5321 (4.5.3.2).

    Handing over one message may take the sum of them.
    """

    sender: float = 300
    recipient: float = 300
    data: float = 120
    writing: float = 180
    # Long, because after giving up here we cannot tell whether the server accepted the message.
    message: float = 600
    # For commands that no message depends on; after this we hang up.
    farewell: float = 5

    def of(self, step: SmtpStep) -> float:
        return float(getattr(self, step.name.lower()))


@dataclass(frozen=True)
class SmtpOptions:
    host: str
    port: int
    username: str = ""
    password: str = field(default="", repr=False)
    encryption: Encryption = Encryption.NONE
    timeout: float = 30  # seconds for each step up to the log-in
    timeouts: SmtpTimeouts = SmtpTimeouts()

    @classmethod
    def from_mailer(cls, mailer: Mapping[str, Any]) -> Self | None:
        """Read an entry of MAILERS; None if its backend is another one than Django's for SMTP."""
        if mailer["BACKEND"] != SMTP:
            return None
        options = mailer["OPTIONS"]
        encryption = Encryption.STARTTLS if options.get("use_tls") else Encryption.NONE
        return cls(
            host=options["host"],
            port=options["port"],
            username=options.get("username") or "",
            password=options.get("password") or "",
            encryption=Encryption.TLS if options.get("use_ssl") else encryption,
            timeout=options.get("timeout") or cls.timeout,
        )


class _Replies(smtplib.SMTP):
    """smtplib with our reading of replies: with a deadline and a limit on their length."""

    wire: Wire | None = None

    def getreply(self) -> tuple[int, bytes]:
        # STARTTLS brings a new socket; plain text that arrived before it must not count.
        if self.sock and (self.wire is None or self.wire.sock is not self.sock):
            self.wire = Wire(self.sock)
        if self.wire is None:
            raise smtplib.SMTPServerDisconnected("not connected")
        reply = self.wire.read_reply(self.timeout)
        return reply.code, reply.text.encode()


class _EncryptedReplies(_Replies, smtplib.SMTP_SSL):
    pass


def open_wire(options: SmtpOptions) -> tuple[Wire, frozenset[str]]:
    """Return a wire ready for MAIL, and the extensions in lower case. Raises Unavailable."""
    server = _try("connecting", lambda: _connect(options))
    try:
        _try("greeting", server.ehlo_or_helo_if_needed)
        if options.encryption is Encryption.STARTTLS:
            context = ssl.create_default_context()
            _try("encrypting", lambda: server.starttls(context=context))
            _try("greeting", server.ehlo_or_helo_if_needed)
        if options.username and options.password:
            log_in = partial(server.login, options.username, options.password)
            _try("logging in", log_in, name=options.username)
    except Unavailable:
        server.close()
        raise
    assert server.wire is not None  # noqa: S101 (reading the greeting has set it)
    # The last part of a message must not wait for the acknowledgment of the part before it.
    server.wire.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return server.wire, frozenset(server.esmtp_features)


def _connect(options: SmtpOptions) -> _Replies:
    host, port, timeout, name = options.host, options.port, options.timeout, str(DNS_NAME)
    if options.encryption is not Encryption.TLS:
        return _Replies(host, port, name, timeout=timeout)
    context = ssl.create_default_context()
    return _EncryptedReplies(host, port, name, timeout=timeout, context=context)


def _try[T](step: str, act: Callable[[], T], name: str = "") -> T:
    """Return what `act` returns. Raises Unavailable, whose text has no `name` of an account."""
    try:
        return act()
    except smtplib.SMTPResponseException as error:
        said, code = error.smtp_error, error.smtp_code
        text = said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)
        text = redact_addresses(text.replace(name, "…") if name else text)
        raise Unavailable(f"{step}: {code} {text}", is_ours=True, code=code) from None
    except ConnectionLost as error:
        raise Unavailable(f"{step}: {error}", is_ours=False) from None
    # All errors of smtplib are OSErrors; a password that is not ASCII raises UnicodeError.
    except (OSError, UnicodeError) as error:
        reason = f"{step}: {type(error).__name__}"
        raise Unavailable(reason, is_ours=isinstance(error, REFUSED)) from None
