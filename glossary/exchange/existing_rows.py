"""Which term a file is about, and the rows that files refer to.

They are read in a few queries: one query per row would take most of the time of an import.

The holders of names are updated here while the import adds and removes names.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import count

from django.db.models import Prefetch, prefetch_related_objects

from glossary.exchange.term_files import TermFile, TermProblem
from glossary.exchange.term_keys import PEOPLE
from glossary.models import Alias, Citation, FormerSlug, Relation, Series, Term, TermSeries
from glossary.values.names import SLUG_LENGTH, name_key, name_slug

REFERRED = Term.objects.only("slug", "headword")
SLIM = Term.objects.defer("explanation")  # of terms that are only referred to
PARTS = {
    "aliases": Prefetch("aliases"),
    "relations": Prefetch(
        "relations", Relation.objects.prefetch_related(Prefetch("to_term", REFERRED))
    ),
    "citations": Prefetch("citations"),
    "shown_series": Prefetch("shown_series", TermSeries.objects.select_related("series")),
}


class ExistingRows:
    """The rows that files refer to: the `terms` they are about, the `series` they name, by slug.

    `holders` are the terms that have the names in them, by key, `former` those that had an address.
    """

    def __init__(self, files: list[TermFile]) -> None:
        slugs = {file.values["slug"] for file in files}
        related = _items(files, "related", "term")
        wanted = _items(files, "series", "slug")
        found = Term.objects.filter(slug__in=slugs).prefetch_related("category", *PEOPLE)
        self.terms = {term.slug: term for term in found}
        self.series = {each.slug: each for each in Series.objects.filter(slug__in=wanted)}
        self._others = {term.slug: term for term in SLIM.filter(slug__in=related - slugs)}
        names = {file.values.get("headword", "") for file in files}
        keys = {name_key(name) for name in names | related | _items(files, "aliases", "name")}
        held = dict(Alias.objects.filter(key__in=keys).values_list("key", "term_id"))
        named = Term.objects.filter(headword_key__in=keys)
        held |= dict(named.values_list("headword_key", "pk"))
        read = {term.pk: term for term in (*self.terms.values(), *self._others.values())}
        read |= SLIM.in_bulk(set(held.values()) - read.keys())
        self.holders = {key: read[pk] for key, pk in held.items()}
        former = FormerSlug.objects.filter(slug__in=slugs).select_related("term")
        self.former = {each.slug: each.term for each in former}

    def term(self, name: str) -> Term | None:
        """Return the term with this slug, or else this headword or alias; None without one."""
        return self.terms.get(name) or self._others.get(name) or self.holders.get(name_key(name))

    def free_name(self, name: str, term: Term) -> None:
        """Release a name that a term gives up, unless it is still its headword or an alias."""
        held = {name_key(term.headword), *(alias.key for alias in term.aliases.all() if alias.pk)}
        if self.holders.get(key := name_key(name)) == term and key not in held:
            del self.holders[key]


@contextmanager
def with_parts(terms: Iterable[Term], part: str) -> Iterator[None]:
    """Hold the aliases, relations, citations or series of some terms, read in two queries."""
    stored = [term for term in terms if term.pk]
    prefetch_related_objects(stored, *([PARTS[part]] if stored else []))
    yield
    for term in stored:
        # All parts of all terms would take more memory than their texts.
        term._prefetched_objects_cache.pop(part, None)  # type: ignore[attr-defined]


def _items(files: Iterable[TermFile], name: str, key: str) -> set[str]:
    """Return one part of all entries of a list in all files."""
    items = (item for file in files for item in file.lists.get(name) or ())
    return {item.values.get(key, "") for item in items}


def part_name(row: Relation | Citation | TermSeries) -> str:
    if isinstance(row, Relation):
        return row.to_term.headword
    return row.title if isinstance(row, Citation) else row.series.slug


# --- which term a file is about: its slug, else its headword; a new one gets a free slug ---


def find_slugs(files: list[TermFile]) -> None:
    """Give files without a slug that of their term; those without a usable headword get none."""
    unnamed = [
        each for each in files if each.values.get("headword") and not each.values.get("slug")
    ]
    names = {each.values["headword"] for each in unnamed}
    found = Term.objects.filter(headword_key__in={name_key(name) for name in names})
    known = dict(found.values_list("headword_key", "slug"))
    taken = {*known.values(), *_taken({name_slug(name) for name in names})}
    taken.update(file.values.get("slug", "") for file in files)
    for file in unnamed:
        name = file.values["headword"]
        if slug := known.get(key := name_key(name)) or _free(name_slug(name), taken):
            file.values["slug"] = known[key] = slug
            taken.add(slug)


def _free(slug: str, taken: set[str]) -> str:
    """Return the slug, or with a number if another term has it; "" stays ""."""
    if not slug or slug not in taken:
        return slug
    numbered = (f"{slug[: SLUG_LENGTH - 6]}-{number}" for number in count(2))
    return next(each for each in numbered if each not in taken and not _taken({each}))


def _taken(slugs: set[str]) -> set[str]:
    """Return the slugs that are an address of a term, or were."""
    return {
        *Term.objects.filter(slug__in=slugs).values_list("slug", flat=True),
        *FormerSlug.objects.filter(slug__in=slugs).values_list("slug", flat=True),
    }


def nameless(files: Iterable[TermFile]) -> Iterator[TermProblem]:
    """Yield a problem for each file that was read and has no slug."""
    for file in files:
        is_said = "slug" in file.lines or (file.problems and not file.lines)
        if not file.values.get("slug") and not is_said:
            headword = file.values.get("headword")
            yield file.problem(
                f"“{headword}” has no letters for an address: give it a slug."
                if headword
                else "a slug or a headword is needed, to know which term this is."
            )
