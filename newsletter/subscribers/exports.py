"""Lists that leave the site as CSV, row by row: memory does not grow with them."""

import codecs
import csv
from collections.abc import Iterable, Iterator, Sequence
from io import StringIO
from itertools import batched, chain
from typing import Any

from django.db.models.functions import TruncDate

from glossary.values.csv_safety import defuse
from newsletter.models import Suppression

AT_A_TIME = 2_000
SUPPRESSION_COLUMNS = ("address_hash", "reason", "newsletter", "suppressed_on")


def csv_parts(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterator[bytes]:
    """Yield a CSV file (RFC 4180) in parts of AT_A_TIME rows, with Excel's mark of UTF-8.

    None is an empty cell, and no cell is run as a formula.
    """
    yield codecs.BOM_UTF8
    for part in batched(chain([columns], rows), AT_A_TIME, strict=False):
        out = StringIO()
        writer = csv.writer(out, lineterminator="\r\n")
        writer.writerows([defuse(str(cell or "")) for cell in row] for row in part)
        yield out.getvalue().encode()


def suppression_rows() -> Iterator[tuple[Any, ...]]:
    """Yield the cells of SUPPRESSION_COLUMNS, which the import reads back."""
    rows = Suppression.objects.order_by("pk").annotate(day=TruncDate("created_at"))
    return rows.values_list("address_hash", "reason", "newsletter__slug", "day").iterator(AT_A_TIME)
