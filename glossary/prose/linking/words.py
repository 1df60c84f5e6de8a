"""A text as words with their places: what makes two spellings one word, and where a word ends.

Folding changes lengths (ß is two letters, a soft hyphen none), so only whole words are folded and
their places stay those of the text as it was typed.
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

# Characters that show nothing: soft hyphen, zero-width space and joiners, marks of direction.
UNSEEN = "\u00ad\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff"
# \w leaves accents out that are characters of their own, and the vowel signs of Indic scripts.
MARKS = "".join(
    chr(code)
    for code in (*range(0x300, 0x1F000), *range(0xE0100, 0xE01F0))
    if unicodedata.category(chr(code)).startswith("M")
)
# Scripts written without spaces, or with endings fixed to foreign words: GPUの, AI模型, GPU는.
HAN = "\u3005\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
HIRAGANA, KATAKANA = "\u3041-\u309f", "\u30a0-\u30ff\uff66-\uff9f"
HANGUL = "\u1100-\u11ff\u3130-\u318f\uac00-\ud7af"
# A raised digit after a word is a note's number.
RAISED = "²³¹⁰⁴-⁹"
DASHES = "\\-‐-―−"
LETTER = rf"[^\W{HAN}{HIRAGANA}{KATAKANA}{HANGUL}{RAISED}]"

WORD = re.compile(
    rf"{LETTER}+(?:[{MARKS}{UNSEEN}]++{LETTER}+)*+[{MARKS}]*"
    rf"|[{HAN}]|[{HIRAGANA}][{HIRAGANA}{MARKS}]*|[{KATAKANA}][{KATAKANA}{MARKS}]*|[{HANGUL}]+"
    # A sign is a word by itself: C++, R&D, GPT-4.1. Spaces and dashes are none.
    rf"|[^\w\s{DASHES}{UNSEEN}{MARKS}]|[{RAISED}]"
)
# Most English text needs none of this, and is read in half the time without.
PLAIN_WORD = re.compile(rf"[^\W{RAISED}]+|[^\w\s{DASHES}]|[{RAISED}]")
NOT_PLAIN = re.compile(
    "[\u00ad\u0300-\u1fff\u200b-\u200f\u202a-\u202e\u2060-\u206f\u2c00-\U0010ffff]"
)
NOT_SEEN = re.compile(f"[{UNSEEN}]")
APOSTROPHES = str.maketrans("’ʼ‘′＇", "'''''")
# Longer ones are no names.
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
    """Fold case, accents and width, as names.name_key does."""
    return word.lower() if word.isascii() else bare(word.casefold())


@lru_cache(maxsize=4096)
def bare(word: str) -> str:
    """Take accents, width and what is not seen off a word; leave its case."""
    if len(word) > LONGEST_WORD:
        return word
    decomposed = unicodedata.normalize("NFKD", NOT_SEEN.sub("", word).translate(APOSTROPHES))
    plain = "".join(char for char in decomposed if not unicodedata.combining(char))
    return unicodedata.normalize("NFKC", plain)
