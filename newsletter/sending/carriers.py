"""How an issue's messages leave: over our own SMTP, or through another backend of MAILERS."""

from django.conf import settings

from newsletter.mailing.backends import BackendConnection
from newsletter.mailing.messages import Letter
from newsletter.mailing.smtp.connection import Connection, Outgoing
from newsletter.mailing.smtp.opening import SmtpOptions, open_wire
from newsletter.sending.envelopes import today
from newsletter.sending.ledger import ClaimedDelivery
from newsletter.sending.message import Message


class SmtpCarrier(Connection):
    """An open connection of our own. Like every carrier it carries one message after another."""

    def __init__(self, message: Message, options: SmtpOptions) -> None:
        super().__init__(*open_wire(options), options.timeouts)
        self.message = message

    def prepare(self, row: ClaimedDelivery) -> Outgoing:
        """Build one reader's message. Raises ValueError when that is impossible."""
        return self.message.as_outgoing(row, today())


class BackendCarrier(BackendConnection):
    """Another mail backend, such as a provider's API.

    One call for each reader, from as many lanes as for SMTP. Each provider has its own merge fields
    for sending to many readers in one call, and a call that breaks would leave all its readers
    unknown.
    """

    def __init__(self, message: Message) -> None:
        super().__init__("bulk")
        self.message = message

    def prepare(self, row: ClaimedDelivery) -> Letter:
        return self.message.as_mail(row)


type Carrier = SmtpCarrier | BackendCarrier


def open_carrier(message: Message) -> Carrier:
    """Open a carrier for one issue. Raises Unavailable."""
    options = SmtpOptions.from_mailer(settings.MAILERS["bulk"])
    return SmtpCarrier(message, options) if options else BackendCarrier(message)
