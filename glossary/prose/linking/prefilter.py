"""A fast check whether texts may mention some names, so that a change parses few texts."""

import html
from collections.abc import Iterable

from glossary.prose.linking.vocabulary import TermName, name_forms
from glossary.values.words import fold_text

# With more forms than this, looking for each takes longer than linking the page.
MANY = 500


class NamePrefilter:
    """Looks for the words of names in raw Markdown: with false positives, never false negatives."""

    def __init__(self, names: Iterable[TermName]) -> None:
        self._forms = {
            frozenset(map(fold_text, words)) for name in names for _, words, _ in name_forms(name)
        }

    def may_match(self, texts: Iterable[str]) -> bool:
        if len(self._forms) > MANY:
            return True
        folded = "\n".join(fold_text(html.unescape(text)) for text in texts)
        return any(all(word in folded for word in words) for words in self._forms)
