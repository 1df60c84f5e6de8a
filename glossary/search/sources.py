"""Terms and series as pages of search: only what the public may see."""

from collections.abc import Collection, Iterator

from glossary.models import Series, Term
from glossary.search.indexing import SearchPage

CHUNK = 500


def searchable_terms(refs: Collection[int] | None = None) -> Iterator[SearchPage]:
    """Yield published terms. Hidden aliases are among their names."""
    found = Term.objects.published().select_related("category").prefetch_related("aliases")
    chosen = found if refs is None else found.filter(pk__in=refs)
    for term in chosen.iterator(chunk_size=CHUNK):
        yield SearchPage(
            ref=term.pk,
            path=term.get_absolute_url(),
            title=term.headword,
            aliases=tuple(alias.name for alias in term.aliases.all()),
            note=term.category.name,
            definition=term.definition,
            markdown=term.explanation,
        )


def searchable_series(refs: Collection[int] | None = None) -> Iterator[SearchPage]:
    """Yield the published series. The slug is an alias, because texts and downloads use it."""
    found = Series.objects.published().select_related("source")
    chosen = found if refs is None else found.filter(pk__in=refs)
    for each in chosen.iterator(chunk_size=CHUNK):
        yield SearchPage(
            ref=each.pk,
            path=each.get_absolute_url(),
            title=each.title,
            aliases=(each.slug,),
            note=each.source.short,
            definition=each.description,
            markdown=each.notes,
        )
