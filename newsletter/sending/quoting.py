"""Quoted-printable (RFC 2045, 6.7) that never splits a placeholder. Pure.

The standard library's encoder breaks a full line anywhere, also inside a placeholder, which would
then not be replaced. This one keeps a placeholder on one line, with room for what replaces it.
"""

from collections.abc import Iterator

from django.utils.text import normalize_newlines

LONGEST_LINE = 76  # with the "=" that joins it to the next line
# Printable ASCII except "=" is not encoded, and neither are blanks within a line.
PLAIN = frozenset(range(33, 127)) - {ord("=")} | {ord(" "), ord("\t")}


def encode(text: str, placeholder: str, room: int) -> str:
    """Return quoted-printable ASCII with CRLF, where `placeholder` counts as `room` characters."""
    lines = normalize_newlines(text).split("\n")
    return "\r\n".join(_line(line, placeholder, room) for line in lines)


def _line(line: str, placeholder: str, room: int) -> str:
    done: list[str] = []
    now: list[str] = []
    length = 0
    for piece, size in _pieces(line, placeholder, room):
        if length + size > LONGEST_LINE - 1:
            done.append("".join(now))
            now, length = [], 0
        now.append(piece)
        length += size
    return "=\r\n".join([*done, "".join(now)])


def _pieces(line: str, placeholder: str, room: int) -> Iterator[tuple[str, int]]:
    """Cut a line into pieces that must not be split, with the length of each."""
    body = line[:-1] if line.endswith((" ", "\t")) else line
    for position, between in enumerate(body.split(placeholder)):
        if position:
            yield placeholder, room
        content = between.encode()
        for at, byte in enumerate(content):
            if content.startswith(b"From ", at):  # a mailbox file (mbox) would change such a line
                yield "=46", 3
                continue
            yield (chr(byte), 1) if byte in PLAIN else (f"={byte:02X}", 3)
    if body != line:
        yield f"={ord(line[-1]):02X}", 3
