"""Marks the words of a query in a text, and cuts an excerpt around them.

Parts are plain text; the template escapes them, so a text cannot become markup.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from unicodedata import normalize

from glossary.search.words import SHORTEST_STEM, Query, stem, words
from glossary.values.words import APOSTROPHES, UNSEEN

# A word as typed, with the apostrophes and invisible characters that folding removes.
TOKEN = re.compile(rf"[^\W_]+(?:[{APOSTROPHES}{UNSEEN}]+[^\W_]+)*")
EXCERPT = 220
BEFORE = 60
FIRST = 80  # two lines of a phone


@dataclass(frozen=True, slots=True)
class Part:
    text: str
    is_marked: bool = False


def marked(text: str, query: Query) -> list[Part]:
    """Split a text into parts and mark those that the query matches."""
    text = normalize("NFC", text)
    parts, at = [], 0
    for start, end in highlights(text, query):
        parts += [Part(text[at:start]), Part(text[start:end], True)]
        at = end
    return [part for part in (*parts, Part(text[at:])) if part.text]


def excerpt(text: str, query: Query) -> str:
    """Return about 220 characters of a text around the first word found; "" when none is.

    A text that has it among its first characters is not cut there.
    """
    text = normalize("NFC", text)
    first = next(highlights(text, query), None)
    if first is None:
        return ""
    start = max(first[0] - BEFORE, 0) if first[1] > FIRST else 0
    if start:
        start = text.find(" ", start) + 1 or start
    end = start + EXCERPT
    end = len(text) if end >= len(text) else max(text.rfind(" ", 0, end), end - 40)
    return f"{'… ' if start else ''}{text[start:end].strip()}{' …' if end < len(text) else ''}"


def highlights(text: str, query: Query) -> Iterator[tuple[int, int]]:
    """Yield the places of the query's words, and of two words that are one of them when joined."""
    before: tuple[str, int] | None = None
    compounds, beginnings = query.compounds, _beginnings(query)
    last = tuple(each for each in query.words[-1:] if len(each) >= SHORTEST_STEM)
    for token in TOKEN.finditer(text):
        word, its_stem = _folded(token[0])
        if its_stem in query.words or its_stem in compounds or word.startswith(last):
            yield token.span()
            before = None
        elif before and stem(before[0] + word) in (*query.words, query.joined):
            yield before[1], token.end()
            before = None
        else:
            before = (word, token.start()) if word in beginnings else None


@lru_cache(maxsize=100)
def _beginnings(query: Query) -> frozenset[str]:
    """Return how each word of a query, and all joined, may begin: a set, asked for every word."""
    found = (*query.words, query.joined)
    return frozenset(each[:end] for each in found for end in range(len(each) + 1))


@lru_cache(maxsize=20_000)
def _folded(token: str) -> tuple[str, str]:
    """Return a word and its stem; cached, because a page of results repeats many words."""
    word = "".join(words(token))
    return word, stem(word)
