"""A list in one spreadsheet cell: one entry per line, its parts separated by “|”.

Editors write `LLM | abbreviation` by hand. Parts left out at the end of a line are empty; a “|” or
a line break inside a part is written with a backslash.
"""

import re
from collections.abc import Iterable, Mapping

BETWEEN = " | "
# A backslash with the character it escapes, a separator, or a run of other characters.
PIECE = re.compile(r"\\.|\||[^\\|]+|\\$", re.DOTALL)
PROTECTED = {"\\n": "\n", "\\r": "\r", "\\\\": "\\", "\\|": "|"}
ESCAPED = {ord(character): escaped for escaped, character in PROTECTED.items()}


def join_entries(items: Iterable[Mapping[str, str]], names: tuple[str, ...]) -> str:
    """Write items as lines. Empty parts at the end are left out."""
    return "\n".join(_line([item.get(name) or "" for name in names]) for item in items)


def split_entries(cell: str, names: tuple[str, ...]) -> list[dict[str, str]]:
    """Undo join_entries; return for each line the parts that are not empty, by name.

    Raises ValueError, naming the line, when one has more parts than there are names.
    """
    return [_item(line, names) for line in re.split(r"\r\n|[\r\n]", cell) if line.strip()]


def _line(parts: list[str]) -> str:
    while len(parts) > 1 and not parts[-1]:
        parts.pop()
    return BETWEEN.join(part.translate(ESCAPED) for part in parts)


def _item(line: str, names: tuple[str, ...]) -> dict[str, str]:
    parts = _parts(line)
    if len(parts) > len(names):
        raise ValueError(f"“{line.strip()[:60]}” has more parts than {BETWEEN.join(names)}.")
    return {name: part for name, part in zip(names, parts, strict=False) if part}


def _parts(line: str) -> list[str]:
    """Split at unescaped separators and strip white space around parts."""
    parts = [""]
    for piece in PIECE.findall(line):
        if piece == "|":
            parts.append("")
        else:
            parts[-1] += piece
    return [PIECE.sub(lambda found: PROTECTED.get(found[0], found[0]), p.strip()) for p in parts]
