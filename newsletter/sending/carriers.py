"""How an issue's messages leave: over our own SMTP, or through another backend of MAILERS."""

from typing import Any, Protocol

from django.conf import settings

from newsletter.mailing.smtp.answers import Answer
from newsletter.mailing.smtp.connection import Connection, Outgoing
from newsletter.mailing.smtp.opening import SmtpOptions
from newsletter.sending import envelopes
from newsletter.sending.backends import BackendCarrier
from newsletter.sending.ledger import ClaimedDelivery
from newsletter.sending.message import Message

SMTP = "django.core.mail.backends.smtp.EmailBackend"


class Carrier(Protocol):
    """An open connection that carries one message after another."""

    @property
    def is_usable(self) -> bool: ...

    def prepare(self, row: ClaimedDelivery) -> Any:
        """Build one reader's message. Raises ValueError when that is impossible."""

    def hand_over(self, prepared: Any) -> Answer: ...

    def close(self) -> None: ...


class SmtpCarrier:
    def __init__(self, message: Message) -> None:
        self._message = message
        self._connection = Connection.open(
            SmtpOptions.from_mailer(settings.MAILERS["bulk"]["OPTIONS"])
        )

    @property
    def is_usable(self) -> bool:
        return self._connection.is_usable

    def prepare(self, row: ClaimedDelivery) -> Outgoing:
        return self._message.as_outgoing(row, envelopes.today())

    def hand_over(self, prepared: Outgoing) -> Answer:
        return self._connection.hand_over(prepared)

    def close(self) -> None:
        self._connection.close()


def open_carrier(message: Message) -> Carrier:
    """Open a carrier for one issue. Raises smtp.Unavailable."""
    if settings.MAILERS["bulk"]["BACKEND"] == SMTP:
        return SmtpCarrier(message)
    return BackendCarrier(message)
