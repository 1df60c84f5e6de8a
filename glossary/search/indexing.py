"""Updates the search table with what the public may see.

SEARCH_SOURCES lists the kinds of pages, in the order in which equally good matches are shown. A
page that its source no longer yields is no longer found.
"""

import hashlib
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import batched

from django.core.cache import cache
from django.db import transaction
from django.template.defaultfilters import pluralize

from config import content_stamp
from config.registry import Registry
from glossary.models import SearchEntry, SearchName, Series, Term
from glossary.models.search import NAME_LENGTH
from glossary.prose.markdown.parser import plain
from glossary.search import engines
from glossary.search.words import name_words, stem, text_words, words

BATCH = 200
CHUNK = 500
# The key of the stamp at which all entries were last found right, and how long that is trusted.
REFRESHED = "search-refreshed"
REPAIR_SECONDS = 3600


@dataclass(frozen=True, slots=True)
class SearchPage:
    """A public page as its source yields it.

    `markdown` becomes plain text only when the page changed, because that is slow.
    """

    ref: int
    path: str
    title: str
    aliases: tuple[str, ...] = ()
    note: str = ""
    definition: str = ""
    markdown: str = ""

    @property
    def names(self) -> tuple[str, ...]:
        return (self.title, *self.aliases)

    @property
    def fingerprint(self) -> str:
        return hashlib.sha256(repr(self).encode()).hexdigest()


# Yields a page for each public row, or for each public row of the ids.
type Pages = Callable[[Collection[int] | None], Iterable[SearchPage]]


@dataclass(frozen=True, slots=True)
class SearchSource:
    kind: str
    pages: Pages


SEARCH_SOURCES = Registry[SearchSource]()


def after_commit(kind: str, refs: Iterable[int]) -> None:
    """Refresh the entries of these rows after the current transaction commits.

    A save then neither waits for indexing nor fails because of it. The clock repairs lost ones.
    """
    transaction.on_commit(partial(refresh, kind, list(refs)), robust=True)


def refresh_all() -> str:
    """Repair entries that are missing, outdated or left over. Reads all pages."""
    count = 0
    for kind, pages in _sources().items():
        present = dict(SearchEntry.objects.filter(kind=kind).values_list("ref", "fingerprint"))
        outdated = [
            page.ref for page in pages(None) if present.pop(page.ref, None) != page.fingerprint
        ]
        count += refresh(kind, [*outdated, *present])
    return f"search follows {count} change{pluralize(count)}" if count else ""


def refresh_changed() -> str:
    """`refresh_all` when what public pages show has changed, and once an hour (a scheduled job).

    The hour is for what changes without a stamp (config.content_stamp). A new version of the code
    has an empty cache, and so refreshes all.
    """
    stamp = content_stamp.current().get(content_stamp.ALL)
    if stamp and cache.get(REFRESHED) == stamp:
        return ""
    report = refresh_all()
    cache.set(REFRESHED, stamp, timeout=REPAIR_SECONDS)
    return report


def refresh(kind: str, refs: Collection[int]) -> int:
    """Replace outdated entries of these rows; return how many there were."""
    return sum(_replace(kind, batch) for batch in batched(refs, BATCH))


def _sources() -> dict[str, Pages]:
    return {source.kind: source.pages for source in SEARCH_SOURCES}


@transaction.atomic
def _replace(kind: str, refs: Collection[int]) -> int:
    engines.lock_indexing()
    entries = SearchEntry.objects.filter(kind=kind, ref__in=refs)
    present = dict(entries.values_list("ref", "fingerprint"))
    pages = {page.ref: page for page in _sources()[kind](refs)}
    kept = {ref for ref, page in pages.items() if present.get(ref) == page.fingerprint}
    entries.exclude(ref__in=kept).delete()
    new = [page for ref, page in pages.items() if ref not in kept]
    added = SearchEntry.objects.bulk_create(_entry(kind, page) for page in new)
    SearchName.objects.bulk_create(
        name for entry, page in zip(added, new, strict=True) for name in _names(entry, page)
    )
    return len(new) + len(present.keys() - pages.keys())


def _entry(kind: str, page: SearchPage) -> SearchEntry:
    body = plain(page.markdown)
    return SearchEntry(
        kind=kind,
        kind_position=list(_sources()).index(kind),
        ref=page.ref,
        path=page.path,
        title=page.title[:NAME_LENGTH],
        title_length=len(page.title),
        title_key=" ".join(words(page.title))[:NAME_LENGTH],
        note=page.note[:NAME_LENGTH],
        definition=page.definition,
        body=body,
        name_words=name_words(page.names),
        definition_words=text_words(page.definition),
        body_words=text_words(body),
        fingerprint=page.fingerprint,
    )


def _names(entry: SearchEntry, page: SearchPage) -> Iterator[SearchName]:
    """Yield each name once. A name without a letter or digit cannot be searched."""
    seen = {""}
    for name in page.names:
        found = words(name)
        key = "".join(found)[:NAME_LENGTH]
        if key not in seen:
            seen.add(key)
            stems = "".join(map(stem, found))[:NAME_LENGTH]
            yield SearchName(entry=entry, key=key, stems=stems, is_title=name == page.title)


# --- terms and series ---


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
