"""Which texts may mention some names: a quick look, so that few texts are parsed for a change."""

import html
from collections.abc import Iterable

from glossary.prose.linking.vocabulary import Name, forms
from glossary.values.words import fold_text

# With more forms than this, looking for each takes longer than linking the page.
MANY = 500


class Mentioning:
    """Looks for the words of names in raw Markdown. It may find too much, never too little."""

    def __init__(self, names: Iterable[Name]) -> None:
        self._forms = {
            frozenset(map(fold_text, words)) for name in names for _, words, _ in forms(name)
        }

    def is_in(self, texts: Iterable[str]) -> bool:
        if len(self._forms) > MANY:
            return True
        folded = "\n".join(fold_text(html.unescape(text)) for text in texts)
        return any(all(word in folded for word in words) for words in self._forms)
