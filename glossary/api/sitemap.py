"""The glossary's part of the sitemap: home, index, fields, letters, terms and data pages.

A term's page changes with its texts and with the numbers it shows.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime

from django.db.models import Max
from django.urls import reverse

from config.sitemap import SitemapPage
from glossary.models import Series, Term
from glossary.terms.contents import letter_of


def sitemap_pages() -> Iterator[SitemapPage]:
    """Yield every page, with two queries."""
    rows = Series.objects.published().values_list(
        "slug", "updated_at", "current_release__imported_at"
    )
    series = [
        SitemapPage(reverse("glossary:series", args=[slug]), _last(moments))
        for slug, *moments in rows
    ]
    listed = list(_terms())
    terms = [page for page, _, _ in listed]
    yield SitemapPage(reverse("glossary:home"), _newest([*terms, *series]))
    yield SitemapPage(reverse("glossary:index"), _newest(terms))
    yield SitemapPage(reverse("glossary:data"), _newest(series))
    yield SitemapPage(reverse("glossary:calendar"))
    yield from _lists((field, page) for page, field, _ in listed)
    yield from _lists((letter, page) for page, _, letter in listed)
    yield from terms
    yield from series


def _terms() -> Iterator[tuple[SitemapPage, str, str]]:
    """Yield each term's page with the paths of its field and its letter."""
    terms = Term.objects.published().annotate(
        data_shown_at=Max("shown_series__series__current_release__imported_at"),
        data_read_at=Max("figure_uses__series__current_release__imported_at"),
    )
    rows = terms.values_list(
        "slug", "category__slug", "headword_key",
        "updated_at", "data_shown_at", "data_read_at",
    )  # fmt: skip
    for slug, field, key, *moments in rows.iterator():
        page = SitemapPage(reverse("glossary:term", args=[slug]), _last(moments))
        yield page, reverse("glossary:category", args=[field]), letter_of(key).get_absolute_url()


def _lists(listed: Iterable[tuple[str, SitemapPage]]) -> Iterator[SitemapPage]:
    """Yield a page per path in `listed`, with the time of the newest change of its terms."""
    terms: dict[str, list[SitemapPage]] = defaultdict(list)
    for path, page in listed:
        terms[path].append(page)
    yield from (SitemapPage(path, _newest(terms[path])) for path in sorted(terms))


def _newest(pages: Iterable[SitemapPage]) -> datetime | None:
    return _last(page.changed_at for page in pages)


def _last(moments: Iterable[datetime | None]) -> datetime | None:
    return max((moment for moment in moments if moment), default=None)
