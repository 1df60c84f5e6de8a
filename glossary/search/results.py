"""Finds pages by any text that a person types."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from glossary.models import SearchEntry
from glossary.search import engines, highlights, similar_names
from glossary.search.words import Query, parse_query

MOST = 50
MOST_SUGGESTED = 7
MOST_OFFERED = 5
# Columns that are matched and never read.
INDEXED = ("name_words", "definition_words", "body_words")


@dataclass(frozen=True, slots=True)
class Hit:
    """A page; `text` is its definition, or an excerpt of its explanation with the words."""

    entry: SearchEntry
    title: list[highlights.Part]
    text: list[highlights.Part]


@dataclass(frozen=True, slots=True)
class Results:
    """Hits in order, and pages of similar names if no name matches and few texts do."""

    query: Query
    hits: list[Hit]
    near: list[SearchEntry]
    is_cut: bool = False

    def kinds(self) -> dict[str, int]:
        """Return how many hits each kind of page has, the commonest first."""
        return dict(Counter(hit.entry.kind for hit in self.hits).most_common())

    def of_kind(self, kind: str) -> list[Hit]:
        """Return the hits of one kind, or all of them if it has none."""
        return [hit for hit in self.hits if hit.entry.kind == kind] or self.hits


def find(text: str, most: int = MOST) -> Results:
    """Find at most `most` public pages. Any text is safe."""
    query = parse_query(text)
    if not query.words:
        return Results(query, [], [])
    by_name = engines.by_name(query, most + 1)
    by_text = engines.by_text(query, most + 1) if len(by_name) <= most else []
    ranked = list(dict.fromkeys([*by_name, *by_text]))
    is_cut = len(ranked) > most  # then the words were meant
    near = [] if by_name or is_cut else _near(query, MOST_OFFERED, is_matched=bool(by_text))
    others = [entry for entry in near if entry.pk not in by_text]
    hits = [_hit(entry, query) for entry in _read(ranked[:most])]
    return Results(query, hits, others, is_cut)


def suggestions(text: str, most: int = MOST_SUGGESTED) -> list[SearchEntry]:
    """Return the pages whose names begin with, contain or resemble the text."""
    query = parse_query(text)
    if not query.words:
        return []
    return _read(engines.by_name(query, most), "body") or _near(query, most)


def offers(text: str) -> list[SearchEntry]:
    """Return the pages to offer on a 404 page: those whose names come near the whole text.

    A name that has only some of its words would be a guess.
    """
    query = parse_query(text)
    if not query.words:
        return []
    found = engines.by_name(query, MOST_OFFERED) or similar_names.resembling(
        query.key, similar_names.name_index()
    )
    return _read(found[:MOST_OFFERED], "body")


def _near(query: Query, most: int, is_matched: bool = False) -> list[SearchEntry]:
    """Return pages whose names resemble the query or contain most of its corrected words.

    `is_matched` says that some text contains all the words, so they need no correction.
    """
    known = similar_names.name_index()
    found = similar_names.resembling(query.key, known)[:most]
    if not found and not is_matched:
        found = engines.by_most_words(similar_names.corrected(query, known), most)
    return _read(found, "body")


def _read(ranked: Sequence[int], *unread: str) -> list[SearchEntry]:
    """Read entries in their order, without those withdrawn in the meantime."""
    entries = SearchEntry.objects.defer(*INDEXED, *unread).in_bulk(ranked)
    return [entries[pk] for pk in ranked if pk in entries]


def _hit(entry: SearchEntry, query: Query) -> Hit:
    """Show the definition, or where the name does not match the part of a text that does."""
    title = highlights.marked(entry.title, query)
    text = entry.definition
    if not any(part.is_marked for part in title):
        of_definition = highlights.excerpt(entry.definition, query)
        text = of_definition or highlights.excerpt(entry.body, query) or text
    return Hit(entry, title, highlights.marked(text, query))
