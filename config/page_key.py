"""What names a public page among the requests for it, and which requests only Django may answer."""

import re
from collections.abc import Hashable, Sequence
from functools import lru_cache
from io import BytesIO
from wsgiref.types import WSGIEnvironment

from django.conf import settings
from django.core.exceptions import BadRequest, SuspiciousOperation
from django.core.handlers.wsgi import WSGIRequest
from django.http import QueryDict, parse_cookie
from django.http.request import split_domain_port
from django.urls import Resolver404, resolve

from config.caching import taken
from config.middleware import check_line, check_query

PATH = re.compile(r"/[\w./-]*", re.ASCII)
LONGEST_PATH = 500
# With these Django alone may answer: a body has limits, a condition that fails gets 412.
DJANGOS = {"HTTP_TRANSFER_ENCODING", "HTTP_IF_MATCH", "HTTP_IF_UNMODIFIED_SINCE"}
# What must not show in a page that others get.
OF_ONE_VISITOR = {
    "HTTP_ACCEPT_ENCODING", "HTTP_COOKIE", "HTTP_IF_MODIFIED_SINCE", "HTTP_IF_NONE_MATCH",
    "REQUEST_METHOD", "wsgi.file_wrapper",
}  # fmt: skip


def page_key(environ: WSGIEnvironment) -> Hashable:
    """Return what names a public page, or a missing one; None if only Django may answer."""
    path, query = environ["PATH_INFO"], environ.get("QUERY_STRING", "")
    if not _is_plain(environ) or len(path) > LONGEST_PATH or not query.isascii():
        return None
    scheme, forwarded = environ["wsgi.url_scheme"], environ.get("HTTP_X_FORWARDED_PROTO")
    site = _site(environ.get("HTTP_HOST", ""), scheme, forwarded)
    if site is None or (names := _parameters(path)) is None:
        return None
    try:
        check_query(query)
    except BadRequest:
        return None
    return site, path, taken(QueryDict(query), names).urlencode() if query else ""


def impersonal(environ: WSGIEnvironment) -> WSGIEnvironment:
    """Return the request as a GET, without what belongs to its visitor."""
    common = {name: value for name, value in environ.items() if name not in OF_ONE_VISITOR}
    return common | {"REQUEST_METHOD": "GET"}


def _is_plain(environ: WSGIEnvironment) -> bool:
    """Return whether a request is a GET or HEAD with nothing that Django must look at."""
    is_read = environ["REQUEST_METHOD"] in ("GET", "HEAD")
    if not is_read or environ.get("SCRIPT_NAME") or not environ.keys().isdisjoint(DJANGOS):
        return False
    if environ.get("CONTENT_LENGTH", "") not in ("", "0"):
        return False
    return "HTTP_COOKIE" not in environ or _is_without_session(environ["HTTP_COOKIE"])


def _is_without_session(cookies: str) -> bool:
    """Return whether these are other sites' cookies. Editors see drafts where others see none."""
    if settings.SESSION_COOKIE_NAME in cookies:
        return False
    try:
        for value in parse_cookie(cookies).values():
            check_line(value)
    except BadRequest:
        return False
    return True


@lru_cache(maxsize=256)
def _site(host: str, scheme: str, forwarded: str | None) -> tuple[str, str | None] | None:
    """Return host and scheme as Django reads them, None for a host that is not ours."""
    environ = {"REQUEST_METHOD": "GET", "wsgi.input": BytesIO(), "wsgi.url_scheme": scheme}
    environ |= {"HTTP_HOST": host, "SERVER_NAME": "", "SERVER_PORT": ""}
    if forwarded is not None:
        environ["HTTP_X_FORWARDED_PROTO"] = forwarded
    request = WSGIRequest(environ)
    try:
        return split_domain_port(request.get_host())[0], request.scheme
    except SuspiciousOperation:
        return None


@lru_cache(maxsize=4096)
def _parameters(path: str) -> Sequence[str] | None:
    """Return the parameters of a public page or of a missing one; None for other views."""
    if not PATH.fullmatch(path) or path.startswith(settings.STATIC_URL):
        return None
    try:
        return getattr(resolve(path).func, "public_parameters", None)
    except Resolver404:
        return ()
