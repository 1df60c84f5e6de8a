"""The ways out: our own SMTP, or whatever backend stands in MAILERS under "bulk"."""

from typing import Any, Protocol

from django.conf import settings

from newsletter.mailing.smtp import Answer, Connection, Options, Outgoing
from newsletter.sending import envelopes
from newsletter.sending.backends import BackendCarrier
from newsletter.sending.ledger import Row
from newsletter.sending.message import Message

SMTP = "django.core.mail.backends.smtp.EmailBackend"


class Carrier(Protocol):
    """One open way out, for one message after the other."""

    @property
    def is_usable(self) -> bool: ...

    def prepare(self, row: Row) -> Any:
        """Make one reader's message. Raises ValueError when it cannot be made."""

    def hand_over(self, prepared: Any) -> Answer: ...

    def close(self) -> None: ...


class SmtpCarrier:
    def __init__(self, message: Message) -> None:
        self._message = message
        self._connection = Connection.open(Options.from_mailer(settings.MAILERS["bulk"]["OPTIONS"]))

    @property
    def is_usable(self) -> bool:
        return self._connection.is_usable

    def prepare(self, row: Row) -> Outgoing:
        return self._message.to(row, envelopes.today())

    def hand_over(self, prepared: Outgoing) -> Answer:
        return self._connection.hand_over(prepared)

    def close(self) -> None:
        self._connection.close()


def open_carrier(message: Message) -> Carrier:
    """Open a way out for one issue. Raises smtp.Unavailable."""
    if settings.MAILERS["bulk"]["BACKEND"] == SMTP:
        return SmtpCarrier(message)
    return BackendCarrier(message)
