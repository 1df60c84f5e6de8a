"""Texts as search compares them: words as stems, names without spaces."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

from glossary.values.names import name_key
from glossary.values.words import APOSTROPHES

LONGEST_QUERY = 200
LONGEST_WORD = 40
MOST_WORDS = 12
SHORTEST_STEM = 3
WORD = re.compile(r"[^\W_]+")
# People type "moores law" for "Moore’s law".
NO_APOSTROPHES = str.maketrans("", "", APOSTROPHES)
# Words of a question around the name it asks for, without apostrophes ("what’s"); left out when
# other words remain.
QUESTION_WORDS = """
    a about an and any are be between by can could define defined definition difference did do does
    doesnt dont example examples explain explained explanation for from give has have how hows i im
    in is isnt it its like many me mean meaning means much of on or please should show simple simply
    some stand stands tell that thats the their there these they this to used using versus vs was
    we were what whats when whens where wheres which who whos why whys will with work works would
    you
"""
FILLERS = frozenset(QUESTION_WORDS.split())


@dataclass(frozen=True, slots=True)
class Query:
    """A query: its text, the name in it, its key, its words as stems, and the stems joined.

    `is_shortened` says that characters or words were left out, because there were too many.
    """

    text: str
    name: str
    key: str
    words: tuple[str, ...]
    joined: str
    is_shortened: bool = False

    @property
    def compounds(self) -> dict[str, tuple[str, ...]]:
        """Return two neighbors written as one, with the words of the query that has it so."""
        pairs = enumerate(pairwise(self.words))
        return {
            one + two: (*self.words[:at], one + two, *self.words[at + 2 :])
            for at, (one, two) in pairs
        }


def parse_query(text: str) -> Query:
    """Read any text as a query. Without a letter or digit `words` and `key` are empty."""
    shown = " ".join(text[:LONGEST_QUERY].split())
    typed = words(shown)
    found = typed[:MOST_WORDS]
    meant = [word for word in found if word not in FILLERS] or found
    stems = tuple(dict.fromkeys(map(stem, meant)))
    is_shortened = len(text.strip()) > LONGEST_QUERY or len(typed) > MOST_WORDS
    key, joined = "".join(found), "".join(map(stem, meant))
    # What a question asks about, signs kept: "C++" of "What is C++?".
    named = [each for each in shown.rstrip("?").split() if not FILLERS.intersection(words(each))]
    return Query(shown, " ".join(named) or shown, key, stems, joined, is_shortened)


def words(text: str) -> list[str]:
    """Split a text into words, folded as names are. Signs and apostrophes are left out.

    >>> words("Pre‑Training’s Él")
    ['pre', 'trainings', 'el']
    """
    folded = name_key(text.translate(NO_APOSTROPHES))
    return [word[:LONGEST_WORD] for word in WORD.findall(folded)]


def stem(word: str) -> str:
    """Return the stem that a plural and its singular share; other endings are not cut.

    >>> [stem(word) for word in ("companies", "company", "databases", "database", "GPUs".lower())]
    ['compani', 'compani', 'databas', 'databas', 'gpu']
    """
    if len(word) > SHORTEST_STEM and word.endswith("s") and not word.endswith("ss"):
        word = word[:-1]
    if len(word) > SHORTEST_STEM and word.endswith("e"):
        word = word[:-1]
    return word[:-1] + "i" if len(word) > SHORTEST_STEM and word.endswith("y") else word


def name_words(names: Iterable[str]) -> str:
    """Return the stems of names, and neighbors joined: "pretraining" for "Pre-Training"."""
    found: dict[str, None] = {}
    for name in names:
        split = words(name)
        found |= dict.fromkeys(map(stem, split))
        found |= dict.fromkeys(stem(one + two)[:LONGEST_WORD] for one, two in pairwise(split))
    return " ".join(found)


def text_words(text: str) -> str:
    """Return each stem of a text once."""
    return " ".join(dict.fromkeys(map(stem, words(text))))
