"""What an error of a provider's API, or of another mail backend, means for one message."""

from django.core.exceptions import ImproperlyConfigured

from newsletter.mailing.smtp.answers import Answer, DeliveryOutcome, has_words_about_us

# HTTP statuses of a request that the provider read and refused: the reader may be the reason.
REFUSED_CONTENT = {400, 422}
# HTTP statuses that ask us to try again later; the provider took nothing.
LATER = {408, 429, 503}
# What backends raise before they send anything, Anymail's own errors of this kind included.
UNBUILT = (ValueError, TypeError, ImproperlyConfigured)
# The name of Anymail's error for a message whose recipient the provider refused. It has no HTTP
# status, because the request itself succeeded.
RECIPIENT_REFUSED = "AnymailRecipientsRefused"


def answer_to(error: Exception) -> Answer:
    """Return what a backend's error means, without its text, which may contain an address.

    Most HTTP statuses mean that the provider took nothing. After other server errors, such as a
    gateway's 502 and 504, the request may have been carried out (RFC 9110, 15.6). A message that
    the backend cannot build was never sent. The outcome of any other error is unknown.
    """
    code = getattr(error, "status_code", None)
    name = type(error).__name__
    if isinstance(error, UNBUILT):
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
