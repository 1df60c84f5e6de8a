"""All names of all terms as a trie of folded words, and where a text has them.

A trie, not one large pattern, follows the words of the text only, so twenty thousand names take no
longer than twenty.
"""

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from glossary.prose.linking.plurals import other_numbers
from glossary.values.mentions import LONGEST_MENTION
from glossary.values.names import name_key
from glossary.values.words import (
    APOSTROPHES,
    DASHES,
    LETTER,
    UNSEEN,
    Words,
    fold,
    without_accents,
    words_of,
)

# "Graphics Processing Unit (GPU)" is also each of its parts; "Token (crypto)" only the first.
BRACKETED = re.compile(r"(.+?)\s*\(([^()]+)\)")
INITIALS = re.compile(r"[A-Z0-9][A-Za-z0-9-]{0,9}")
# Between the words of a name: white space, a dash, or nothing around a sign. A dash between spaces
# separates clauses.
BETWEEN = re.compile(rf"[\s{UNSEEN}]{{0,5}}|[{DASHES}]")

# With one of these and a hyphen before it a word is another word: post-training, non-inference.
PREFIXES = {
    "anti", "auto", "bi", "co", "counter", "cross", "de", "dis", "ex", "extra", "hyper",
    "inter", "intra", "macro", "mega", "meta", "micro", "mid", "mini", "mis", "mono", "multi",
    "non", "over", "post", "pre", "pro", "proto", "pseudo", "quasi", "re", "self", "semi",
    "sub", "super", "trans", "tri", "ultra", "un", "under", "uni",
}  # fmt: skip
# Signs that join a name to a word: nvidia.com, AT&T, @OpenAI, #AI, O'Reilly, 3,000.
TIED_BEFORE = re.compile(rf"(?:\w[.&]|[@#\\]|\d,|(?<!\w)[A-Z][{APOSTROPHES}])\Z")
TIED_AFTER = re.compile(rf"[.&]{LETTER}|[@\\+#]|,\d|://|[{APOSTROPHES}](?![sS](?!\w))\w")
PREFIXED = re.compile(rf"(\w{{1,7}})[{DASHES}]\Z")
# A single letter must be separate: C-suite, C., vitamin-C and C’s are not the language.
LETTER_TIED_BEFORE = re.compile(rf"[{DASHES}{APOSTROPHES}./&]\Z")
LETTER_TIED_AFTER = re.compile(rf"[{DASHES}{APOSTROPHES}/]|\.\s*\S")


@dataclass(frozen=True, slots=True)
class TermName:
    """One name of a term.

    Names that are `is_hidden` (misspellings, names of something close) work in [[name]] only.
    """

    text: str
    term: int
    is_as_written: bool = False
    is_automatic: bool = True
    is_hidden: bool = False


@dataclass(frozen=True, slots=True)
class NameMatch:
    term: int
    start: int
    end: int
    is_automatic: bool = True


@dataclass(frozen=True, slots=True)
class _Entry:
    """A form in the trie; `cased` is how it must be written, if case matters."""

    term: int
    rank: int
    cased: tuple[str, ...] | None
    is_automatic: bool

    def fits(self, written: Sequence[str]) -> bool:
        if self.cased is None:
            return True
        first, rest = self.cased[0], self.cased[1:]
        # At the start of a sentence "eval" is "Eval".
        return tuple(written[1:]) == rest and written[0] in (first, first[:1].upper() + first[1:])


END = 0  # no word is equal to it
NAME, PART, NUMBER = range(3)  # the order of precedence when two terms share a form


class Vocabulary:
    """Every name, its parts and its other number. Immutable."""

    def __init__(self, names: Iterable[TermName]) -> None:
        self._root: dict[str | int, Any] = {}
        self._holders: dict[str, int] = {}
        self.size = 0
        for name in names:
            self._holders.setdefault(name_key(name.text), name.term)
            if not name.is_hidden:
                self._add(name)

    def holder(self, name: str) -> int | None:
        """Return the term with this name, in any spelling and either number."""
        if (term := self._holders.get(name_key(name))) is not None:
            return term
        node: Any = self._root
        for word in words_of(name).folded:
            node = node.get(word)
            if node is None:
                return None
        return node[END][0].term if node.get(END) else None

    def scan(self, text: str, cuts: Sequence[int] = ()) -> Iterator[NameMatch]:
        """Yield the names in a text, leftmost and longest first, none across one of the `cuts`."""
        words, at = words_of(text), 0
        is_free = partial(_is_free, text, cuts)
        while at < len(words.folded):
            node = self._root.get(words.folded[at])
            found = self._longest(text, words, at, node, is_free) if node else None
            if found:
                yield found[0]
            at = found[1] if found else at + 1

    def _longest(
        self, text: str, words: Words, first: int, node: Any, is_free: Any
    ) -> tuple[NameMatch, int] | None:
        """Return the longest name that begins with a word, and the number of the word after it."""
        start, ends, at = words.starts[first], [], first
        while node:
            if END in node:
                ends.append((at, node[END]))
            at += 1
            if at == len(words.folded) or not _is_joined(text, words, at):
                break
            node = node.get(words.folded[at])
        for last, entries in reversed(ends):
            end = words.ends[last]
            if is_free(start, end) and (entry := _fitting(entries, text, words, first, last)):
                return NameMatch(entry.term, start, end, entry.is_automatic), last + 1
        return None

    def _add(self, name: TermName) -> None:
        for rank, words, is_as_written in name_forms(name):
            node: Any = self._root
            for word in words:
                node = node.setdefault(fold(word), {})
            entry = _Entry(name.term, rank, words if is_as_written else None, name.is_automatic)
            entries = node.get(END, ())
            if entry not in entries:
                node[END] = tuple(sorted((*entries, entry), key=lambda each: each.rank))
                self.size += 1


def name_forms(name: TermName) -> Iterator[tuple[int, tuple[str, ...], bool]]:
    """Yield a name, the parts of a bracketed one, and all of them in the other number."""
    texts = [(NAME, name.text, name.is_as_written or len(name.text) == 1)]
    if bracketed := BRACKETED.fullmatch(name.text.strip()):
        texts.append((PART, bracketed[1], name.is_as_written))
        if INITIALS.fullmatch(bracketed[2]) and sum(map(str.isupper, bracketed[2])) > 1:
            texts.append((PART, bracketed[2], True))
    for rank, text, is_as_written in texts:
        for spelled in {text, text.replace("/", " ")}:
            words = written_words(spelled)
            if words:
                yield rank, words, is_as_written
                yield from ((NUMBER, other, is_as_written) for other in other_numbers(words))


def written_words(text: str) -> tuple[str, ...]:
    """Return the words of a name in its own case."""
    words = words_of(text)
    return tuple(
        without_accents(text[start:end])
        for start, end in zip(words.starts, words.ends, strict=True)
    )


def _fitting(
    entries: Iterable[_Entry], text: str, words: Words, first: int, last: int
) -> _Entry | None:
    spans = zip(words.starts[first : last + 1], words.ends[first : last + 1], strict=True)
    written = [without_accents(text[start:end]) for start, end in spans]
    return next((entry for entry in entries if entry.fits(written)), None)


def _is_joined(text: str, words: Words, at: int) -> bool:
    return BETWEEN.fullmatch(text, words.ends[at - 1], words.starts[at]) is not None


def _is_free(text: str, cuts: Sequence[int], start: int, end: int) -> bool:
    """Return whether a match is not a part of a word, an address or a number."""
    if end - start > LONGEST_MENTION or bisect_right(cuts, start) != bisect_right(cuts, end - 1):
        return False
    before, after = text[max(0, start - 10) : start], text[end : end + 10]
    if TIED_BEFORE.search(before) or TIED_AFTER.match(after):
        return False
    if (prefixed := PREFIXED.search(before)) and prefixed[1].lower() in PREFIXES:
        return False
    if end - start > 1:
        return True
    return not (LETTER_TIED_BEFORE.search(before) or LETTER_TIED_AFTER.match(after))
