"""The keys of a term: front matter of Markdown, columns of sheets, JSON."""

import re

from glossary.values.names import nearest_name

LISTS = ("aliases", "related", "citations", "series")
FLAGS = ("is_autolinked", "is_case_sensitive")
# Whole numbers.
NUMBERS = ("review_interval",)
TEXTS = ("headword", "slug", "category", "status", "definition", "explanation")
# Names of people, who have to exist first.
PEOPLE = ("reviewed_by", "responsible")
COLUMNS = (*TEXTS, "reviewed_on", *PEOPLE, "drafting", *NUMBERS, *FLAGS, *LISTS)
# In front matter; the other two are the text below it.
KNOWN = tuple(key for key in COLUMNS if key not in ("definition", "explanation"))
# What an import takes over as it is; the slug finds the term.
PLAIN_FIELDS = tuple(key for key in COLUMNS if key not in ("slug", "category", *LISTS))
# An empty cell empties these. The other columns are never empty, so it changes nothing there.
MAY_BE_EMPTY = ("explanation", "reviewed_on", *PEOPLE, "drafting", *LISTS)
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


def meant_key(key: str) -> str:
    """Return the key that an unknown one resembles, or ""."""
    written = "_".join(key.casefold().split())
    return ELSEWHERE.get(written) or nearest_name(written, COLUMNS)


def whole_number(text: str) -> int:
    """Read a number of days. Raises ValueError for anything else."""
    if not re.fullmatch(r"[0-9]{1,5}", text):
        raise ValueError(f"“{text[:40]}” is not a whole number such as 90.")
    return int(text)


def not_known(key: str, known: tuple[str, ...]) -> str:
    """Say that a key is not known, with the one it resembles or all known ones."""
    meant = meant_key(key)
    cure = f"Did you mean “{meant}”?" if meant in known else f"Known: {', '.join(known)}."
    return f"“{key}” is not known. {cure}"
