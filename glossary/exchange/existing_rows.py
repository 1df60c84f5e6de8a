"""The rows that import files refer to, read in a few queries: one query per row would take most of
the time of an import.

The holders of names are updated here while the import adds and removes names.
"""

from collections.abc import Iterable, Iterator

from django.db.models import QuerySet

from glossary.exchange.term_files import TermFile
from glossary.models import Alias, Citation, FormerSlug, Relation, Series, Term, TermSeries
from glossary.values.names import name_key


class ExistingRows:
    """`terms` are those of the files with their parts, `series` those they name, both by slug."""

    def __init__(self, files: list[TermFile], slugs: set[str]) -> None:
        related = set(_items(files, "related", "term"))
        wanted = _items(files, "series", "slug")
        self.terms = {term.slug: term for term in _with_parts(slugs)}
        self.series = {each.slug: each for each in Series.objects.filter(slug__in=set(wanted))}
        self._others = {term.slug: term for term in _slim().filter(slug__in=related - slugs)}
        holders = _holders({name_key(name) for name in {*_names(files), *related}})
        self._holders = {key: self.terms.get(each.slug, each) for key, each in holders.items()}
        former = FormerSlug.objects.filter(slug__in=slugs).select_related("term")
        self._former = {each.slug: each.term for each in former}

    def term(self, name: str) -> Term | None:
        """Return the term with a slug, a headword or an alias."""
        return self.terms.get(name) or self._others.get(name) or self._holders.get(name_key(name))

    def holds(self, keys: set[str]) -> bool:
        """Return whether a term has one of these names."""
        return not keys.isdisjoint(self._holders)

    def formerly_at(self, slug: str, but: Term) -> Term | None:
        """Return another term that had this address earlier."""
        owner = self._former.get(slug)
        return owner if owner != but else None

    def holder(self, name: str) -> Term | None:
        return self._holders.get(name_key(name))

    def give(self, name: str, term: Term) -> None:
        self._holders[name_key(name)] = term

    def take(self, name: str, term: Term) -> None:
        """Free a name, unless the term has it both as headword and as alias."""
        held = {name_key(term.headword), *(alias.key for alias in term.aliases.all() if alias.pk)}
        if self._holders.get(key := name_key(name)) == term and key not in held:
            del self._holders[key]


def _with_parts(slugs: set[str]) -> QuerySet[Term]:
    parts = ("aliases", "relations__to_term", "citations", "shown_series__series")
    found = Term.objects.filter(slug__in=slugs)
    return found.select_related("category").prefetch_related(*parts)


def _slim() -> QuerySet[Term]:
    """Read terms that are only referred to, without their explanations."""
    return Term.objects.defer("explanation")


def _holders(keys: set[str]) -> dict[str, Term]:
    aliases = Alias.objects.filter(key__in=keys).select_related("term").defer("term__explanation")
    by_alias = {alias.key: alias.term for alias in aliases}
    return by_alias | {term.headword_key: term for term in _slim().filter(headword_key__in=keys)}


def _names(files: Iterable[TermFile]) -> Iterator[str]:
    yield from (file.values.get("headword", "") for file in files)
    yield from _items(files, "aliases", "name")


def _items(files: Iterable[TermFile], name: str, key: str) -> list[str]:
    """Return one part of all entries of a list in all files."""
    items = (item for file in files for item in file.lists.get(name) or ())
    return [item.values.get(key, "") for item in items]


def part_name(row: Relation | Citation | TermSeries) -> str:
    if isinstance(row, Relation):
        return row.to_term.headword
    return row.title if isinstance(row, Citation) else row.series.slug
