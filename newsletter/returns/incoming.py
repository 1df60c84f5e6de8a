"""An incoming mail, taken apart within bounds that hold for hostile mail too. Pure."""

import base64
import email
import quopri
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from email.errors import MessageError
from email.header import decode_header, make_header
from email.message import Message
from html import unescape
from typing import Any

LARGEST = 262_144  # bytes that are kept and read of one mail; reports come before the original
MOST_PARTS = 100
MOST_LEVELS = 4  # a bounce that was forwarded as an attachment, in another
TEXT_READ = 16_384  # bytes of one text
MOST_BLOCKS = 20
LONG_LINE = re.compile(rb"([^\n]{990})(?=[^\n])")
# The time in which the standard library reads the parameters of a header grows with the square of
# its length, so these shorten it: its further lines, and what has many semicolons.
FURTHER_LINES = re.compile(rb"(?:^[ \t].*\n)+", re.MULTILINE)
LONGEST_HEADER = 8_000
SEMICOLONS = re.compile(rb"(?:;[^;\n]{0,3}){20,}")
# RFC 5322, 4.5.3: spaces before the colon of a field, as older programs write.
OLD_FIELD = re.compile(rb"^([A-Za-z-]{4,40})[ \t]+:", re.MULTILINE)
NEW_LINE = re.compile(r"<(?=(?:br|p|div|tr|li|pre|h\d)\b)", re.IGNORECASE)
TAGS = re.compile(r"<(?:style|script)[^<]*</(?:style|script)>|<[^<>]*>", re.IGNORECASE)
# RFC 3464, 5965 and 8098. With “global-” before the name they are RFC 6533.
REPORT = re.compile(
    r"message/(?:global-)?(delivery-status|feedback-report|disposition-notification)"
)
HEADERS = ("text/rfc822-headers", "message/global-headers")

type Block = dict[str, str]  # the fields of a report, by names in small letters


class Hostile(ValueError):
    """This mail has more parts or levels than a bounce has."""


@dataclass(frozen=True)
class Incoming:
    """One level of a mail: `embedded` are the messages in it, such as the returned original.

    `reports` maps "delivery-status" and so on to the blocks of their fields. `headers` have names
    in small letters, `everything` has the headers and texts of all levels.
    """

    headers: tuple[tuple[str, str], ...]
    text: str
    reports: dict[str, list[Block]] = field(default_factory=dict)
    embedded: tuple["Incoming", ...] = ()
    other: str = ""  # the headers of the original, where only these came back

    def all(self, *names: str) -> list[str]:
        return [value for name, value in self.headers if name in names]

    def first(self, name: str) -> str:
        return next(iter(self.all(name)), "")

    @property
    def everything(self) -> str:
        own = [f"{name}: {value}" for name, value in self.headers]
        inner = [each.everything for each in self.embedded]
        return "\n".join([*own, self.text, self.other, *inner])


def take_apart(raw: bytes) -> Incoming:
    """Parse the first LARGEST bytes of a mail. Raises Hostile, RecursionError, ValueError."""
    return _level(email.message_from_bytes(_bounded(raw)), iter(range(MOST_PARTS)), MOST_LEVELS)


def _bounded(raw: bytes) -> bytes:
    """Use one kind of line break, and shorten lines and headers of any length."""
    raw = raw[:LARGEST].replace(b"\r\n", b"\n").replace(b"\r", b"\n").replace(b"\0", b"")
    raw = OLD_FIELD.sub(rb"\1:", raw)
    raw = LONG_LINE.sub(rb"\1\n ", SEMICOLONS.sub(b";", raw))
    return FURTHER_LINES.sub(_shortened, raw)


def _shortened(found: re.Match[bytes]) -> bytes:
    lines = found[0]
    return lines if len(lines) <= LONGEST_HEADER else lines[:LONGEST_HEADER].rstrip() + b"\n"


def _level(message: Message, budget: Iterator[int], levels: int) -> Incoming:
    plain, html, other, reports, embedded = [], [], [], dict[str, list[Block]](), []
    for part in _parts(message, budget):
        kind = part.get_content_type()
        if found := REPORT.fullmatch(kind):
            reports.setdefault(found[1], []).extend(_blocks(part))
        elif kind in HEADERS:
            other.append(_text(part))
        elif kind.startswith("message/"):
            if not levels:
                raise Hostile("too many levels")
            embedded += [_level(each, budget, levels - 1) for each in _messages(part)[:1]]
        elif kind == "text/html":
            html.append(unescape(TAGS.sub(" ", NEW_LINE.sub("\n<", _text(part)))))
        elif kind == "text/plain" and part is not message and part["Received"]:
            embedded.append(_level(part, budget, 0))  # an original that was not marked as one
        elif kind.startswith(("text/", "multipart/")):  # also one whose parts are lost
            plain.append(_text(part))
    return Incoming(
        headers=tuple((name.lower(), _header(value)) for name, value in message.raw_items()),
        text="\n".join(plain if any(map(str.strip, plain)) else html)[:TEXT_READ],
        reports=reports,
        embedded=tuple(embedded),
        other="\n".join(other),
    )


def _parts(message: Message, budget: Iterator[int]) -> Iterator[Message]:
    """Yield the parts of one level that are not multipart, in order."""
    waiting = [message]
    while waiting:
        part = waiting.pop()
        if next(budget, None) is None:
            raise Hostile(f"more than {MOST_PARTS} parts")
        inner: Any = part.get_payload()
        if part.get_content_maintype() == "multipart" and isinstance(inner, list):
            waiting += reversed(inner)
        else:
            yield part


def _messages(part: Message) -> list[Message]:
    """Return the messages in a part, or the blocks of a status report.

    The library knows neither the blocks of “global” reports nor encoded messages, which RFC 2046
    forbids and some senders make.
    """
    inner: Any = part.get_payload()
    if not isinstance(inner, list):
        return [email.message_from_bytes(_decoded(part))]
    encoding = str(part.get("Content-Transfer-Encoding", "")).strip().lower()
    subtype = part.get_content_subtype()
    is_encoded = encoding in DECODERS
    if not is_encoded and subtype != "global-delivery-status":
        return list(inner)
    body = b"\n".join(each.as_bytes() for each in inner)
    if is_encoded:
        body = _bounded(DECODERS[encoding](body))
    blocks = re.split(rb"\n\s*\n", body.strip()) if "delivery-status" in subtype else [body]
    return [email.message_from_bytes(each) for each in blocks]


def _from_base64(body: bytes) -> bytes:
    """Decode what may be cut off anywhere."""
    letters = re.sub(rb"[^A-Za-z0-9+/]", b"", body)
    return base64.b64decode(letters[: len(letters) - (len(letters) % 4 == 1)] + b"==")


DECODERS: dict[str, Callable[[bytes], bytes]] = {
    "base64": _from_base64,
    "quoted-printable": quopri.decodestring,
}


def _blocks(part: Message) -> list[Block]:
    """Return the fields of a report, block by block; also where they were taken for a text."""
    return [
        {name.lower(): _header(value) for name, value in message.raw_items()}
        for message in _messages(part)[:MOST_BLOCKS]
    ]


def _decoded(part: Message) -> bytes:
    content = part.get_payload(decode=True)
    return content[:TEXT_READ] if isinstance(content, bytes) else b""


def _text(part: Message) -> str:
    content, charset = _decoded(part), part.get_content_charset("utf-8")
    try:
        return content.decode("utf-8" if charset == "us-ascii" else charset, "replace")
    except (LookupError, ValueError):  # an unknown charset, or none for texts
        return content.decode("utf-8", "replace")


def _header(value: str) -> str:
    """Return a header's value on one line, with encoded words and bytes of UTF-8 decoded."""
    raw = value[:TEXT_READ].encode("utf-8", "surrogateescape")
    text = " ".join(raw.decode("utf-8", "replace").split())
    if "=?" not in text:
        return text
    try:
        return str(make_header(decode_header(text[:1000])))
    except (LookupError, ValueError, MessageError):
        return text
