"""Finding pages by any text a person types."""

from collections.abc import Sequence
from dataclasses import dataclass

from glossary.models import SearchEntry
from glossary.search import engines, highlights, similar_names
from glossary.search.words import Query, parse

MOST = 50
MOST_SUGGESTED = 7
MOST_OFFERED = 5
# Most of the table: what is matched is never read, explanations only where they are shown.
INDEXED = ("name_words", "definition_words", "body_words")


@dataclass(frozen=True, slots=True)
class Hit:
    """A page that was found; `text` is its definition, or where its explanation has the words."""

    entry: SearchEntry
    title: list[highlights.Part]
    text: list[highlights.Part]


@dataclass(frozen=True, slots=True)
class Found:
    """What search answers: hits in their order, and pages of similar names when no name fits."""

    query: Query
    hits: list[Hit]
    near: list[SearchEntry]
    is_cut: bool = False


def find(text: str, most: int = MOST) -> Found:
    """Find the public pages a text may mean, at most `most` of them. Any text will do."""
    query = parse(text)
    if not query.words:
        return Found(query, [], [])
    named = engines.named(query, most + 1)
    told = engines.told(query, most + 1) if len(named) <= most else []
    ranked = list(dict.fromkeys([*named, *told]))
    near = [] if named else _near(query, MOST_OFFERED, is_known=bool(told))
    others = [entry for entry in near if entry.pk not in told]
    hits = [_hit(entry, query) for entry in _read(ranked[:most])]
    return Found(query, hits, others, len(ranked) > most)


def suggest(text: str, most: int = MOST_SUGGESTED) -> list[SearchEntry]:
    """Return the pages whose names begin with or hold what is being typed, or come near it."""
    query = parse(text)
    if not query.words:
        return []
    return _read(engines.named(query, most), "body") or _near(query, most)


def offers(text: str) -> list[SearchEntry]:
    """Return what an unknown address may have meant."""
    return suggest(text, MOST_OFFERED)


def _near(query: Query, most: int, is_known: bool = False) -> list[SearchEntry]:
    """Those whose names resemble the whole of it, or hold most of its words once those are mended.

    `is_known` says that texts hold all the words, so that none of them is to be mended.
    """
    known = similar_names.names()
    found = similar_names.resembling(query.key, known)[:most]
    if not found and not is_known:
        found = engines.holding_most(similar_names.corrected(query, known), most)
    return _read(found, "body")


def _read(ranked: Sequence[int], *unread: str) -> list[SearchEntry]:
    """Read entries in their order; one that was withdrawn meanwhile is not there any more."""
    entries = SearchEntry.objects.defer(*INDEXED, *unread).in_bulk(ranked)
    return [entries[pk] for pk in ranked if pk in entries]


def _hit(entry: SearchEntry, query: Query) -> Hit:
    """Show the definition; where only the explanation has the words, show them there."""
    title = highlights.marked(entry.title, query)
    text = highlights.marked(entry.definition, query)
    if not any(part.is_marked for part in (*title, *text)):
        text = highlights.marked(highlights.excerpt(entry.body, query), query) or text
    return Hit(entry, title, text)
