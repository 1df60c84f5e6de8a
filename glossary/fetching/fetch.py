"""Fetching a file from its publisher: politely, within limits, from public addresses only.

Callers keep the old data on any FetchError.
"""

import http.client
import re
import ssl
import zlib
from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import partial
from http import HTTPStatus
from random import Random
from urllib.parse import quote, urljoin, urlsplit

from glossary.fetching.connecting import (
    CONTROL,
    KEPT,
    MAX_HEAD_BYTES,
    STRICT,
    Deadline,
    Line,
    Policy,
    Target,
    connect,
    target_of,
)
from glossary.fetching.errors import (
    OTHER_ADVICE,
    AddressRefused,
    BadCertificate,
    BadResponse,
    Empty,
    FetchError,
    HttpError,
    TooLarge,
    TooSlow,
    Truncated,
    Unreachable,
)
from glossary.fetching.links import newest_link

CHUNK = 65_536
REDIRECTS = {301, 302, 303, 307, 308}
# A response field that we store and send back: short, without anything that could end a header.
FIELD = re.compile(r"[\x20-\x7e]{1,200}")

CODINGS = {"": "", "identity": "", "gzip": "gzip", "x-gzip": "gzip", "deflate": "deflate"}

FIRST_PAUSE = timedelta(minutes=15)
LONGEST_PAUSE = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Wanted:
    """A URL, and what the last `Fetched` said about the copy that we have.

    If `final_url` is known, both validators are sent only there: a redirect to a new file must not
    be answered "not modified" because of the old file's date. With `link`, a pattern, `url` is a
    list, in which the newest address that fits is the file.
    """

    url: str
    etag: str = ""
    last_modified: str = ""
    final_url: str = ""
    link: str = ""


@dataclass(frozen=True, slots=True)
class Fetched:
    """A whole file, decompressed. Texts that the server did not send are empty."""

    content: bytes
    content_type: str
    etag: str
    last_modified: str
    final_url: str


@dataclass(frozen=True, slots=True)
class NotModified:
    """The copy that we have is still the newest."""


@dataclass(frozen=True, slots=True)
class Visit:
    """Who asks, by which rules and until when, in all requests for one file."""

    agent: str
    policy: Policy
    deadline: Deadline

    @classmethod
    def begin(cls, agent: str, policy: Policy) -> "Visit":
        return cls(agent, policy, Deadline.after(policy.total_seconds))


def fetch(wanted: Wanted, agent: str, policy: Policy = STRICT) -> Fetched | NotModified:
    """Get a file, or learn that it has not changed. Raises FetchError.

    `agent` says who we are, with a link: "Pulse (+https://pulse.example/about/)".
    """
    visit = Visit.begin(agent, policy)
    target = target_of(wanted.url, policy)
    if wanted.link:
        listed = _arrived(target, Wanted(wanted.url), visit)
        assert isinstance(listed, Fetched)  # noqa: S101 (it is asked for without validators)
        link = newest_link(listed.content, listed.final_url, wanted.link)
        target = next_target(target_of(listed.final_url, policy), link, policy, "links")
    return _arrived(target, wanted, visit)


def _arrived(target: Target, wanted: Wanted, visit: Visit) -> Fetched | NotModified:
    start = target.url
    for _ in range(visit.policy.max_redirects + 1):
        answer = _get(target, wanted, visit)
        if not isinstance(answer, str):
            return answer
        target = next_target(target, answer, visit.policy)
    raise AddressRefused(
        f"{start} redirects more than {visit.policy.max_redirects} times. "
        "Open it in a browser and enter the address where it ends."
    )


def _get(target: Target, wanted: Wanted, visit: Visit) -> Fetched | NotModified | str:
    """Return the file, or where the server sends us for it."""
    known = {"If-None-Match": wanted.etag, "If-Modified-Since": wanted.last_modified}
    is_there = wanted.final_url in ("", target.url)
    validators = {name: value for name, value in known.items() if is_there and _kept(value)}
    headers = {"Accept": "*/*", "Accept-Encoding": "gzip, deflate", **validators}
    with send_request(target, "GET", headers, visit) as (response, line):
        if response.status == HTTPStatus.OK:
            return _file(response, line, target, visit.policy)
        if response.status == HTTPStatus.NOT_MODIFIED and validators:
            return NotModified()
        location = response.headers.get("Location", "")
        if response.status in REDIRECTS and location:
            return location
        retry_after = _pause_asked_for(response.headers.get("Retry-After", ""))
        raise HttpError(target.host, response.status, retry_after)


@contextmanager
def as_fetch_errors(host: str) -> Iterator[None]:
    """Raise the library's exceptions as FetchError, in this one place."""
    try:
        yield
    except TimeoutError as error:
        raise TooSlow(f"{host} is too slow. We try again later.") from error
    except ssl.SSLCertVerificationError as error:
        raise BadCertificate(
            f"The certificate of {host} is not valid: {error.verify_message}. "
            "If a browser complains as well, tell the publisher."
        ) from error
    except (http.client.IncompleteRead, ssl.SSLEOFError) as error:
        raise Truncated(f"{host} stopped in the middle. We try again later.") from error
    except OSError as error:
        reason = error.strerror or str(error)
        raise Unreachable(
            f"The connection to {host} failed ({reason}). Check the name; we try again later."
        ) from error
    except zlib.error as error:
        raise BadResponse(f"The compressed file of {host} is damaged. {OTHER_ADVICE}") from error
    except (http.client.HTTPException, ValueError) as error:
        raise BadResponse(
            f"{host} answers something we cannot read ({type(error).__name__}). {OTHER_ADVICE}"
        ) from error


@contextmanager
def send_request(
    target: Target, method: str, headers: dict[str, str], visit: Visit
) -> Iterator[tuple[http.client.HTTPResponse, Line]]:
    """Send a request; yield the response, body unread, and its connection. Raises FetchError."""
    own = {"Host": target.authority, "User-Agent": visit.agent, "Connection": "close"}
    with (
        as_fetch_errors(target.host),
        closing(connect(target, visit.policy, visit.deadline)) as line,
    ):
        connection = http.client.HTTPConnection(target.host, target.port)
        # With a socket set, http.client does not open one itself.
        connection.sock = line
        connection.request(method, target.path, headers=own | headers)
        # Its getresponse would close the socket after the head, before the body is read.
        response = http.client.HTTPResponse(line, method=method)
        response.begin()
        yield response, line


def next_target(target: Target, location: str, policy: Policy, how: str = "redirects") -> Target:
    """Return the target of a redirect or link. Raises AddressRefused, also for https to http."""
    if CONTROL.search(location):
        raise AddressRefused(f"{target.host} {how} to an address with control characters.")
    # http.client reads header bytes as Latin-1; quoting the bytes keeps their meaning.
    reference = quote(location.encode("latin-1"), safe=KEPT)
    try:
        url = urljoin(target.url, reference)
        moved = target_of(url, policy)
    except ValueError as error:
        raise AddressRefused(f"{target.host} {how} to no address at all.") from error
    except AddressRefused as error:
        raise AddressRefused(f"{target.host} {how}. {error}") from error
    if target.scheme == "https" and moved.scheme == "http":
        raise AddressRefused(
            f"{target.host} {how} from https down to http. Look for an https address."
        )
    return moved


def _file(
    response: http.client.HTTPResponse, line: Line, target: Target, policy: Policy
) -> Fetched:
    coding = _coding_of(response.headers, policy)
    # Twice the limit on the wire: room for chunked framing, but an end to endless trailers.
    line.allowance += 2 * policy.max_bytes + MAX_HEAD_BYTES
    content = _body(response, coding, policy.max_bytes)
    # http.client counts down what Content-Length announced.
    if response.length:
        raise Truncated(f"{target.host} announced more than it sent. We try again later.")
    if line.has_more():
        raise BadResponse(f"{target.host} sent more than it announced. Tell the publisher.")
    if not content:
        raise Empty(f"{target.host} gave an empty file. We try again later.")
    kept = (
        _kept(response.headers.get(name, "")) for name in ("Content-Type", "ETag", "Last-Modified")
    )
    content_type, etag, last_modified = kept
    return Fetched(content, content_type, etag, last_modified, target.url)


def _kept(value: str) -> str:
    return value if FIELD.fullmatch(value) else ""


def _coding_of(headers: http.client.HTTPMessage, policy: Policy) -> str:
    """Return the coding; refuse a body whose end or coding is unclear (RFC 9112, 6.3)."""
    lengths = set(headers.get_all("Content-Length", []))
    if len(lengths) > 1 or not all(re.fullmatch(r"[0-9]{1,18}", text) for text in lengths):
        raise BadResponse(f"The answer's length is in doubt. {OTHER_ADVICE}")
    if any(int(text) > policy.max_bytes for text in lengths):
        raise _too_large(policy.max_bytes)
    if _joined(headers, "Transfer-Encoding") not in ("", "chunked"):
        raise BadResponse(f"The answer comes in a transfer coding we do not know. {OTHER_ADVICE}")
    coding = CODINGS.get(_joined(headers, "Content-Encoding"))
    if coding is None:
        raise BadResponse(f"The answer is compressed in a way we did not ask for. {OTHER_ADVICE}")
    return coding


def _joined(headers: http.client.HTTPMessage, name: str) -> str:
    return ", ".join(headers.get_all(name, [])).strip().lower()


def _too_large(max_bytes: int) -> TooLarge:
    return TooLarge(f"The file is larger than {max_bytes:,} bytes. Look for a smaller one.")


def _body(response: http.client.HTTPResponse, coding: str, max_bytes: int) -> bytes:
    """Read and decompress in steps, so that a decompression bomb stops at `max_bytes`."""
    chunks: Iterator[bytes] = iter(partial(response.read, CHUNK), b"")
    content = bytearray()
    for part in _decompressed(chunks, coding) if coding else chunks:
        content += part
        if len(content) > max_bytes:
            raise _too_large(max_bytes)
    return bytes(content)


def _decompressed(chunks: Iterator[bytes], coding: str) -> Iterator[bytes]:
    """Yield at most CHUNK bytes at a time. gzip may have several members (RFC 1952, 2.2)."""
    # Some servers pad a gzip member with zeros; bare deflate may begin with a zero.
    padding = b"\0" if coding == "gzip" else b""
    inflater = None
    for chunk in chunks:
        rest = chunk if inflater else chunk.lstrip(padding)
        while rest:
            inflater = inflater or zlib.decompressobj(_window(coding, rest))
            yield inflater.decompress(rest, CHUNK)
            rest = inflater.unconsumed_tail
            if inflater.eof:
                rest, inflater = inflater.unused_data.lstrip(padding), None
    if inflater is not None:
        yield inflater.flush()
        if not inflater.eof:
            raise Truncated("The compressed file breaks off. We try again later.")


def _window(coding: str, start: bytes) -> int:
    """Return zlib's `wbits` for a coding. Some servers send "deflate" without its header."""
    if coding == "gzip":
        return 16 + zlib.MAX_WBITS
    has_zlib_header = start[0] & 0x0F == zlib.DEFLATED and int.from_bytes(start[:2]) % 31 == 0
    return zlib.MAX_WBITS if has_zlib_header else -zlib.MAX_WBITS


def _pause_asked_for(retry_after: str) -> timedelta | None:
    """Return the pause of a Retry-After header (RFC 9110, 10.2.3), a day at most, or None."""
    if re.fullmatch(r"[0-9]{1,9}", retry_after):
        return min(timedelta(seconds=int(retry_after)), LONGEST_PAUSE)
    try:
        until = parsedate_to_datetime(retry_after)
    except (ValueError, TypeError, OverflowError):
        return None
    until = until if until.tzinfo else until.replace(tzinfo=UTC)
    return min(max(until - datetime.now(UTC), timedelta(0)), LONGEST_PAUSE)


def backoff(failures: int, random: Random) -> timedelta:
    """Return the pause after this many failures in a row: 15 minutes, doubling, a day at most.

    It is shortened randomly by up to a quarter, so that sources that failed together are not all
    retried at the same second. Below the limit a pause is always longer than the one before.
    """
    if failures <= 0:
        return timedelta(0)
    # Ten doublings already exceed the limit; a huge count must not become a huge number.
    pause: timedelta = min(FIRST_PAUSE * 2 ** min(failures - 1, 10), LONGEST_PAUSE)
    return pause - timedelta(seconds=random.randrange(int(pause.total_seconds()) // 4))


def by_host(wanted: Iterable[Wanted]) -> dict[str, list[Wanted]]:
    """Group by host name, in the given order. URLs without a readable host are under ""."""
    groups: dict[str, list[Wanted]] = defaultdict(list)
    for one in wanted:
        groups[host_of(one.url)].append(one)
    return dict(groups)


def host_of(url: str) -> str:
    """Return the host name of a URL, or "" if it cannot be read."""
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


type Outcome = Fetched | NotModified | FetchError


def fetch_all(
    wanted: Iterable[Wanted], agent: str, policy: Policy = STRICT, workers: int = 4
) -> Iterator[tuple[Wanted, Outcome]]:
    """Fetch hosts in parallel and one file at a time from each; yield in the order of arrival.

    The host is that of `url`: files found in lists of several hosts may be on one host.
    A FetchError is yielded, not raised, so that one publisher's failure does not stop the others.
    """

    def ask(one: Wanted) -> Outcome:
        try:
            return fetch(one, agent, policy)
        except FetchError as error:
            return error

    return ask_all(wanted, ask, workers)


def ask_all[T](
    wanted: Iterable[Wanted], ask: Callable[[Wanted], T], workers: int
) -> Iterator[tuple[Wanted, T]]:
    """Ask hosts in parallel and each for one address at a time; yield in the order of arrival.

    Results are yielded in the caller's thread. Closing the iterator early cancels what has not
    begun.
    """
    queues = [deque(group) for group in by_host(wanted).values()]
    pool = ThreadPoolExecutor(workers, thread_name_prefix="fetch")
    running: dict[Future[T], deque[Wanted]] = {}
    try:
        while queues or running:
            for queue in queues:
                running[pool.submit(ask, queue[0])] = queue
            finished, _ = wait(running, return_when=FIRST_COMPLETED)
            done = [(future, running.pop(future)) for future in finished]
            arrived = [(queue.popleft(), future.result()) for future, queue in done]
            queues = [queue for _, queue in done if queue]
            yield from arrived
    finally:
        pool.shutdown(cancel_futures=True)
