"""How an issue's messages leave: over our own SMTP, or through another backend of MAILERS."""

from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, mailers

from newsletter.mailing.backends import answer_to
from newsletter.mailing.smtp.answers import Answer, DeliveryOutcome
from newsletter.mailing.smtp.connection import Connection, Outgoing
from newsletter.mailing.smtp.opening import SmtpOptions, Unavailable
from newsletter.sending.envelopes import today
from newsletter.sending.ledger import ClaimedDelivery
from newsletter.sending.message import Message

# Anymail's statuses of a refused recipient; all others mean that the provider took the message.
REFUSED = {"invalid", "rejected", "failed"}


class SmtpCarrier(Connection):
    """An open connection of our own. Like every carrier it carries one message after another."""

    message: Message

    def prepare(self, row: ClaimedDelivery) -> Outgoing:
        """Build one reader's message. Raises ValueError when that is impossible."""
        return self.message.as_outgoing(row, today())


class BackendCarrier:
    """Another mail backend: a provider's API (django-anymail), files, memory.

    One call for each reader, from as many lanes as for SMTP. Each provider has its own merge fields
    for sending to many readers in one call, and a call that breaks would leave all its readers
    unknown. Anymail reports what became of a recipient in `anymail_status`, and we rely on it.
    """

    is_usable = True

    def __init__(self, message: Message) -> None:
        self._message = message
        self._mailer = mailers["bulk"]
        try:
            self._mailer.open()
        except Exception as error:
            reason = f"opening: {type(error).__name__}"
            raise Unavailable(reason, is_ours=isinstance(error, ValueError)) from None

    def prepare(self, row: ClaimedDelivery) -> EmailMultiAlternatives:
        return self._message.as_mail(row)

    def hand_over(self, prepared: EmailMultiAlternatives) -> Answer:
        try:
            count = self._mailer.send_messages([prepared])
        except Exception as error:
            self.is_usable = False
            return answer_to(error)
        if count == 0:
            return Answer(DeliveryOutcome.UNKNOWN, text="the backend reports that it sent nothing")
        return answer_from(getattr(prepared, "anymail_status", None))

    def close(self) -> None:
        self._mailer.close()


def answer_from(status: Any) -> Answer:
    """Return what a provider did with the only recipient of a message."""
    refused = sorted((getattr(status, "status", None) or set()) & REFUSED)
    outcome = DeliveryOutcome.FAILED if refused else DeliveryOutcome.ACCEPTED
    return Answer(outcome, text=refused[0] if refused else "")


type Carrier = SmtpCarrier | BackendCarrier


def open_carrier(message: Message) -> Carrier:
    """Open a carrier for one issue. Raises Unavailable."""
    options = SmtpOptions.from_mailer(settings.MAILERS["bulk"])
    if options is None:
        return BackendCarrier(message)
    carrier = SmtpCarrier.open(options)
    carrier.message = message
    return carrier
