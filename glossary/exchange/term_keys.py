"""The keys of a term (front matter of Markdown, columns of sheets, JSON), and lists in a cell."""

import re
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from glossary.values.names import nearest_name

LISTS = ("aliases", "related", "citations", "series")
FLAGS = ("is_autolinked", "is_case_sensitive")
YES, NO = ("true", "yes", "1"), ("false", "no", "0")
# Whole numbers.
NUMBERS = ("review_interval",)
TEXTS = ("headword", "slug", "category", "status", "definition", "explanation")
# Names of people, who have to exist first.
PEOPLE = ("reviewed_by", "responsible")
SIGNED = (*PEOPLE, "drafting")
COLUMNS = (*TEXTS, "reviewed_on", *SIGNED, *NUMBERS, *FLAGS, *LISTS)
# In front matter; the other two are the text below it.
KNOWN = tuple(key for key in COLUMNS if key not in ("definition", "explanation"))
# What an import takes over as it is; the slug finds the term.
PLAIN_FIELDS = tuple(key for key in COLUMNS if key not in ("slug", "category", *LISTS))
# An empty cell empties these. The other columns are never empty, so it changes nothing there.
MAY_BE_EMPTY = ("explanation", "reviewed_on", *SIGNED, *LISTS)
ITEM_KEYS = {
    "aliases": ("name", "kind"),
    "related": ("term", "kind", "reason"),
    "citations": ("publisher", "title", "url", "read_on"),
    "series": ("slug",),
}
# What other glossaries call them.
ELSEWHERE = {
    "term": "headword",
    "name": "headword",
    "title": "headword",
    "meaning": "definition",
    "description": "definition",
    "text": "explanation",
    "synonyms": "aliases",
    "sources": "citations",
}
BETWEEN = " | "
# A backslash with the character it escapes, a separator, or a run of other characters.
PIECE = re.compile(r"\\.|\||[^\\|]+|\\$", re.DOTALL)
PROTECTED = {"\\n": "\n", "\\r": "\r", "\\\\": "\\", "\\|": "|"}
ESCAPED = {ord(character): escaped for escaped, character in PROTECTED.items()}


def meant_key(key: str) -> str:
    """Return the key that an unknown one resembles, or ""."""
    written = "_".join(key.casefold().split())
    return ELSEWHERE.get(written) or nearest_name(written, COLUMNS)


def read_value(key: str, text: str) -> Any:
    """Read the text of a key that is no list. Raises ValueError, without the key."""
    if key == "reviewed_on":
        try:
            return date.fromisoformat(text) if text else None
        except ValueError:
            raise ValueError(f"“{text[:40]}” is not a day such as 2026-11-23.") from None
    if key in NUMBERS:
        if not re.fullmatch(r"[0-9]{1,5}", text):
            raise ValueError(f"“{text[:40]}” is not a whole number such as 90.")
        return int(text)
    if key in FLAGS:
        if text.lower() not in (*YES, *NO):
            raise ValueError(f"“{text[:40]}” is neither true nor false.")
        return text.lower() in YES
    return text


def not_known(key: str, known: tuple[str, ...]) -> str:
    """Return the message that a key is not known.

    It names the known key that this one resembles, else all known ones.
    """
    meant = meant_key(key)
    cure = f"Did you mean “{meant}”?" if meant in known else f"Known: {', '.join(known)}."
    return f"“{key}” is not known. {cure}"


# --- a list in one cell: one entry per line, its parts separated by “|” ---
# Editors write `LLM | abbreviation` by hand. Parts left out at the end of a line are empty; a “|”
# or a line break inside a part is written with a backslash.


def join_entries(items: Iterable[Mapping[str, str]], names: tuple[str, ...]) -> str:
    """Write items as lines. Empty parts at the end are left out."""
    rows = ([(item.get(name) or "").translate(ESCAPED) for name in names] for item in items)
    return "\n".join(re.sub(r"( \| )+$", "", BETWEEN.join(parts)) for parts in rows)


def split_entries(cell: str, names: tuple[str, ...]) -> list[dict[str, str]]:
    """Undo join_entries; return for each line the parts that are not empty, by name.

    Raises ValueError, naming the line, when one has more parts than there are names.
    """
    items = []
    for line in filter(str.strip, re.split(r"\r\n|[\r\n]", cell)):
        parts = [""]
        for piece in PIECE.findall(line):
            if piece == "|":
                parts.append("")
            else:
                parts[-1] += piece
        if len(parts) > len(names):
            raise ValueError(f"“{line.strip()[:60]}” has more parts than {BETWEEN.join(names)}.")
        bare = (PIECE.sub(lambda it: PROTECTED.get(it[0], it[0]), part.strip()) for part in parts)
        items.append({name: part for name, part in zip(names, bare, strict=False) if part})
    return items
