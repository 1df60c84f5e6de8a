"""Sending through another mail backend: a provider's API (django-anymail), files, memory.

One call for each reader, from as many lanes as for SMTP. Each provider has its own merge fields for
sending to many readers in one call, and a call that breaks would leave all its readers unknown.
Anymail reports what became of a recipient in `anymail_status`, and we rely on it.
"""

from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.core.mail import EmailMultiAlternatives, mailers

from newsletter.mailing.smtp import Answer, DeliveryOutcome, Unavailable
from newsletter.sending.ledger import ClaimedDelivery
from newsletter.sending.message import Message

# Anymail's statuses of a refused recipient; all others mean that the provider took the message.
REFUSED = {"invalid", "rejected", "failed"}
# HTTP statuses that are about our account.
OUR_ACCOUNT = {401, 402, 403}
# HTTP statuses that ask us to try again later; the provider took nothing.
LATER = {408, 429, 503}
# What backends raise before they send anything, Anymail's own errors of this kind included.
UNBUILT = (ValueError, TypeError, ImproperlyConfigured)


class BackendCarrier:
    """An open backend that sends one message at a time."""

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


def answer_to(error: Exception) -> Answer:
    """Return what a backend's error means, with its name only: its text may contain an address.

    Most HTTP statuses mean that the provider took nothing. After other server errors, such as a
    gateway's 502 and 504, the request may have been carried out (RFC 9110, 15.6). A message that
    the backend cannot build was never sent. The outcome of any other error is unknown.
    """
    code = getattr(error, "status_code", None)
    name = type(error).__name__
    if isinstance(error, UNBUILT):
        return Answer(DeliveryOutcome.DEFERRED, text=name, is_ours=True, is_closed=True)
    if not isinstance(code, int) or (code >= 500 and code not in LATER):
        return Answer(DeliveryOutcome.UNKNOWN, code=code or 0, text=name, is_closed=True)
    is_ours = code in OUR_ACCOUNT
    outcome = DeliveryOutcome.DEFERRED if is_ours or code in LATER else DeliveryOutcome.FAILED
    return Answer(outcome, code=code, text=name, is_ours=is_ours, is_closed=True)


def answer_from(status: Any) -> Answer:
    """Return what a provider did with the only recipient of a message."""
    statuses = getattr(status, "status", None) or set()
    refused = sorted(statuses & REFUSED)
    return (
        Answer(DeliveryOutcome.FAILED, text=refused[0])
        if refused
        else Answer(DeliveryOutcome.ACCEPTED)
    )
