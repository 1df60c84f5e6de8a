"""All names of all terms as a trie of folded words, and where a text has them.

A trie, not one large pattern, follows the words of the text only, so twenty thousand names take no
longer than twenty.
"""

import html
import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise, zip_longest
from typing import Any, NamedTuple

from django.utils.text import capfirst

from glossary.prose.linking.plurals import other_numbers
from glossary.prose.linking.spelling import (
    closed_compounds,
    has_inner_capitals,
    is_compound,
    is_everyday,
)
from glossary.values.mentions import LONGEST_MENTION
from glossary.values.names import name_key
from glossary.values.words import (
    APOSTROPHES,
    DASHES,
    LETTER,
    UNSEEN,
    Words,
    fold,
    fold_text,
    without_accents,
    words_of,
)

# "Graphics Processing Unit (GPU)" is also each of its parts; "Token (crypto)" only the first.
BRACKETED = re.compile(r"(.+?)\s*\(([^()]+)\)")
INITIALS = re.compile(r"[A-Z0-9][A-Za-z0-9-]{0,9}")
# Between the words of a name: white space, a dash, or nothing around a sign. A dash between spaces
# separates clauses.
BETWEEN = re.compile(rf"[\s{UNSEEN}]{{0,5}}|[{DASHES}]")

BETWEEN_WORDS = re.compile(rf"[\s{DASHES}]")

# With one of these and a hyphen before it a word is another word: post-training, non-inference.
# Several of a thing are still that thing: multi-GPU.
PREFIXES = {
    "anti", "auto", "bi", "co", "counter", "cross", "de", "dis", "ex", "extra", "hyper",
    "inter", "intra", "macro", "mega", "meta", "micro", "mid", "mini", "mis", "mono",
    "non", "over", "post", "pre", "pro", "proto", "pseudo", "quasi", "re", "self", "semi",
    "sub", "super", "trans", "tri", "ultra", "un", "under", "uni",
}  # fmt: skip
# Signs that join a name to a word: nvidia.com, AT&T, @OpenAI, #AI, O'Reilly, 3,000.
TIED_BEFORE = re.compile(rf"(?:\w[.&]|[@#\\]|\d,|(?<!\w)[A-Z][{APOSTROPHES}])\Z")
TIED_AFTER = re.compile(rf"[.&]{LETTER}|[@\\+#]|,\d|://|[{APOSTROPHES}](?![sS](?!\w))\w")
PREFIXED = re.compile(rf"(\w{{1,7}})[{DASHES}]\Z")
# A single letter must be separate: C-suite, C., vitamin-C and C’s are not the language.
# What may come between the end of a sentence and the first word of the next.
OPENING, SENTENCE_ENDS = " \n\t\u00a0\"'“”‘’«([*_—–-", ".!?:…"
LETTER_TIED_BEFORE = re.compile(rf"[{DASHES}{APOSTROPHES}./&]\Z")
LETTER_TIED_AFTER = re.compile(rf"[{DASHES}{APOSTROPHES}/]|\.\s*\S")
# With more forms than this, looking for each takes longer than linking the page.
MANY = 500
NO_WORD = re.compile(r"[\W_]+")


@dataclass(frozen=True, slots=True)
class TermName:
    """One name of a term. One in capitals is linked as it is written: OR, CLIP, GPT-4.

    Names that are `is_hidden` (misspellings, names of something close) work in [[name]] only.
    """

    text: str
    term: int
    is_as_written: bool = False
    is_automatic: bool = True
    is_hidden: bool = False


@dataclass(frozen=True, slots=True)
class NameMatch:
    """A name at a place. `rarity` grows with its words and with how few other names have them."""

    term: int
    start: int
    end: int
    is_automatic: bool = True
    rarity: int = 0


class NameForm(NamedTuple):
    """One way to write a name, as words in their own case; `rank` is its precedence."""

    rank: int
    words: tuple[str, ...]
    is_as_written: bool


class _Entry(NamedTuple):
    """A form in the trie."""

    term: int
    form: NameForm
    is_automatic: bool
    rarity: int

    def fits(self, written: Sequence[str], split: Sequence[int], begins: bool) -> bool:
        """Return whether the case fits. `begins` says that the words begin a sentence.

        `split` are the words that the text writes as two: “open AI” is not OpenAI.
        """
        words = self.form.words
        if not self.form.is_as_written:
            return all(written[n] == words[n] for n in split if has_inner_capitals(words[n]))
        first = words[0]
        # At the start of a sentence "eval" is "Eval".
        firsts = (first, capfirst(first)) if begins else (first,)
        return tuple(written[1:]) == words[1:] and written[0] in firsts


class _Path(NamedTuple):
    """A way through the trie: each word of a name is one word of the text, or two that it joins.

    `bounds` are the numbers of the words of the text between which the name's words are.
    """

    node: Any
    bounds: tuple[int, ...]

    @property
    def end(self) -> int:
        return self.bounds[-1]

    @property
    def split(self) -> list[int]:
        return [n for n, (start, end) in enumerate(pairwise(self.bounds)) if end - start > 1]


# Counted in powers of two, so that a new name hardly ever changes what crowded pages link.
RAREST = 20
END = 0  # no word is equal to it
NAME, PART, NUMBER, COMPOUND = range(4)  # the order of precedence when two terms share a form


class Vocabulary:
    """Every name, its parts, its other number, its spellings as a compound. Immutable."""

    def __init__(self, names: Iterable[TermName]) -> None:
        self._root: dict[str | int, Any] = {}
        self._holders: dict[str, int] = {}
        self.size = 0
        shown = []
        for name in _as_written_if_split(names):
            key = name_key(name.text)
            self._holders.setdefault(key, name.term)
            if not name.is_hidden:
                shown.append((name, frozenset(key.split())))
        having = Counter(word for _, words in shown for word in words)
        for name, words in shown:
            self._add(name, sum(RAREST - having[word].bit_length() for word in words))

    def holder(self, name: str) -> int | None:
        """Return the term with this name, in any spelling and either number."""
        if (term := self._holders.get(name_key(name))) is not None:
            return term
        words = words_of(name)
        longest = self._paths(name, words, 0)[:1] if words.folded else []
        whole = [path.node[END][0].term for path in longest if path.end == len(words.folded)]
        return whole[0] if whole else None

    def scan(self, text: str, cuts: Sequence[int] = ()) -> Iterator[NameMatch]:
        """Yield the names in a text, leftmost and longest first, none across one of the `cuts`."""
        words, root, free = words_of(text), self._root, 0
        pairs = zip_longest(words.folded, words.folded[1:], fillvalue="")
        for at, (word, after) in enumerate(pairs):
            if at < free or not (word in root or word + after in root):
                continue
            start = words.starts[at]
            for path in self._paths(text, words, at):
                end = words.ends[path.end - 1]
                if _is_free(text, cuts, start, end) and (entry := _fitting(path, text, words)):
                    yield NameMatch(entry.term, start, end, entry.is_automatic, entry.rarity)
                    free = path.end
                    break

    def _paths(self, text: str, words: Words, first: int) -> list[_Path]:
        """Return the ways to read a name from a word on, the longest first, then the plainest."""
        unread, found = [_Path(self._root, (first,))], []
        while unread:
            for path in _steps(unread.pop(), text, words):
                if END in path.node:
                    found.append(path)
                if path.end < len(words.folded):
                    between = text[words.ends[path.end - 1] : words.starts[path.end]]
                    if between == " " or BETWEEN.fullmatch(between):
                        unread.append(path)
        return sorted(found, key=lambda path: (-path.end, -len(path.bounds)))

    def _add(self, name: TermName, rarity: int) -> None:
        for form in name_forms(name):
            node: Any = self._root
            for word in form.words:
                node = node.setdefault(fold(word), {})
            entry = _Entry(name.term, form, name.is_automatic, rarity)
            entries = node.get(END, ())
            if entry not in entries:
                node[END] = tuple(sorted((*entries, entry), key=lambda each: each.form.rank))
                self.size += 1


def _as_written_if_split(names: Iterable[TermName]) -> list[TermName]:
    """Return the names; “Open AI” is linked as written if its term is also called OpenAI."""
    every = list(names)
    inner = {(name.term, name.text) for name in every if has_inner_capitals(name.text)}
    split = (BETWEEN_WORDS.sub("", name.text) for name in every)
    return [
        replace(name, is_as_written=True)
        if joined != name.text and (name.term, joined) in inner
        else name
        for name, joined in zip(every, split, strict=True)
    ]


def name_forms(name: TermName) -> Iterator[NameForm]:
    """Yield a name, the parts of a bracketed one, their other number, and their compounds."""
    texts = [(NAME, name.text, name.is_as_written or len(name.text) == 1)]
    if bracketed := BRACKETED.fullmatch(name.text.strip()):
        texts.append((PART, bracketed[1], name.is_as_written))
        if INITIALS.fullmatch(bracketed[2]) and sum(map(str.isupper, bracketed[2])) > 1:
            texts.append((PART, bracketed[2], True))
    for rank, text, is_as_written in texts:
        for spelled in {text, text.replace("/", " ")}:
            words = written_words(spelled)
            if not is_everyday(words):
                yield from _forms(rank, words, is_as_written or spelled.isupper())


def _forms(rank: int, words: tuple[str, ...], is_as_written: bool) -> Iterator[NameForm]:
    others = [other for other in other_numbers(words) if not is_everyday(other)]
    yield NameForm(rank, words, is_as_written)
    yield from (NameForm(NUMBER, other, is_as_written) for other in others)
    for known in (words, *others):
        yield from (NameForm(COMPOUND, each, is_as_written) for each in closed_compounds(known))


def written_words(text: str) -> tuple[str, ...]:
    """Return the words of a name in its own case."""
    words = words_of(text)
    return tuple(
        without_accents(text[start:end])
        for start, end in zip(words.starts, words.ends, strict=True)
    )


def _steps(path: _Path, text: str, words: Words) -> Iterator[_Path]:
    """Yield the path with one word of the text more, and with two that the name joins."""
    at, find = path.end, path.node.get
    if node := find(words.folded[at]):
        yield _Path(node, (*path.bounds, at + 1))
    joined = "".join(words.folded[at : at + 2])
    if joined != words.folded[at] and (node := find(joined)) and is_compound(text, words, at):
        yield _Path(node, (*path.bounds, at + 2))


def _fitting(path: _Path, text: str, words: Words) -> _Entry | None:
    """Return the first entry at the end of a path whose case fits the text."""
    entries: tuple[_Entry, ...] = path.node[END]
    split = path.split
    if not split and not entries[0].form.is_as_written:
        return entries[0]
    written = [
        "".join(without_accents(text[words.starts[n] : words.ends[n]]) for n in range(*bounds))
        for bounds in pairwise(path.bounds)
    ]
    before = text[: words.starts[path.bounds[0]]].rstrip(OPENING)
    begins = not before or before[-1] in SENTENCE_ENDS
    return next((each for each in entries if each.fits(written, split, begins)), None)


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


class NamePrefilter:
    """A fast check whether texts may mention some names, so that a change parses few texts.

    It looks for the words of names in raw Markdown: with false positives, never false negatives.
    """

    def __init__(self, names: Iterable[TermName]) -> None:
        self._forms: set[frozenset[str]] = set()
        for name in names:
            forms = (written_words(name.text), *(form.words for form in name_forms(name)))
            self._forms.update(frozenset(map(_joined, words)) for words in forms)
            if len(self._forms) > MANY:
                break

    def may_match(self, texts: Iterable[str]) -> bool:
        if len(self._forms) > MANY:
            return True
        folded = "\n".join(_joined(html.unescape(text)) for text in texts)
        return any(all(word in folded for word in words) for words in self._forms)


def _joined(text: str) -> str:
    """Fold a text and leave its spaces and signs out, because a name may close a compound."""
    return NO_WORD.sub("", fold_text(text))
