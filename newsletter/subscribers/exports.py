"""Lists that leave the site as CSV, row by row: memory does not grow with them."""

import codecs
import csv
from collections.abc import Iterable, Iterator, Sequence
from io import StringIO
from itertools import batched, chain
from typing import Any

from django.db.models import QuerySet
from django.db.models.functions import TruncDate

from glossary.values.csv_safety import defuse
from newsletter.models import Delivery, Subscriber, Subscription, Suppression

AT_A_TIME = 2_000
READER_COLUMNS = (
    "address", "newsletter", "status", "consent_source", "consent_text", "consent_date",
    "signed_up_at", "paused_until", "unsubscribed_at", "leaving_reason", "mailbox",
)  # fmt: skip
READER_FIELDS = (
    "subscriber__address", "newsletter__slug", "status", "source_page", "consent_text",
    "confirmed_at", "created_at", "paused_until", "unsubscribed_at", "leaving_reason",
    "subscriber__status",
)  # fmt: skip
RECIPIENT_COLUMNS = ("address", "state", "code", "status", "note", "begun_at")
RECIPIENT_FIELDS = ("subscriber__address", "state", "code", "enhanced", "note", "begun_at")
SUPPRESSION_COLUMNS = ("address_hash", "reason", "newsletter", "suppressed_on")


def csv_parts(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterator[bytes]:
    """Yield a CSV file (RFC 4180) in parts of AT_A_TIME rows, with Excel's mark of UTF-8.

    None is an empty cell, and no cell is run as a formula.
    """
    yield codecs.BOM_UTF8
    for part in batched(chain([columns], rows), AT_A_TIME, strict=False):
        out = StringIO()
        writer = csv.writer(out, lineterminator="\r\n")
        for row in part:
            writer.writerow(defuse(each) if isinstance(each, str) else each for each in row)
        yield out.getvalue().encode()


def subscriptions_of(readers: QuerySet[Subscriber] | None) -> QuerySet[Subscription]:
    """Return the subscriptions of some readers, or of all."""
    rows = Subscription.objects.order_by("pk")
    return rows if readers is None else rows.filter(subscriber__in=readers.order_by().values("pk"))


def reader_rows(rows: QuerySet[Subscription]) -> Iterator[tuple[Any, ...]]:
    """Yield the cells of READER_COLUMNS, which the import reads back; times are in UTC."""
    return rows.values_list(*READER_FIELDS).iterator(AT_A_TIME)


def recipient_rows(rows: QuerySet[Delivery]) -> Iterator[tuple[Any, ...]]:
    """Yield the cells of RECIPIENT_COLUMNS; a reader who was erased has no address."""
    return rows.values_list(*RECIPIENT_FIELDS).iterator(AT_A_TIME)


def suppression_rows() -> Iterator[tuple[Any, ...]]:
    """Yield the cells of SUPPRESSION_COLUMNS, which the import reads back."""
    rows = Suppression.objects.order_by("pk").annotate(day=TruncDate("created_at"))
    return rows.values_list("address_hash", "reason", "newsletter__slug", "day").iterator(AT_A_TIME)
