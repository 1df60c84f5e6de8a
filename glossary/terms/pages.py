"""Long lists in pages."""

from collections.abc import Sequence
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet

TERMS_A_PAGE = 100


def page_of[Row](
    rows: QuerySet[Any, Row] | Sequence[Row],
    count: int,
    number: str | None,
    length: int = TERMS_A_PAGE,
) -> Page[Row]:
    """Return one page of `count` rows: that of the typed `number`, or the nearest there is."""
    pages = Paginator(rows, length)
    pages.count = count  # known; without it the rows of a table are counted again
    asked = int(number[:9]) if number and number.isdecimal() else 1
    return pages.page(min(max(asked, 1), pages.num_pages))
