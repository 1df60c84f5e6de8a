"""The keys of a term: front matter of Markdown, columns of sheets, JSON."""

from glossary.values.names import nearest_name

LISTS = ("aliases", "related", "citations", "series")
FLAGS = ("is_autolinked", "is_case_sensitive")
KNOWN = ("headword", "slug", "category", "status", "reviewed_on", *FLAGS, *LISTS)
TEXTS = ("headword", "slug", "category", "status", "definition", "explanation")
COLUMNS = (*TEXTS, "reviewed_on", *FLAGS, *LISTS)
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


def not_known(key: str, known: tuple[str, ...]) -> str:
    """Say that a key is not known, with the one it resembles or all known ones."""
    meant = meant_key(key)
    cure = f"Did you mean “{meant}”?" if meant in known else f"Known: {', '.join(known)}."
    return f"“{key}” is not known. {cure}"
