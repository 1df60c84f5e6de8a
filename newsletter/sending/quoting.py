"""Quoted-printable (RFC 2045, 6.7) that keeps marks in one piece. Pure.

The library's encoder breaks a line wherever it is full, also inside a mark, which would then stay
in the mail as it is. This one puts a mark into a line as a whole, with room for what replaces it.
"""

from collections.abc import Iterator

LONGEST_LINE = 76  # with the "=" that joins it to the next one
# Printable ASCII but "=" stands for itself; blanks too, except at the end of a line.
PLAIN = frozenset(range(33, 127)) - {ord("=")} | {ord(" "), ord("\t")}


def encode(text: str, mark: str, room: int) -> str:
    """Encode a text with line breaks of any kind as lines of ASCII that end in CRLF.

    Each `mark` stays as it is and counts as `room` characters.
    """
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return "\r\n".join(_line(line, mark, room) for line in lines)


def _line(line: str, mark: str, room: int) -> str:
    done: list[str] = []
    now: list[str] = []
    length = 0
    for piece, size in _pieces(line, mark, room):
        if length + size > LONGEST_LINE - 1:
            done.append("".join(now))
            now, length = [], 0
        now.append(piece)
        length += size
    return "=\r\n".join([*done, "".join(now)])


def _pieces(line: str, mark: str, room: int) -> Iterator[tuple[str, int]]:
    """Cut a line into what must not be torn apart, with the length each takes."""
    body = line[:-1] if line.endswith((" ", "\t")) else line
    for position, between in enumerate(body.split(mark)):
        if position:
            yield mark, room
        for byte in between.encode():
            yield (chr(byte), 1) if byte in PLAIN else (f"={byte:02X}", 3)
    if body != line:
        yield f"={ord(line[-1]):02X}", 3
