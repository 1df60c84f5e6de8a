"""A readable difference between two texts: the changed lines, and the words in them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import zip_longest

SAME, GONE, NEW = "same", "gone", "new"
# A number is one word: "2.99" changes to "3.49", not two of its parts.
WORDS = re.compile(r"\s+|\d+(?:[.,]\d+)+|\w+|[^\w\s]")
# Unchanged lines that are shown around a change.
AROUND = 1
# Lines less alike than this are shown whole: marked words would be confusing.
ALIKE = 0.4
# Comparing words takes quadratic time.
MOST_WORDS = 1_500


@dataclass(frozen=True, slots=True)
class Piece:
    """Words of a line that both texts have, only the old one, or only the new one."""

    kind: str
    text: str


type Line = tuple[Piece, ...]
# In place of unchanged lines that are left out.
GAP: Line = ()


def difference(old: str, new: str) -> list[Line]:
    """Return the changed lines with one unchanged line around them, and GAP between.

    A line is a tuple of pieces with all its words in order, those of both texts.
    """
    before, after = old.split("\n"), new.split("\n")
    # autojunk keeps it fast on texts that repeat one line a thousand times.
    groups = list(SequenceMatcher(None, before, after).get_grouped_opcodes(AROUND))
    lines: list[Line] = []
    for group in groups:
        if group[0][1] > 0:
            lines.append(GAP)
        for operation in group:
            lines += _lines(before, after, operation)
    if groups and groups[-1][-1][2] < len(before):
        lines.append(GAP)
    return lines


def _lines(
    before: list[str], after: list[str], operation: tuple[str, int, int, int, int]
) -> Iterator[Line]:
    kind, start, end, start_after, end_after = operation
    if kind == "equal":
        yield from ((Piece(SAME, text),) for text in before[start:end])
        return
    for old, new in zip_longest(before[start:end], after[start_after:end_after]):
        if old is not None and new is not None:
            yield from _changed(old, new)
        else:
            yield (Piece(GONE, old) if new is None else Piece(NEW, new),)


def _changed(old: str, new: str) -> Iterator[Line]:
    """Yield a line with its changed words; lines that differ a lot are yielded whole."""
    before, after = WORDS.findall(old), WORDS.findall(new)
    matcher = SequenceMatcher(None, before, after)
    if len(before) + len(after) > MOST_WORDS or matcher.ratio() < ALIKE:
        yield from ((piece,) for piece in (Piece(GONE, old), Piece(NEW, new)) if piece.text)
        return
    pieces: list[Piece] = []
    for kind, start, end, start_after, end_after in matcher.get_opcodes():
        is_same = kind == "equal"
        pieces.append(Piece(SAME if is_same else GONE, "".join(before[start:end])))
        pieces.append(Piece(NEW, "" if is_same else "".join(after[start_after:end_after])))
    yield tuple(piece for piece in pieces if piece.text)
