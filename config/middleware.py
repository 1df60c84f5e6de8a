"""What holds for every request and every answer, whatever view it meets."""

import re
from collections.abc import Callable
from urllib.parse import unquote_to_bytes

from django.conf import settings
from django.core.exceptions import BadRequest
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware

from config.forms import readable

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
    """Answer 400 to what is not text in an address: control characters, broken UTF-8, too much of
    it; and hand forms on as text.

    It comes before every view, because paths and query strings pass through no form, and
    PostgreSQL raises on NUL where SQLite does not. What a person types into a form is never
    answered so: config.forms has the field refuse it and keeps the rest.
    """

    MAX_PARAMETERS = 50
    MAX_QUERY_BYTES = 8_000
    IN_LINE = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Check, then pass on; the BadRequest raised here becomes our own page for status 400."""
        query = request.META.get("QUERY_STRING", "")
        if len(query) > self.MAX_QUERY_BYTES or query.count("&") >= self.MAX_PARAMETERS:
            raise BadRequest("The address carries too much.")
        # Django has decoded the path already, and left as %XX what was not UTF-8.
        self._check(decode(unquote_to_bytes(request.path_info)))
        self._check(decode(unquote_to_bytes(query)))
        for value in request.COOKIES.values():
            self._check(value)
        if request.method == "POST":
            self._take_form(request)
        return self.get_response(request)

    def _take_form(self, request: HttpRequest) -> None:
        if request.content_type == "application/x-www-form-urlencoded":
            # Django would quietly replace broken UTF-8 in the values.
            decode(unquote_to_bytes(request.body))
        form = request.POST.copy()
        for name, texts in request.POST.lists():
            # What begins with “_” are buttons and marks of admin's own: no person types them.
            self._check("".join([name, *texts]) if name.startswith("_") else name)
            form.setlist(name, [readable(text) for text in texts])
        request.POST = form  # type: ignore[assignment]

    def _check(self, text: str) -> None:
        if self.IN_LINE.search(text):
            raise BadRequest("The address or form holds characters that are not text.")


def decode(raw: bytes) -> str:
    """Decode strictly; raise BadRequest where the bytes are not UTF-8."""
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise BadRequest("The address or form is not valid UTF-8.") from error
