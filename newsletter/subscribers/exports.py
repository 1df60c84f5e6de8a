"""Lists that leave the site as CSV, row by row: memory does not grow with them."""

import codecs
import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from io import StringIO
from itertools import batched, chain
from typing import Any

from django.db.models import QuerySet
from django.db.models.functions import TruncDate

from glossary.values.csv_safety import defuse
from newsletter.models import Subscriber, Subscription

AT_A_TIME = 2_000
# The columns of each list, and the field in each. The import reads readers and suppressions back.
READER_COLUMNS = {
    "address": "subscriber__address", "newsletter": "newsletter__slug", "status": "status",
    "consent_source": "source_page", "consent_text": "consent_text",
    "consent_date": "confirmed_at", "signed_up_at": "created_at", "paused_until": "paused_until",
    "unsubscribed_at": "unsubscribed_at", "leaving_reason": "leaving_reason",
    "mailbox": "subscriber__status",
}  # fmt: skip
RECIPIENT_COLUMNS = {
    "address": "subscriber__address", "state": "state", "code": "code", "status": "enhanced",
    "note": "note", "begun_at": "begun_at",
}  # fmt: skip
SUPPRESSION_COLUMNS = {
    "address_hash": "address_hash", "reason": "reason", "newsletter": "newsletter__slug",
    "suppressed_on": TruncDate("created_at"),
}  # fmt: skip


def csv_parts(columns: Iterable[str], rows: Iterable[Sequence[Any]]) -> Iterator[bytes]:
    """Yield a CSV file in parts of AT_A_TIME rows, with Excel's mark of UTF-8 and no formulas."""
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


def cells(columns: Mapping[str, Any], rows: QuerySet[Any]) -> Iterator[tuple[Any, ...]]:
    """Yield the cells of a list's rows. Times are in UTC; an erased reader has no address."""
    return rows.values_list(*columns.values()).iterator(AT_A_TIME)
