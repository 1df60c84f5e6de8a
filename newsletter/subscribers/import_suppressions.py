"""What becomes of each row of a file of suppressions, and how the new ones are stored."""

import re
from collections.abc import Sequence
from functools import partial

from django.utils import timezone

from newsletter.models import Newsletter, ReaderImport, RowResult, Suppression
from newsletter.subscribers import leave_log
from newsletter.subscribers.import_columns import Outcome, Row, RowError, newsletter_of, outcome
from newsletter.values.addresses import address_hash, address_key

HASH = re.compile("[0-9a-f]{64}")
REASONS = {each.value: each for each in Suppression.Reason}
OF_PERSONS = (Suppression.Reason.REFUSED, Suppression.Reason.ERASED)


def handle_rows(
    upload: ReaderImport, rows: Sequence[Row], *, write: bool
) -> list[Outcome[Suppression]]:
    """Decide what becomes of the rows, and store the new suppressions if `write`."""
    newsletters = {each.slug: each for each in Newsletter.objects.all()}
    read = partial(_read, upload, newsletters)
    found = [outcome(row, read) for row in rows]
    new = [(each, each.read) for each in found if each.read]
    hashes = [read.address_hash for _, read in new]
    there = Suppression.objects.filter(address_hash__in=hashes)
    seen: set[tuple[str, int | None]] = set(there.values_list("address_hash", "newsletter"))
    for each, suppression in new:
        about = suppression.address_hash, suppression.newsletter_id
        each.result = RowResult.EXISTS if about in seen else RowResult.NEW
        seen.add(about)
    if write:
        _store([suppression for each, suppression in new if each.result is RowResult.NEW])
    return found


def _store(new: list[Suppression]) -> None:
    at = timezone.now().isoformat()
    leave_log.append_all(
        leave_log.LogLine(at, each.reason, each.address_hash, each.newsletter_id) for each in new
    )
    # Another worker may suppress the same address at this moment.
    Suppression.objects.bulk_create(new, ignore_conflicts=True)


def _read(upload: ReaderImport, newsletters: dict[str, Newsletter], row: Row) -> Suppression:
    hashed = row.cell("address_hash").lower() or address_hash(address_key(row.cell("address")))
    reason = REASONS.get(row.cell("reason").lower() or upload.stated)
    scope = newsletter_of(row, upload, newsletters)
    if not HASH.fullmatch(hashed):
        raise RowError("the hash does not have 64 hexadecimal digits")
    if reason is None:
        raise RowError(f"the reason is none of {', '.join(REASONS)}")
    if scope and reason in OF_PERSONS:
        raise RowError(f"“{reason}” holds for all newsletters, so no newsletter may be named")
    return Suppression(address_hash=hashed, reason=reason, newsletter=scope)
