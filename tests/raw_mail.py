"""A strict reader of mail as bytes, by the letter of RFC 5322, 2045 to 2047 and 5321.

The standard library wrote the message and forgives what it wrote, so it does not get to judge it.
Anything a server or mailbox may reject is an AssertionError here.
"""

import base64
import re
from dataclasses import dataclass

HEADER = re.compile(rb"([!-9;-~]+): ?(.*)", re.DOTALL)
ENCODED_WORD = re.compile(r"=\?utf-8\?([bq])\?([!->@-~]*)\?=(?:\s+(?==\?))?", re.IGNORECASE)
ESCAPED = re.compile(rb"=([0-9A-F]{2})")
LONGEST_LINE = 998  # RFC 5322, 2.1.1
LONGEST_QUOTED = 76  # RFC 2045, 6.7


@dataclass(frozen=True)
class Entity:
    """A message or one of its parts: headers as sent, unfolded, and the body's bytes."""

    headers: tuple[tuple[str, str], ...]
    body: bytes

    def __getitem__(self, name: str) -> str:
        """Return the one header of a name; none or two is an error."""
        found = [value for key, value in self.headers if key.lower() == name.lower()]
        assert len(found) == 1, f"{len(found)} headers {name}"
        return found[0]

    @property
    def parts(self) -> list["Entity"]:
        boundary = re.search(r'boundary="([^"]+)"', self["Content-Type"])[1].encode()
        before, *parts, after = (b"\r\n" + self.body).split(b"\r\n--" + boundary)
        assert before.strip() == b""
        assert after in (b"--\r\n", b"--")
        return [read(part.removeprefix(b"\r\n")) for part in parts]

    @property
    def text(self) -> str:
        assert re.search(r'charset="?utf-8"?', self["Content-Type"], re.IGNORECASE)
        encoding = self["Content-Transfer-Encoding"].lower()
        if encoding == "quoted-printable":
            return unquoted(self.body).decode("utf-8")
        if encoding == "base64":
            return base64.b64decode(self.body.replace(b"\r\n", b""), validate=True).decode("utf-8")
        assert encoding == "7bit"
        return self.body.decode("ascii")


def read(raw: bytes) -> Entity:
    assert raw.isascii()
    assert b"\x00" not in raw
    lines = raw.split(b"\r\n")
    assert not any(b"\r" in line or b"\n" in line for line in lines)
    assert max(map(len, lines)) <= LONGEST_LINE
    head, _, body = raw.partition(b"\r\n\r\n")
    fields: list[bytes] = []
    for line in head.split(b"\r\n"):
        if line[:1] in (b" ", b"\t"):
            assert line.strip(), "a folded line of nothing but space"
            fields[-1] += line
        else:
            fields.append(line)
    matches = [HEADER.fullmatch(field) for field in fields]
    assert all(matches), fields
    return Entity(tuple((m[1].decode(), m[2].decode()) for m in matches), body)


def unquoted(body: bytes) -> bytes:
    """Decode quoted-printable; anything but the canonical form is an error."""
    lines = body.split(b"\r\n")
    assert max(map(len, lines)) <= LONGEST_QUOTED
    assert not any(line[-1:] in (b" ", b"\t") for line in lines)
    joined = body.replace(b"=\r\n", b"")
    assert b"=" not in ESCAPED.sub(b"", joined)
    return ESCAPED.sub(lambda found: bytes.fromhex(found[1].decode()), joined)


def words(value: str) -> str:
    """Decode the encoded words of a header."""

    def decoded(found: re.Match[str]) -> str:
        assert len(found[0].rstrip()) <= 75
        if found[1].lower() == "b":
            return base64.b64decode(found[2]).decode("utf-8")
        plain = found[2].replace("_", " ").encode()
        return ESCAPED.sub(lambda each: bytes.fromhex(each[1].decode()), plain).decode("utf-8")

    return ENCODED_WORD.sub(decoded, value)
