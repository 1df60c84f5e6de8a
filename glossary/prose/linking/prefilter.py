"""A fast check whether texts may mention some names, so that a change parses few texts."""

import html
import re
from collections.abc import Iterable

from glossary.prose.linking.vocabulary import TermName, name_forms, written_words
from glossary.values.words import fold_text

# With more forms than this, looking for each takes longer than linking the page.
MANY = 500
NO_WORD = re.compile(r"[\W_]+")


class NamePrefilter:
    """Looks for the words of names in raw Markdown: with false positives, never false negatives."""

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
