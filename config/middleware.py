"""Rules for every request and response, independent of the view."""

import re
from collections.abc import Callable
from urllib.parse import unquote_to_bytes

from django.conf import settings
from django.core.exceptions import BadRequest
from django.http import FileResponse, HttpRequest, HttpResponse, UnreadablePostError
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware
from django.middleware.http import ConditionalGetMiddleware
from django.utils.cache import get_conditional_response, patch_vary_headers, set_response_etag

from config.forms import readable
from config.site import is_admin

GetResponse = Callable[[HttpRequest], HttpResponseBase]

NOT_IN_LINE = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")

# Some of these Django sets too. They are here for responses its middleware never sees: when it
# refuses the host while redirecting to https.
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
    """Set headers Django has no setting for, no-store on every response not marked public, and no
    cookie outside admin: Django answers a session that it does not know by deleting its cookie.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        for name, value in DEFAULTS.items():
            response.headers.setdefault(name, value)
        if "public" not in response.headers.get("Cache-Control", ""):
            response.headers["Cache-Control"] = "private, no-store"
        if not is_admin(request):
            response.cookies.clear()
        return response


class RevalidateByETag(ConditionalGetMiddleware):
    """Answer 304 to a GET or HEAD by the ETag of the page, and by nothing else.

    If-Modified-Since is ignored. Pages and feeds change without a newer date: a term is withdrawn,
    a source gets other terms, two imports fit into one second. A HEAD has the ETag of its GET (RFC
    9110, 9.3.2); Django computes none for it.
    """

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        is_page = response.status_code == 200 and request.method in ("GET", "HEAD")
        if not is_page or not isinstance(response, HttpResponse) or not self.needs_etag(response):
            return response
        if "ETag" not in response:
            set_response_etag(response)
        etag = response.get("ETag")  # an empty page has none
        answer = get_conditional_response(request, etag=etag, response=response) or response
        if answer.status_code != 304:
            return answer
        # The same response without its page, because caches take over the headers of a 304 (RFC
        # 9111, 3.2): an embedded chart may still be in a frame, other sites may still read a twin.
        response.status_code, response.content = 304, b""
        del response.headers["Content-Type"]
        response.headers.pop("Content-Length", None)
        return response


class CompressPublic(GZipMiddleware):
    """Compress public responses, without Django's random padding.

    The padding hides secrets in a page from a listener who can make us repeat their text (BREACH).
    Public pages contain no secrets and must be the same bytes for all visitors; admin pages contain
    some and are not compressed.
    """

    max_random_bytes = 0
    REFUSED = re.compile(r"\bgzip\s*;\s*q=0(\.0*)?\s*(,|$)", re.IGNORECASE)

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        if response.status_code == 304:  # says what a 200 would (RFC 9110, 15.4.5)
            patch_vary_headers(response, ["Accept-Encoding"])
        is_page = response.status_code == 200 and not isinstance(response, FileResponse)
        if not is_page or "public" not in response.headers.get("Cache-Control", ""):
            return response  # static files are compressed already and sent in ranges
        if self.REFUSED.search(request.headers.get("Accept-Encoding", "")):
            patch_vary_headers(response, ["Accept-Encoding"])
            return response
        return super().process_response(request, response)


class CleanAddress:
    """Answer 400 to control characters, broken UTF-8 or too many parameters in an address.

    It runs before every view, because paths and query strings pass through no form, and
    PostgreSQL raises on NUL where SQLite does not.
    """

    MAX_PARAMETERS = 50
    MAX_QUERY_BYTES = 8_000

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Check the request, then pass it on. BadRequest raised here becomes our 400 page."""
        query = request.META.get("QUERY_STRING", "")
        if len(query) > self.MAX_QUERY_BYTES or query.count("&") >= self.MAX_PARAMETERS:
            raise BadRequest("The address carries too much.")
        # Django has already decoded the path and kept bytes that are not UTF-8 as %XX.
        check_line(decode(unquote_to_bytes(request.path_info)))
        check_line(decode(unquote_to_bytes(query)))
        for value in request.COOKIES.values():
            check_line(value)
        return self.get_response(request)


class CleanForm:
    """Make sure that forms are text, for every view.

    Text that people type into a form never gets a 400: with config.forms the field refuses it and
    the form keeps the rest.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.method == "POST":
            try:
                self._take_form(request)
            except UnreadablePostError as error:  # the visitor hung up
                raise BadRequest("The form ends too early.") from error
        return self.get_response(request)

    def _take_form(self, request: HttpRequest) -> None:
        if request.content_type == "application/x-www-form-urlencoded":
            # Django silently replaces broken UTF-8 in the values.
            decode(unquote_to_bytes(request.body))
        form = request.POST.copy()
        for name, texts in request.POST.lists():
            # Names that begin with “_” are admin's own buttons and flags: people do not type them.
            check_line("".join([name, *texts]) if name.startswith("_") else name)
            form.setlist(name, [readable(text) for text in texts])
        request.POST = form  # type: ignore[assignment]


def check_line(text: str) -> None:
    """Raise BadRequest if the text holds control characters or lone surrogates."""
    if NOT_IN_LINE.search(text):
        raise BadRequest("The address or form holds characters that are not text.")


def decode(raw: bytes) -> str:
    """Decode strictly; raise BadRequest where the bytes are not UTF-8."""
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise BadRequest("The address or form is not valid UTF-8.") from error
