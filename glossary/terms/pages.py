"""Long lists of terms in pages."""

from django.core.paginator import Page, Paginator

from glossary.models import Term
from glossary.models.terms import TermQuerySet

TERMS_A_PAGE = 100


def page_of(terms: TermQuerySet, count: int, number: str | None) -> Page[Term]:
    """Return the page of `count` terms with a number as it was asked, or the nearest there is."""
    pages = Paginator(terms, TERMS_A_PAGE)
    pages.count = count  # known; without it the terms are counted again
    asked = int(number[:9]) if number and number.isdecimal() else 1
    return pages.page(min(max(asked, 1), pages.num_pages))
