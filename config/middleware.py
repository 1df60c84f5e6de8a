"""What holds for every request and every answer, whatever view it meets."""

import re
from collections.abc import Callable
from urllib.parse import unquote_to_bytes

from django.conf import settings
from django.core.exceptions import BadRequest
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware

GetResponse = Callable[[HttpRequest], HttpResponseBase]

# Those that Django sets too are here for the answers its middleware never sees: a host that is
# refused while it redirects to https.
DEFAULTS = {
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": (
        "camera=(), geolocation=(), microphone=(), payment=(), usb=(), browsing-topics=()"
    ),
    "Referrer-Policy": settings.SECURE_REFERRER_POLICY,
    "X-Content-Type-Options": "nosniff",
}


class ResponsePolicy:
    """Headers Django has no setting for, and no-store for whatever is not marked public."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        for name, value in DEFAULTS.items():
            response.headers.setdefault(name, value)
        if "public" not in response.headers.get("Cache-Control", ""):
            response.headers["Cache-Control"] = "private, no-store"
        return response


class CompressPublic(GZipMiddleware):
    """Compress what is public, and that without Django's random padding.

    The padding hides secrets in a page from a listener who can make us repeat his text (BREACH).
    Public pages hold no secret, and must be the same bytes for everybody; admin pages, which
    do, are sent as they are.
    """

    max_random_bytes = 0

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        is_page = response.status_code == 200 and not response.streaming
        if not is_page or "public" not in response.headers.get("Cache-Control", ""):
            return response  # static files come compressed already, as streams with ranges
        return super().process_response(request, response)


class CleanInput:
    """Answer 400 to text no person types: control characters, broken UTF-8, endless parameters.

    It stands before every view, because paths and query strings pass through no form, and
    PostgreSQL raises on NUL where SQLite does not.
    """

    MAX_PARAMETERS = 50
    MAX_QUERY_BYTES = 8_000
    IN_LINE = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
    # Line breaks and tabs are text in a text area and nowhere else.
    IN_FIELD = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Check, then pass on; the BadRequest raised here becomes our own page for status 400."""
        query = request.META.get("QUERY_STRING", "")
        if len(query) > self.MAX_QUERY_BYTES or query.count("&") >= self.MAX_PARAMETERS:
            raise BadRequest("The address carries too much.")
        # Django has decoded the path already, and left as %XX what was not UTF-8.
        self._check(decode(unquote_to_bytes(request.path_info)), self.IN_LINE)
        self._check(decode(unquote_to_bytes(query)), self.IN_LINE)
        for value in request.COOKIES.values():
            self._check(value, self.IN_LINE)
        if request.method == "POST":
            self._check_form(request)
        return self.get_response(request)

    def _check_form(self, request: HttpRequest) -> None:
        if request.content_type == "application/x-www-form-urlencoded":
            # Django would quietly replace broken UTF-8 in the values.
            decode(unquote_to_bytes(request.body))
        for name, values in request.POST.lists():
            for text in (name, *values):
                self._check(text, self.IN_FIELD)

    def _check(self, text: str, pattern: re.Pattern[str]) -> None:
        if pattern.search(text):
            raise BadRequest("The address or form holds characters that are not text.")


def decode(raw: bytes) -> str:
    """Decode strictly; raise BadRequest where the bytes are not UTF-8."""
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise BadRequest("The address or form is not valid UTF-8.") from error
