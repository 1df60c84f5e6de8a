"""Splits a text into words with their places; folds them, so that spellings of one are equal.

Names, links and search all fold here: case, accents, width, the kind of apostrophe and invisible
characters do not matter; a hyphen, a dash and a space are the same. Folding changes lengths (ß is
two letters, a soft hyphen none), so each word is folded alone and places stay those of the typed
text.
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from glossary.values.numbers import RAISED_DIGITS

# Unicode's Default_Ignorable_Code_Point: soft hyphen, zero-width space and joiners, marks of
# direction, variation selectors, fillers.
UNSEEN = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e"
    "\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufff8"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
# Characters typed or pasted as an apostrophe; some of these are letters in Unicode.
APOSTROPHES = "'‘’‛′´`ʹʻʼʽ＇｀\u1fef"
DASHES = "\\-‐-―−﹘﹣－"
# \w does not include combining accents and the vowel signs of Indic scripts.
MARKS = "".join(
    chr(code)
    for code in (*range(0x300, 0x1F000), *range(0xE0100, 0xE01F0))
    if unicodedata.category(chr(code)).startswith("M")
)
# Scripts written without spaces, or with endings fixed to foreign words: GPUの, AI模型, GPU는.
HAN = "\u3005\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
HIRAGANA, KATAKANA = "\u3041-\u309f", "\u30a1-\u30fa\u30fc-\u30ff\uff66-\uff9f"
HANGUL = "\u1100-\u11ff\u3130-\u318f\uac00-\ud7af"
# A superscript digit is a separate word, because after a word it is the number of a note.
LETTER = rf"[^\W{HAN}{HIRAGANA}{KATAKANA}{HANGUL}{RAISED_DIGITS}{APOSTROPHES}{UNSEEN}]"

WORD = re.compile(
    rf"(?![{UNSEEN}])(?:{LETTER}+(?:[{MARKS}{UNSEEN}]++{LETTER}+)*+[{MARKS}]*"
    rf"|[{HAN}]|[{HIRAGANA}][{HIRAGANA}{MARKS}]*|[{KATAKANA}][{KATAKANA}{MARKS}]*|[{HANGUL}]+"
    # A sign is a separate word: C++, R&D, GPT-4.1. Spaces and dashes are not words.
    rf"|[^\w\s{DASHES}{MARKS}]|[{RAISED_DIGITS}{APOSTROPHES}])"
)
# Most English text needs none of this, and this pattern takes half the time.
PLAIN_WORD = re.compile(rf"[^\W{RAISED_DIGITS}]+|[^\w\s{DASHES}]|[{RAISED_DIGITS}]")
NOT_PLAIN = re.compile(
    "[\u00ad\u02b0-\u1fff\u200b-\u200f\u202a-\u202e\u2060-\u206f\u2c00-\U0010ffff]"
)
NOT_SEEN = re.compile(f"[{UNSEEN}]")
STRAIGHT = str.maketrans(dict.fromkeys(APOSTROPHES, "'"))
# Longer words are not names.
LONGEST_WORD = 120


@dataclass(frozen=True, slots=True)
class Words:
    """The words of a text, folded, and where each begins and ends in it."""

    folded: list[str]
    starts: list[int]
    ends: list[int]


def words_of(text: str) -> Words:
    pattern = WORD if NOT_PLAIN.search(text) else PLAIN_WORD
    spans = [found.span() for found in pattern.finditer(text)]
    folded = [fold(text[start:end]) for start, end in spans]
    return Words(folded, [start for start, _ in spans], [end for _, end in spans])


def fold(word: str) -> str:
    """Fold one word of words_of; the result is one word again."""
    if word.isascii():
        return "'" if word == "`" else word.lower()
    folded = without_accents(word).casefold()
    return folded if WORD.fullmatch(folded) else word


@lru_cache(maxsize=4096)
def without_accents(word: str) -> str:
    """Remove accents, width and invisible characters from a word; keep its case.

    A character that would become several words (½, …) is left as it is.
    """
    plain = word if len(word) > LONGEST_WORD else _plain(word)
    return plain if WORD.fullmatch(plain) else word


def fold_text(text: str) -> str:
    """Fold a whole text; the result contains the folded form of each of its words."""
    return _plain(text).casefold()


def _plain(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", NOT_SEEN.sub("", text).translate(STRAIGHT))
    bases = "".join(char for char in decomposed if not unicodedata.combining(char))
    return unicodedata.normalize("NFKC", bases)
