"""Names as keys: when two spellings are the same name, and the address made from a name."""

import re
from collections.abc import Iterable
from string import ascii_uppercase

from django.utils.text import slugify
from rapidfuzz import fuzz, process

from glossary.values.words import HAN, words_of

SLUG_LENGTH = 120
NEAR = 60  # of 100; less similar suggestions do not help
LONGEST_TYPED = 200  # characters compared
# Signs that tell names apart: C++, C# and C are three, GPT-3.5 and GPT-35 two.
SPELLED = {"+": " plus ", "#": " sharp ", "%": " percent ", ".": "-"}
SPELLED_SIGN = re.compile(r"(?<=[\w+])\+|(?<=[^\W\d_])#|(?<=\d)%|(?<=\d)\.(?=\d)")
SPACE_BESIDE_SIGN = re.compile(rf" ?([^\w\s]|[{HAN}]) ?")


def name_key(name: str) -> str:
    """Return the folded words of a name, as for links and search: equal keys are one name.

    >>> name_key("Pre‑Training"), name_key("Jevons’ Paradox"), name_key("R & D")
    ('pre training', "jevons'paradox", 'r&d')
    """
    return SPACE_BESIDE_SIGN.sub(r"\1", " ".join(words_of(name).folded))


def name_slug(name: str) -> str:
    """Return the slug of a name or subject; "" if it has no Latin letters or digits.
    It has at most SLUG_LENGTH characters.

    >>> name_slug("C++"), name_slug("C#"), name_slug("R&D"), name_slug("$1.5 billion, up 2.5%")
    ('c-plus-plus', 'c-sharp', 'rd', '1-5-billion-up-2-5-percent')
    """
    return slugify(SPELLED_SIGN.sub(lambda sign: SPELLED[sign[0]], name))[:SLUG_LENGTH].strip("-")


def first_letter(key: str) -> str:
    """Return the letter a folded name is listed under: A to Z, or "#"."""
    letter = key[:1].upper()
    return letter if letter and letter in ascii_uppercase else "#"


def nearest_name(typed: str, known: Iterable[str]) -> str:
    """Return the known name most similar to the typed one, ignoring case, or ""."""
    found = process.extractOne(
        typed[:LONGEST_TYPED].casefold(),
        {name: name.casefold() for name in sorted(filter(None, known))},
        scorer=fuzz.ratio,
        score_cutoff=NEAR,
    )
    return found[2] if found else ""
