"""Which texts may mention some names: a quick look, so that few texts are parsed for a change."""

import html
import unicodedata
from collections.abc import Iterable

from glossary.prose.linking.vocabulary import Name, forms
from glossary.prose.linking.words import APOSTROPHES, NOT_SEEN, fold

# With more forms than this, looking for each takes longer than linking the page.
MANY = 500


class Mentioning:
    """Looks for the words of names in raw Markdown. It may find too much, never too little."""

    def __init__(self, names: Iterable[Name]) -> None:
        self._forms = {frozenset(map(fold, words)) for name in names for _, words, _ in forms(name)}

    def is_in(self, texts: Iterable[str]) -> bool:
        if len(self._forms) > MANY:
            return True
        folded = "\n".join(map(_folded, texts))
        return any(all(word in folded for word in words) for words in self._forms)


def _folded(text: str) -> str:
    """Fold a whole text as words.fold folds one word; entities are written out."""
    seen = NOT_SEEN.sub("", html.unescape(text)).translate(APOSTROPHES)
    decomposed = unicodedata.normalize("NFKD", seen.casefold())
    bare = "".join(char for char in decomposed if not unicodedata.combining(char))
    return unicodedata.normalize("NFKC", bare)
