"""Names as keys: when two spellings are the same name, and what a page's address is made from."""

import re
import unicodedata
from string import ascii_uppercase

from django.utils.text import slugify

BETWEEN_WORDS = re.compile(r"[\s\-‐-―−_/·]+")


def name_key(name: str) -> str:
    """Fold a name for comparison: case, accents, width, and hyphen = dash = space do not matter.

    >>> name_key("Pre‑Training") == name_key("pre training")
    True
    """
    decomposed = unicodedata.normalize("NFKD", name.casefold())
    bare = "".join(char for char in decomposed if not unicodedata.combining(char))
    return BETWEEN_WORDS.sub(" ", unicodedata.normalize("NFKC", bare)).strip()


def name_slug(name: str) -> str:
    """Make the address part of a name; "" when nothing of it is Latin letters or digits."""
    return slugify(name)


def first_letter(key: str) -> str:
    """Return the letter a folded name stands under: A to Z, or "#"."""
    letter = key[:1].upper()
    return letter if letter and letter in ascii_uppercase else "#"
