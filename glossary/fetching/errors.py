"""What can go wrong between us and a publisher.

`retry` is True where the publisher or the network may fix it without us, and False where trying
again is pointless until an editor acts. The text of an error is for the editor: what happened
and what to do. It never repeats control characters that a server sent.
"""

from datetime import timedelta
from http.client import responses

ADVICE = {
    401: "It wants a log-in. Use an address that needs none, or upload the file by hand.",
    403: "It does not let us in. Ask the publisher, or upload the file by hand.",
    404: "The file is not there. Check the address: the publisher may have moved it.",
    410: "The file is gone for good. Look for its new address.",
    429: "We came too often. We try again later, there is nothing to do.",
}
SERVER_ADVICE = "The publisher has trouble of its own. We try again later, there is nothing to do."
OTHER_ADVICE = "Open the address in a browser and see what it gives."


class FetchError(Exception):
    retry = True
    retry_after: timedelta | None = None


class AddressRefused(FetchError):
    """We do not open this address, or one that it redirects to."""

    retry = False


class NoLink(FetchError):
    """A list of files has none that is meant, or several."""


class TooLarge(FetchError):
    retry = False


class Unreachable(FetchError):
    """The name does not exist, no server answers there, or the connection broke."""


class TooSlow(FetchError):
    pass


class BadCertificate(FetchError):
    """Usually an expired certificate, which the publisher renews, so retrying may help."""


class BadResponse(FetchError):
    """The answer is not HTTP as we understand it."""


class Truncated(FetchError):
    pass


class Empty(FetchError):
    """A successful response without content: usually a file that is being replaced."""


class HttpError(FetchError):
    """A status other than success. `retry_after` is what the server asks for, a day at most."""

    def __init__(self, host: str, status: int, retry_after: timedelta | None = None) -> None:
        advice = SERVER_ADVICE if status >= 500 else ADVICE.get(status, OTHER_ADVICE)
        super().__init__(f"{host} answered {status_text(status)}. {advice}")
        self.status = status
        self.retry = status in (408, 425, 429) or status >= 500
        self.retry_after = retry_after


def status_text(status: int) -> str:
    """Return a status with its phrase in the standard: the server's own phrase can be any text."""
    return f"{status} {responses.get(status, '')}".strip()
