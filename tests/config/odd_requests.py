"""Requests that no browser sends: odd methods, paths, queries, bodies, headers, in an order of a seed.

They go to the application that a web server runs, past no test client, so that what is not HTTP's
usual reaches our own code.
"""

import logging
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from random import Random
from urllib.parse import quote, unquote_to_bytes, urlencode

from lxml import html

from config.logs import Formatter
from tests.config.site import Route, odd_paths

METHODS = ("GET", "GET", "GET", "POST", "POST", "POST", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS",
           "TRACE", "PROPFIND", "G\u00cbT")  # fmt: skip
TOKEN = "c" * 32  # of Django's CSRF check, so that forms reach their views
ADDRESS = "fuzz@example.net"
TEXTS = (
    "", "0", "1", "-1", "2", "999999", "9" * 20, "1e999", "NaN", "²", "\u0661", "true", "null", "[]", "{}",
    "%", "%s%n", "{{ 7*7 }}", "{% debug %}", "[[x]]", "{{ compute | min }}", "'", '"', "' OR 1=1 --",
    "<script>alert(1)</script>", "../../etc/passwd", "..%2f..",
    "\ufffe", "\u202e", "e\u0301" * 20, "😀" * 50, "人工智能", "a" * 300, "a b", " ", "\t\n",
    "2026-11-27", "2026-02-30", "0000-00-00", "99999-01-01", "25:61", "javascript:alert(1)",
    "http://127.0.0.1/", "http://[::1", "//example.com/", "reader@example.com", ADDRESS,
    "=1+1", "compute", "pre-training", "first", "now", "slot", "on", "yes", "export", "erase",
)  # fmt: skip
# These get 400 before any view, or a message beside the field.
BROKEN = ("\x00", "\x1b[31m", "a\r\nSet-Cookie: x=1", "\ud800", "\t\n")
NAMES = (
    "q", "page", "p", "e", "o", "all", "ids", "as", "part", "next", "to", "when", "day", "time", "at",
    "_popup", "_to_field", "_changelist_filters", "status", "status__exact", "category__id__exact",
    "subscriptions__status", "password__startswith", "pk__in", "id__x", "date__year", "format",
    "released", "from", "special", "typed", "proof", "code", "email", "username", "password", "action",
    "_selected_action", "select_across", "index", "post", "delivery", "sure", "use", "leave_out", "_save",
    "_continue", "_publish", "newsletter", "address", "source_page", "stamp", "website", "token", "reason",
    "term", "app_label", "model_name", "field_name", "audit", "object_repr", "seen", "version",
)  # fmt: skip
HEADERS = (
    "HTTP_ACCEPT", "HTTP_ACCEPT_ENCODING", "HTTP_ACCEPT_LANGUAGE", "HTTP_IF_NONE_MATCH", "HTTP_RANGE",
    "HTTP_IF_MODIFIED_SINCE", "HTTP_HOST", "HTTP_ORIGIN", "HTTP_SEC_FETCH_SITE", "HTTP_REFERER",
    "HTTP_X_FORWARDED_FOR", "HTTP_X_FORWARDED_PROTO", "HTTP_X_FORWARDED_HOST", "HTTP_AUTHORIZATION",
    "HTTP_USER_AGENT", "HTTP_X_REQUEST_ID", "HTTP_X_HTTP_METHOD_OVERRIDE", "HTTP_EXPECT",
    "CONTENT_LENGTH", "CONTENT_TYPE", "HTTP_TRANSFER_ENCODING", "REMOTE_ADDR",
)  # fmt: skip
VALUES = (
    "", "*", "*/*;q=x", "gzip;q=0, br", "en;q=\ud7ff", 'W/"x", "y"', "bytes=0-0,5-9", "bytes=9-1",
    "Thu, 99 Foo 2026", "testserver", "testserver:99999", "evil.example", "[::1", "null", "cross-site",
    "http://testserver", "https://evil.example", "http://[broken", "1.2.3.4, 5.6.7.8", "unknown",
    "[2001:db8::1%eth0]:80", "https", "Basic !!!", "Bearer " + "x" * 500, "Mozilla/5.0", "\xff\xfe", "-1",
    "abc", "999999999999", "0", "application/json", "multipart/form-data", "text/plain; charset=klingon",
    "multipart/form-data; boundary=" + "b" * 100, "application/x-www-form-urlencoded; charset=utf-16",
    "chunked", "100-continue", "DELETE", "a" * 3000, ADDRESS,
)  # fmt: skip
TRACEBACK = "Traceback (most recent call last)"


@dataclass(frozen=True)
class Answer:
    line: str
    status: int
    body: bytes


class Logged(logging.Handler):
    """Keeps what our formatter lets through; `levels` has the highest level."""

    def __init__(self) -> None:
        super().__init__()
        self.setFormatter(Formatter("{levelname} {name} {message}", style="{"))
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(self.format(record))


class Odd:
    """Makes requests to routes; learns the forms of pages that come back, to send them changed."""

    def __init__(self, routes: list[Route], cookies: dict[str, str], seed: int) -> None:
        self.routes, self.cookies, self.random = routes, cookies, Random(seed)
        self.forms: dict[str, list[tuple[str, str]]] = {}
        self.statuses: Counter[int] = Counter()

    def environ(self) -> tuple[Route, dict]:
        choose = self.random.choice
        route, method = choose(self.routes), choose(METHODS)
        path = self._path(route)
        body, kind = self._body(route) if method not in ("GET", "HEAD") else (b"", "")
        role = choose(("anonymous", "anonymous", "publisher", "superuser"))
        environ = {
            "REQUEST_METHOD": method,
            "PATH_INFO": unquote_to_bytes(path).decode("latin-1"),
            "SCRIPT_NAME": "",
            "QUERY_STRING": self._query(),
            "SERVER_NAME": "testserver",
            "SERVER_PORT": "80",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "REMOTE_ADDR": f"198.51.100.{self.random.randrange(256)}",
            "HTTP_HOST": "testserver",
            "HTTP_COOKIE": f"csrftoken={TOKEN}; {self.cookies.get(role, '')}",
            "HTTP_X_CSRFTOKEN": TOKEN,
            "CONTENT_LENGTH": str(len(body)),
            "CONTENT_TYPE": kind,
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http",
            "wsgi.input": BytesIO(body),
            "wsgi.errors": BytesIO(),
            "wsgi.multithread": False,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
            "wsgi.input_terminated": True,
        }
        for _ in range(choose((0, 0, 0, 1, 2))):
            environ[choose(HEADERS)] = choose(VALUES).encode("utf-8", "replace").decode("latin-1")
        if self.random.random() < 0.1:
            environ.pop("CONTENT_LENGTH")
        return route, environ

    def send(self, application) -> Answer:
        route, environ = self.environ()
        begun = []
        answer = application(environ, lambda status, headers, *_: begun.append(status))
        body = b"".join(answer)
        if hasattr(answer, "close"):
            answer.close()
        if (
            environ["REQUEST_METHOD"] == "GET"
            and b"<form" in body
            and route.shape not in self.forms
        ):
            forms = [form.form_values() for form in html.fromstring(body).forms]
            self.forms[route.shape] = max(forms, key=len)
        where = f"{environ['REQUEST_METHOD']} {environ['PATH_INFO']}?{environ['QUERY_STRING']}"
        return Answer(f"{route.shape}: {where} {environ!r}", int(begun[0].split()[0]), body)

    def _path(self, route: Route) -> str:
        path = quote(route.path, safe="/%")
        if self.random.random() < 0.25:
            odd = quote(self._text(), safe="", errors="replace")
            path = self.random.choice(sorted(odd_paths(route, odd or "x")) or [path])
        if self.random.random() < 0.03:
            path += self.random.choice(
                ["/", "//", "%00", "%ff", "%2e%2e/", "?", ";a=1", "x" * 3000]
            )
        return path

    def _query(self) -> str:
        count = 60 if self.random.random() < 0.02 else self.random.randrange(4)
        query = self._urlencoded([(self._name(), self._text()) for _ in range(count)])
        odd = self.random.random() < 0.1
        return query + (self.random.choice(["&", "&&=", "%", "%ff", "&a[x]=1"]) if odd else "")

    def _body(self, route: Route) -> tuple[bytes, str]:
        pairs = list(self.forms.get(route.shape, []))
        for _ in range(self.random.randrange(4 if pairs else 12)):
            if pairs and self.random.random() < 0.7:
                at = self.random.randrange(len(pairs))
                pairs[at] = (pairs[at][0], self._text())
            else:
                pairs.append((self._name(), self._text()))
        form = self._urlencoded(pairs).encode("latin-1")
        if self.random.random() < 0.55:
            return form, "application/x-www-form-urlencoded"
        raw = bytes(self.random.randrange(256) for _ in range(self.random.choice((0, 7, 400))))
        parts = "".join(
            f'--b\r\nContent-Disposition: form-data; name="{name}"'
            f"{self.random.choice(['', '; filename=x.csv', '; filename="../../x"'])}\r\n\r\n{text}\r\n"
            for name, text in pairs
        ).encode("utf-8", "replace")
        multipart = parts + self.random.choice([b"--b--\r\n", b"--b", b"", raw])
        return self.random.choice([
            (multipart, "multipart/form-data; boundary=b"),
            (raw, "application/x-www-form-urlencoded"),
            (raw, "multipart/form-data; boundary=b"),
            (b'{"a": [1, {"b": null}]}', "application/json"),
            (raw, "application/octet-stream"),
            (form + b"a" * 20_000, "application/x-www-form-urlencoded"),
        ])  # fmt: skip

    def _name(self) -> str:
        return self.random.choice(NAMES) if self.random.random() < 0.97 else self._text()

    def _text(self) -> str:
        return self.random.choice(TEXTS if self.random.random() < 0.97 else BROKEN)

    def _urlencoded(self, pairs: list[tuple[str, str]]) -> str:
        errors = self.random.choice(["replace", "surrogatepass"])
        return urlencode(pairs, errors=errors)


def faults(odd: Odd, application, logged: Logged, secrets: list[str]) -> Iterator[str]:
    """Send one request and yield what is wrong with its answer or with what was logged."""
    logged.lines.clear()
    answer = odd.send(application)
    odd.statuses[answer.status] += 1
    if answer.status >= 500:
        yield f"{answer.status}: {answer.line}"
    if TRACEBACK.encode() in answer.body:
        yield f"a traceback is on the page: {answer.line}"
    said = "\n".join(logged.lines)
    if TRACEBACK in said:
        yield f"a traceback was logged: {answer.line}\n{said}"
    for secret in secrets:
        if secret in said:
            yield f"“{secret}” was logged: {answer.line}\n{said}"
