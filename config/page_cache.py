"""Keeps finished public pages in front of Django, which then runs neither middleware nor query.

A page is kept as its visitors get it, in each coding, for one state of the content that it shows
(config/content_stamp.py), one local day, its host, and the parameters that its view reads. It must
depend on nothing else. What is answered from here is what Django would answer.

Django's cache middleware and its relatives (django-fancy-cache, wagtail-cache) run after most of
Django's middleware, keep no page in several codings, and end entries by time. So does the WSGI
middleware that exists (pagecache 0.1, wsgi-cache 0.2), which has no conditional requests.
"""

import re
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from datetime import date
from functools import lru_cache
from hashlib import sha256
from io import BytesIO
from threading import Event, Lock
from time import monotonic
from typing import Any, NamedTuple
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from django.conf import settings
from django.core.cache import caches
from django.core.exceptions import BadRequest, SuspiciousOperation
from django.core.handlers.wsgi import WSGIRequest
from django.core.signals import request_finished, request_started
from django.db import Error
from django.http import HttpRequest, HttpResponse, QueryDict, parse_cookie
from django.http.request import split_domain_port
from django.urls import Resolver404, resolve
from django.utils import timezone
from django.utils.http import parse_etags

from config import content_stamp
from config.caching import PUBLIC, taken
from config.middleware import (
    CODINGS,
    CompressPublic,
    RevalidateByETag,
    accepted_coding,
    check_line,
    check_query,
)

LOOK_SECONDS = 1  # between two looks at the stamp
# A page that changes without a stamp is seen after this time.
KEPT_SECONDS = 300
# Missing pages are few, because anybody can ask for any number of them.
MISSING_SECONDS = 10
MISSING_BYTES = 2**20
WAIT_SECONDS = 10  # for the thread that renders the same page

compress, revalidate = (
    kind(lambda _: HttpResponse()) for kind in (CompressPublic, RevalidateByETag)
)
PATH = re.compile(r"/[\w./-]*", re.ASCII)
LONGEST_PATH = 500
# With these Django alone may answer: a body has limits, a condition that fails gets 412.
DJANGOS = {"HTTP_TRANSFER_ENCODING", "HTTP_IF_MATCH", "HTTP_IF_UNMODIFIED_SINCE"}
# What must not show in a page that others get.
OF_ONE_VISITOR = {
    "HTTP_ACCEPT_ENCODING", "HTTP_COOKIE", "HTTP_IF_MODIFIED_SINCE", "HTTP_IF_NONE_MATCH",
    "REQUEST_METHOD", "wsgi.file_wrapper",
}  # fmt: skip


class Answer(NamedTuple):
    status: str
    headers: list[tuple[str, str]]
    body: bytes


class Content(NamedTuple):
    """The state of all that public pages show: the local day, and the stamp of each part."""

    day: date
    stamps: Mapping[int, str]

    def of(self, parts: Iterable[int]) -> Hashable:
        """Return what identifies the state of a page with these parts."""
        return self.day, *map(self.stamps.get, parts)


class Page(NamedTuple):
    """A page in each coding ("" is none), the answer to those who have it already, and the parts of
    the content that it shows.
    """

    codings: dict[str, Answer]
    etag: str
    unchanged: Answer
    parts: tuple[int, ...]

    @property
    def size(self) -> int:
        """Return about how many bytes of memory it takes."""
        bodies = {id(answer.body): len(answer.body) for answer in self.codings.values()}
        return sum(bodies.values()) + 4000

    def answer(self, environ: WSGIEnvironment) -> Answer:
        """Return what this visitor gets. If-None-Match compares weakly (RFC 9110, 13.1.2)."""
        if self.etag and (known := environ.get("HTTP_IF_NONE_MATCH")):
            tags = parse_etags(known)
            if tags == ["*"] or self.etag in (tag.removeprefix("W/") for tag in tags):
                return self.unchanged
        return self.codings[accepted_coding(environ.get("HTTP_ACCEPT_ENCODING", ""), *CODINGS)]


class _Kept(NamedTuple):
    page: Page
    edition: Hashable
    until: float


class Shelf:
    """Pages by their keys, in `room` bytes. The least recently read page is dropped first."""

    def __init__(self, room: int, now: Callable[[], float] = monotonic) -> None:
        self.room, self.used, self._now = room, 0, now
        self._kept: OrderedDict[Hashable, _Kept] = OrderedDict()
        self._lock = Lock()

    def get(self, key: Hashable, content: Content) -> Page | None:
        with self._lock:
            kept = self._kept.get(key)
            if kept is None or kept.until < self._now():
                return None
            if kept.edition != content.of(kept.page.parts):
                return None
            self._kept.move_to_end(key)
            return kept.page

    def put(self, key: Hashable, content: Content, page: Page, seconds: float) -> None:
        """Keep a page, unless it takes more than an eighth of the room."""
        if page.size > self.room / 8:
            return
        with self._lock:
            if key in self._kept:
                self.used -= self._kept.pop(key).page.size
            self._kept[key] = _Kept(page, content.of(page.parts), self._now() + seconds)
            self.used += page.size
            while self.used > self.room:
                self.used -= self._kept.popitem(last=False)[1].page.size


class PageCache:
    """A WSGI application that answers with kept pages, and passes all else to Django unchanged."""

    def __init__(
        self, django: WSGIApplication, room: int, now: Callable[[], float] = monotonic
    ) -> None:
        self._django, self._now = django, now
        self._pages, self._missing = Shelf(room, now), Shelf(min(room, MISSING_BYTES), now)
        self._rendering: dict[Hashable, Event] = {}
        self._content: Content | None = None
        self._look_at = now()
        self._looking = Lock()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        key = page_key(environ)
        content = self._current_content() if key else None
        page = self._page(key, content, environ) if content else None
        if page is None:
            return self._django(environ, start_response)
        answer = page.answer(environ)
        start_response(answer.status, answer.headers.copy())
        return [] if environ["REQUEST_METHOD"] == "HEAD" else [answer.body]

    def _current_content(self) -> Content | None:
        """Return the state of the content, at most LOOK_SECONDS old; None if unknown."""
        if self._now() >= self._look_at:
            with self._looking:
                if (now := self._now()) >= self._look_at:
                    self._content, self._look_at = _look(self._content), now + LOOK_SECONDS
        return self._content

    def _page(self, key: Hashable, content: Content, environ: WSGIEnvironment) -> Page | None:
        """Return a page that is kept, or that one thread renders; None if Django must answer."""
        if page := self._found(key, content):
            return page
        mine, state = Event(), content.of((content_stamp.ALL,))
        first = self._rendering.setdefault((key, state), mine)
        if first is not mine:
            first.wait(WAIT_SECONDS)
            return self._found(key, content)
        try:
            return self._found(key, content) or self._rendered(key, content, environ)
        finally:
            del self._rendering[key, state]
            mine.set()

    def _found(self, key: Hashable, content: Content) -> Page | None:
        return self._pages.get(key, content) or self._missing.get(key, content)

    def _rendered(self, key: Hashable, content: Content, environ: WSGIEnvironment) -> Page | None:
        """Return a page of the cache that all processes share, or one that Django renders now."""
        shared = caches["pages"] if "pages" in settings.CACHES else None
        name = sha256(repr(key).encode()).hexdigest()
        found: tuple[Page, Hashable] | None = shared.get(name) if shared else None
        if found and found[1] == content.of(found[0].parts):
            self._pages.put(key, content, found[0], KEPT_SECONDS)
            return found[0]
        response: Any = self._django(impersonal(environ), lambda *_: lambda _: None)
        try:
            if response.streaming or response.cookies:
                return None
            page = _finished(response)
        finally:
            response.close()
        if _is_for_all(response):
            self._pages.put(key, content, page, KEPT_SECONDS)
            if shared:
                shared.set(name, (page, content.of(page.parts)), KEPT_SECONDS)
        elif response.status_code == 404:
            self._missing.put(key, content, page, MISSING_SECONDS)
        return page


def in_front_of(django: WSGIApplication) -> WSGIApplication:
    """Return the site with its page cache, or without one if PAGE_CACHE is 0."""
    return PageCache(django, settings.PAGE_CACHE * 2**20) if settings.PAGE_CACHE else django


def _look(known: Content | None) -> Content | None:
    """Return the state of the content now; while the database is away, what was `known`.

    So pages that were read within KEPT_SECONDS continue to be read.
    """
    request_started.send(_look)  # which closes a connection that is too old or broken
    try:
        stamps = content_stamp.current()
    except Error:
        return known
    finally:
        request_finished.send(_look)
    return Content(timezone.localdate(), stamps) if stamps else None


def _is_for_all(response: HttpResponse) -> bool:
    headers = response.headers
    return (
        response.status_code in (200, 301)
        and headers.get("Cache-Control") == PUBLIC
        and headers.get("Vary", "Accept-Encoding") == "Accept-Encoding"
    )


def _finished(response: HttpResponse) -> Page:
    """Make all answers of a page, by the middleware that makes them within Django."""
    etag = response.headers.get("ETag", "")
    codings = {coding: _answer(response, "ACCEPT_ENCODING", coding) for coding in ("", *CODINGS)}
    parts = getattr(response, "content_parts", (content_stamp.ALL,))
    return Page(codings, etag, _answer(response, "IF_NONE_MATCH", etag), parts)


def _answer(response: HttpResponse, header: str, value: str) -> Answer:
    request = HttpRequest()
    request.method, request.META[f"HTTP_{header}"] = "GET", value
    copy = HttpResponse(response.content, status=response.status_code, headers=response.headers)
    done: Any = compress.process_response(request, revalidate.process_response(request, copy))
    return Answer(f"{done.status_code} {done.reason_phrase}", list(done.items()), done.content)


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
