"""Rules for every request and response, independent of the view."""

import re
import secrets
from collections.abc import Callable
from functools import lru_cache, partial
from urllib.parse import unquote_to_bytes

import brotli
from django.conf import settings
from django.core.exceptions import BadRequest
from django.http import FileResponse, HttpRequest, HttpResponse, UnreadablePostError
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware
from django.middleware.http import ConditionalGetMiddleware
from django.utils.cache import get_conditional_response, patch_vary_headers, set_response_etag
from django.utils.text import compress_string

from config.forms import readable
from config.logs import REQUEST_ID
from config.site import is_admin

GetResponse = Callable[[HttpRequest], HttpResponseBase]

MAX_PARAMETERS = 50
MAX_QUERY_BYTES = 8_000
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


class Rule:
    """A middleware; a subclass says what it does with a request, or with its response."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response


class RequestId(Rule):
    """Give each request an id for the logs: our proxy's own X-Request-ID, or a random one."""

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        given = request.headers.get("X-Request-ID", "") if settings.TRUSTED_PROXIES else ""
        is_usable = re.fullmatch(r"[\w-]{8,64}", given, re.ASCII)
        # Stays until the thread's next request: Django logs a refusal after all middleware.
        REQUEST_ID.set(given if is_usable else secrets.token_hex(8))
        return self.get_response(request)


class ResponsePolicy(Rule):
    """Set headers Django has no setting for, no-store on every response not marked public, and no
    cookie outside admin: Django answers a session that it does not know by deleting its cookie.
    """

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
        if response.status_code == 304:  # by a view, before it made the page
            return _without_page(response)
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
        return _without_page(response)


def _without_page(response: HttpResponseBase) -> HttpResponseBase:
    """Take away the headers that are about the bytes sent, so that every 304 has the same."""
    for name in ("Content-Type", "Content-Length", "Content-Disposition"):
        response.headers.pop(name, None)
    return response


# Brotli at 5 takes about as long as gzip; at 11 forty times as long, for an eighth fewer bytes.
CODINGS: dict[str, Callable[[bytes], bytes]] = {
    "br": partial(brotli.compress, quality=5),
    "gzip": compress_string,
}


@lru_cache(maxsize=256)
def accepted_coding(accepted: str, *known: str) -> str:
    """Return the first coding of `known` that an Accept-Encoding allows, or ""."""
    refused = r"\s*;\s*q=0(\.0*)?\s*(,|$)"
    for coding in known:
        if re.search(rf"\b{coding}\b(?!{refused})", accepted, re.IGNORECASE):
            return coding
    return ""


class CompressPublic(GZipMiddleware):
    """Compress public responses, without Django's random padding.

    The padding hides secrets in a page from a listener who can make us repeat their text (BREACH).
    Public pages contain no secrets and must be the same bytes for all visitors; admin pages contain
    some and are not compressed.
    """

    max_random_bytes = 0
    WORTH_IT = 200  # bytes

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        if response.status_code == 304:  # says what a 200 would (RFC 9110, 15.4.5)
            patch_vary_headers(response, ["Accept-Encoding"])
        is_page = response.status_code == 200 and not isinstance(response, FileResponse)
        if not is_page or "public" not in response.headers.get("Cache-Control", ""):
            return response  # static files are compressed already and sent in ranges
        accepted = request.headers.get("Accept-Encoding", "")
        if isinstance(response, HttpResponse):
            self._compress(response, accepted_coding(accepted, *CODINGS))
        elif accepted_coding(accepted, "gzip"):
            return super().process_response(request, response)
        else:
            patch_vary_headers(response, ["Accept-Encoding"])
        return response

    def _compress(self, response: HttpResponse, coding: str) -> None:
        """Compress a page if that makes it shorter; its ETag, that of the text, becomes weak."""
        if len(response.content) < self.WORTH_IT or "Content-Encoding" in response:
            return
        patch_vary_headers(response, ["Accept-Encoding"])
        if not coding or len(packed := CODINGS[coding](response.content)) >= len(response.content):
            return
        response.content = packed
        response.headers["Content-Length"] = str(len(packed))
        response.headers["Content-Encoding"] = coding
        if response.get("ETag", "").startswith('"'):
            response.headers["ETag"] = f"W/{response.headers['ETag']}"


class CleanAddress(Rule):
    """Answer 400 to control characters, broken UTF-8 or too many parameters in an address.

    It runs before every view, because paths and query strings pass through no form, and
    PostgreSQL raises on NUL where SQLite does not.
    """

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Check the request, then pass it on. BadRequest raised here becomes our 400 page."""
        # Django has already decoded the path and kept bytes that are not UTF-8 as %XX.
        check_line(decode(unquote_to_bytes(request.path_info)))
        check_query(request.META.get("QUERY_STRING", ""))
        for value in request.COOKIES.values():
            check_line(value)
        return self.get_response(request)


class CleanForm(Rule):
    """Make sure that forms are text, for every view.

    Text that people type into a form never gets a 400: with config.forms the field refuses it and
    the form keeps the rest.
    """

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


def check_query(query: str) -> None:
    """Raise BadRequest if a query is too long, has too many parameters, or is not text."""
    if len(query) > MAX_QUERY_BYTES or query.count("&") >= MAX_PARAMETERS:
        raise BadRequest("The address carries too much.")
    check_line(decode(unquote_to_bytes(query)))


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
