"""Finds names despite typing errors: letters missing, doubled, swapped or wrong.

Names are compared in memory, so both databases give one answer: rapidfuzz reads 120,000 names in
9 ms, while trigrams need a PostgreSQL extension and miss short words.
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import chain
from time import monotonic

from rapidfuzz import process
from rapidfuzz.distance import OSA

from glossary.models import SearchEntry, SearchName
from glossary.search.engines import AFTER_ALL_LETTERS
from glossary.search.words import Query

SHORTEST = 3
# A third of the letters, and three at most: "token" with two wrong letters is another word.
MOST_DIFFERENT = 1 / 3
MOST_ERRORS = 3
# A name with more errors than the best, by more than this, was not meant.
MOST_BEHIND = 2
CANDIDATES = 60
# The names are read again after this time: a slow transaction may commit rows with lower ids.
KEPT_SECONDS = 300

ByLength = Mapping[int, Sequence[str]]


@dataclass(frozen=True)
class NameIndex:
    """All names without their spaces, and the entries that have them, at one state of the table."""

    stamp: tuple[int, str] | None
    owners: Mapping[str, Sequence[int]]
    read_at: float = field(default_factory=monotonic)

    @cached_property
    def by_length(self) -> ByLength:
        return _by_length(self.owners)

    @cached_property
    def ordered(self) -> Sequence[str]:
        return sorted(self.owners)

    @cached_property
    def words(self) -> set[str]:
        """Every word of every name, as a stem."""
        texts = SearchEntry.objects.values_list("name_words", flat=True)
        return {word for text in texts.iterator() for word in text.split()}

    @cached_property
    def words_by_length(self) -> ByLength:
        return _by_length(self.words)


_kept = NameIndex(None, {})


def name_index() -> NameIndex:
    """Return the names, read again when the table has changed."""
    global _kept
    stamp = SearchEntry.objects.order_by("-pk").values_list("pk", "stamp").first()
    if stamp != _kept.stamp or monotonic() - _kept.read_at > KEPT_SECONDS:
        # Tuples of numbers, which the garbage collector does not read again and again.
        owners: defaultdict[str, tuple[int, ...]] = defaultdict(tuple)
        for key, owner in SearchName.objects.values_list("key", "entry_id"):
            owners[key] += (owner,)
        _kept = NameIndex(stamp, dict(owners))
    return _kept


def resembling(key: str, known: NameIndex) -> list[int]:
    """Return the ids of entries whose name, or its beginning, resembles `key`, nearest first."""
    if len(key) < SHORTEST:
        return []
    found = _nearest(key, known.by_length) or _nearest_beginnings(key, known.ordered)
    return list(dict.fromkeys(owner for name in found for owner in known.owners[name]))


def corrected(query: Query, known: NameIndex) -> tuple[str, ...]:
    """Return the query's words; one that no name has is replaced by the most similar one."""
    return tuple(
        word
        if word in known.words or len(word) < SHORTEST
        else next(iter(_nearest(word, known.words_by_length)), word)
        for word in query.words
    )


def _nearest(key: str, choices: ByLength) -> list[str]:
    """Return the names with the fewest errors. Names of other lengths cannot be near."""
    reach = range(len(key) - _most(key), len(key) + _most(key) + 1)
    return _least(key, chain.from_iterable(choices.get(length, ()) for length in reach))


def _nearest_beginnings(key: str, ordered: Sequence[str]) -> list[str]:
    """Return names whose beginning resembles `key`, for a name that is still being typed.

    The first letter is assumed to be right, which leaves few names to compare.
    """
    begun = dict.fromkeys(name[: len(key)] for name in _begun(key[0], ordered))
    nearest = _least(key, begun)
    return [name for each in nearest for name in sorted(_begun(each, ordered), key=len)]


def _begun(beginning: str, ordered: Sequence[str]) -> Sequence[str]:
    first = bisect_left(ordered, beginning)
    return ordered[first : bisect_left(ordered, beginning + AFTER_ALL_LETTERS, first)]


def _least(key: str, choices: Iterable[str]) -> list[str]:
    """Order by OSA distance: letters missing, too many, wrong, or swapped with the next."""
    found = process.extract(
        key, list(choices), scorer=OSA.distance, score_cutoff=_most(key), limit=CANDIDATES
    )
    near = sorted((distance, name) for name, distance, _ in found)
    return [name for distance, name in near if distance <= near[0][0] + MOST_BEHIND]


def _most(key: str) -> int:
    return min(round(len(key) * MOST_DIFFERENT), MOST_ERRORS)


def _by_length(texts: Iterable[str]) -> ByLength:
    found = defaultdict(list)
    for text in texts:
        found[len(text)].append(text)
    return dict(found)
