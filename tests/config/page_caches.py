"""A page cache in front of the real site, and requests to both."""

from dataclasses import dataclass, field
from typing import NamedTuple

from django.core.wsgi import get_wsgi_application
from django.db import connection
from django.test import RequestFactory

from config.page_cache import PageCache

MEGABYTE = 2**20
BROWSER = "gzip, deflate, br, zstd"


class Got(NamedTuple):
    status: str
    headers: list[tuple[str, str]]
    body: bytes

    @property
    def etag(self) -> str:
        return dict(self.headers)["ETag"]


@dataclass
class Django:
    """The site without a cache, which writes down what it is asked."""

    application: object = field(default_factory=get_wsgi_application)
    asked: list[dict] = field(default_factory=list)

    def __call__(self, environ, start_response):
        self.asked.append(environ)
        return self.application(environ, start_response)


class Seconds:
    """A clock that stands still."""

    def __init__(self) -> None:
        self.passed = 0.0

    def __call__(self) -> float:
        return self.passed


class Site:
    """A page cache with a clock of its own, and the site behind it."""

    def __init__(self, room: int = 8 * MEGABYTE, application=None) -> None:
        self.django = Django(application) if application else Django()
        self.seconds = Seconds()
        self.cache = PageCache(self.django, room, self.seconds)

    def get(self, path: str, **environ) -> Got:
        return ask(self.cache, request(path, **environ))

    def renders(self, path: str, **environ) -> int:
        """Return how often Django is asked for one request."""
        before = len(self.django.asked)
        self.get(path, **environ)
        return len(self.django.asked) - before


def request(path: str, method: str = "GET", **environ) -> dict:
    """Return a request as a server passes it on."""
    return RequestFactory(HTTP_HOST="testserver").generic(method, path, **environ).environ


def ask(application, environ) -> Got:
    """Return the answer as it leaves the server, which drops the body of a HEAD."""
    begun = []
    answer = application(environ, lambda status, headers, *_: begun.extend((status, headers)))
    body = b"".join(answer)
    if hasattr(answer, "close"):
        answer.close()
    status, headers = begun
    return Got(status, sorted(headers), b"" if environ["REQUEST_METHOD"] == "HEAD" else body)


def forget_writes() -> None:
    """Let the next write count as that of another transaction than the test's own."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('pulse.content_changed', '', true)")
