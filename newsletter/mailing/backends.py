"""Hands messages over by a provider's API (django-anymail) or another mail backend of Django."""

from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.core.mail import EmailMessage, mailers

from newsletter.mailing.smtp.answers import Answer, DeliveryOutcome, has_words_about_us
from newsletter.mailing.smtp.opening import Unavailable

# HTTP statuses of a request that the provider read and refused: the reader may be the reason.
REFUSED_CONTENT = {400, 422}
# HTTP statuses that ask us to try again later; the provider took nothing.
LATER = {408, 429, 503}
# What backends raise before they send anything, Anymail's own errors of this kind included.
UNBUILT = (ValueError, TypeError, ImproperlyConfigured)
# The name of Anymail's error for a message whose recipient the provider refused. It has no HTTP
# status, because the request itself succeeded.
RECIPIENT_REFUSED = "AnymailRecipientsRefused"
# Anymail's statuses of a refused recipient; all others mean that the provider took the message.
REFUSED = {"invalid", "rejected", "failed"}


class BackendConnection:
    """An entry of MAILERS, used like a Connection. Raises Unavailable when it cannot be opened.

    Anymail reports what became of a recipient in `anymail_status`, and we rely on it. `is_single`:
    it hands over single mails, for which a backend's own fault is deferred, and its count ignored.
    """

    def __init__(self, alias: str, *, is_single: bool = False) -> None:
        self.is_usable = True
        self.is_single = is_single
        self._mailer = mailers[alias]
        try:
            self._mailer.open()
        except Exception as error:
            reason = f"opening: {type(error).__name__}"
            raise Unavailable(reason, is_ours=isinstance(error, ValueError)) from None

    def hand_over(self, prepared: EmailMessage) -> Answer:
        try:
            count = self._mailer.send_messages([prepared])
        except Exception as error:
            self.is_usable = False
            return answer_to(error, is_single=self.is_single)
        if count == 0 and not self.is_single:
            return Answer(DeliveryOutcome.UNKNOWN, text="the backend reports that it sent nothing")
        return answer_from(getattr(prepared, "anymail_status", None))

    def close(self) -> None:
        self._mailer.close()


def answer_from(status: Any) -> Answer:
    """Return what a provider did with the only recipient of a message."""
    refused = sorted((getattr(status, "status", None) or set()) & REFUSED)
    outcome = DeliveryOutcome.FAILED if refused else DeliveryOutcome.ACCEPTED
    return Answer(outcome, text=refused[0] if refused else "")


def answer_to(error: Exception, *, is_single: bool = False) -> Answer:
    """Return what a backend's error means, without its text, which may contain an address.

    Most HTTP statuses mean that the provider took nothing. After other server errors, such as a
    gateway's 502 and 504, the request may have been carried out (RFC 9110, 15.6). A message that
    the backend cannot build was never sent. The outcome of any other error is unknown. Of a
    single mail it is unknown only after errors of the network or of a provider: any other is a
    fault in the backend, which operators correct while the mail waits.
    """
    code = getattr(error, "status_code", None)
    name = type(error).__name__
    is_theirs = isinstance(error, OSError) or hasattr(error, "status_code")
    if isinstance(error, UNBUILT) or (is_single and not is_theirs):
        return Answer(DeliveryOutcome.DEFERRED, text=name, is_ours=True, is_closed=True)
    if name == RECIPIENT_REFUSED:
        return Answer(DeliveryOutcome.FAILED, text=name, is_closed=True)
    if not isinstance(code, int) or (code >= 500 and code not in LATER):
        return Answer(DeliveryOutcome.UNKNOWN, code=code or 0, text=name, is_closed=True)
    # Refused because of our account, our address or our message.
    is_refused = code not in REFUSED_CONTENT or has_words_about_us(str(error))
    is_ours = code not in LATER and is_refused
    outcome = DeliveryOutcome.DEFERRED if is_ours or code in LATER else DeliveryOutcome.FAILED
    return Answer(outcome, code=code, text=name, is_ours=is_ours, is_closed=True)
