"""Sending by any other mail backend: a provider's API (django-anymail), files, memory.

One call a reader, by as many lanes as for SMTP: what providers offer for many at once (merge
fields) is another language with each of them, and a call that breaks would leave all its readers
in doubt. Anymail says what became of a recipient in `anymail_status`, which is believed.
"""

from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.core.mail import EmailMultiAlternatives, mailers

from newsletter.mailing.smtp import Answer, Outcome, Unavailable
from newsletter.sending.ledger import Row
from newsletter.sending.message import Message

# Anymail's words for what a provider did with a recipient; others mean that it was taken.
REFUSED = {"invalid", "rejected", "failed"}
# Of its statuses over HTTP, those that are about our account or come from a server in trouble.
OUR_ACCOUNT = {401, 402, 403}
# And those that say to come again, with nothing taken.
LATER = {408, 429, 503}
# What backends raise before anything is sent; Anymail's own of this kind are among them.
UNBUILT = (ValueError, TypeError, ImproperlyConfigured)


class BackendCarrier:
    """One opened backend, one message at a time."""

    is_usable = True

    def __init__(self, message: Message) -> None:
        self._message = message
        self._mailer = mailers["bulk"]
        try:
            self._mailer.open()
        except Exception as error:
            reason = f"opening: {type(error).__name__}"
            raise Unavailable(reason, is_ours=isinstance(error, ValueError)) from None

    def prepare(self, row: Row) -> EmailMultiAlternatives:
        return self._message.as_mail(row)

    def hand_over(self, prepared: EmailMultiAlternatives) -> Answer:
        try:
            count = self._mailer.send_messages([prepared])
        except Exception as error:
            self.is_usable = False
            return answer_to(error)
        if count == 0:
            return Answer(Outcome.UNKNOWN, text="the backend says that it sent nothing")
        return answer_from(getattr(prepared, "anymail_status", None))

    def close(self) -> None:
        self._mailer.close()


def answer_to(error: Exception) -> Answer:
    """Say what an error of a backend means. Its text may hold an address, so only its name stays.

    With most HTTP statuses the provider has answered and taken nothing. After other server errors,
    such as a gateway's 502 and 504, the request may have been carried out (RFC 9110, 15.6). A
    message that the backend cannot put together never left. Of anything else nobody knows.
    """
    code = getattr(error, "status_code", None)
    name = type(error).__name__
    if isinstance(error, UNBUILT):
        return Answer(Outcome.DEFERRED, text=name, is_ours=True, is_closed=True)
    if not isinstance(code, int) or (code >= 500 and code not in LATER):
        return Answer(Outcome.UNKNOWN, code=code or 0, text=name, is_closed=True)
    is_ours = code in OUR_ACCOUNT
    outcome = Outcome.DEFERRED if is_ours or code in LATER else Outcome.FAILED
    return Answer(outcome, code=code, text=name, is_ours=is_ours, is_closed=True)


def answer_from(status: Any) -> Answer:
    """Say what a provider did with the one recipient of a message."""
    words = getattr(status, "status", None) or set()
    refused = sorted(words & REFUSED)
    return Answer(Outcome.FAILED, text=refused[0]) if refused else Answer(Outcome.ACCEPTED)
