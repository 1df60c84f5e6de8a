"""What becomes of each row of a file of readers or of suppressions, and how new ones are stored."""
# ruff: noqa: S608 (only constants of this module are formatted into the statements)

import json
import re
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import partial

from django.db import connection
from django.db.models.functions import Lower
from django.utils import timezone

from newsletter.models import (
    Newsletter,
    ReaderImport,
    RowResult,
    SignupRequest,
    Subscriber,
    Subscription,
    Suppression,
)
from newsletter.subscribers import leave_log
from newsletter.subscribers.import_columns import Outcome, Row, RowError, newsletter_of, outcome
from newsletter.subscribers.letters import IMPORT_PAGE
from newsletter.subscribers.signups import FOR_IMPORTED
from newsletter.subscribers.suppression import OF_PERSONS
from newsletter.values.addresses import (
    DISPOSABLE,
    address_hash,
    address_key,
    is_disposable,
    normal_forms,
)

Status = Subscription.Status
# Between two imported readers who are asked to confirm.
STEP = FOR_IMPORTED[0].window / FOR_IMPORTED[0].count
LONGEST_SOURCE = 200
# As in 2026-11-23, Nov 23, 2026 and November 23, 2026.
DATES: tuple[Callable[[str], datetime], ...] = (
    datetime.fromisoformat,
    lambda text: datetime.strptime(text, "%b %d, %Y"),  # noqa: DTZ007 (_moment gives it a zone)
    lambda text: datetime.strptime(text, "%B %d, %Y"),  # noqa: DTZ007
)
# What is stored of a row, with the types of PostgreSQL.
GIVEN = {
    "address": "text", "address_key": "text", "address_hash": "text", "newsletter": "bigint",
    "at": "timestamptz", "consent_text": "text",
}  # fmt: skip
NOT_A_DAY = "the consent date is not a day such as 2026-11-23"
HASH = re.compile("[0-9a-f]{64}")
REASONS = {each.value: each for each in Suppression.Reason}


@dataclass(frozen=True, slots=True)
class Consent:
    """Who agreed to which newsletter (its id), when and in which words: the fields of GIVEN."""

    address: str
    address_key: str
    address_hash: str
    newsletter: int
    at: datetime
    consent_text: str


def handle_readers(
    upload: ReaderImport, rows: Sequence[Row], *, write: bool
) -> list[Outcome[Consent]]:
    """Return what becomes of each row; store the new readers if `write`.

    Readers who exist are locked then: of a leave at the same moment either this or its end sees it.
    """
    newsletters = {each.slug: each for each in Newsletter.objects.all()}
    read = partial(_read, upload, newsletters)
    found: list[Outcome[Consent]] = [
        Outcome(row, RowResult.LEFT, f"by its {row.left}") if row.left else outcome(row, read)
        for row in rows
    ]
    new = [(each, each.read) for each in found if each.read]
    readers = Subscriber.objects.filter(address_key__in=[read.address_key for _, read in new])
    if write:
        readers = readers.select_for_update()
    known = {reader.address_key: reader for reader in readers.order_by("pk")}
    _compare(new, known)
    if write:
        consents = [read for each, read in new if each.result is RowResult.NEW]
        store = _store_confirmed if upload.proof else _ask
        store(upload, consents)
    return found


def _read(upload: ReaderImport, newsletters: dict[str, Newsletter], row: Row) -> Consent:
    address, key = normal_forms(row.cell("address"))
    if is_disposable(key):
        raise RowError(DISPOSABLE)
    newsletter = newsletter_of(row, upload, newsletters)
    if newsletter is None:
        raise RowError("a newsletter is needed")
    source = row.cell("consent_source") or upload.stated
    if not 0 < len(source) <= LONGEST_SOURCE:
        raise RowError(f"a consent source of at most {LONGEST_SOURCE} characters is needed")
    at = _moment(row.cell("consent_date"))
    words = f"{source}, {at:%Y-%m-%d}" + (f"; {upload.proof}" if upload.proof else "")
    return Consent(address, key, address_hash(key), newsletter.pk, at, words)


def _moment(text: str) -> datetime:
    """Return the consent date of any of these programs, in UTC unless it says otherwise."""
    if not text:
        raise RowError("a consent date is needed")
    for read in DATES:
        with suppress(ValueError):
            found = read(text.removesuffix(" UTC"))
            break
    else:
        raise RowError(NOT_A_DAY)
    found = found if found.tzinfo else found.replace(tzinfo=UTC)
    if found > timezone.now():
        raise RowError("the consent date is in the future")
    return found


def _compare(new: Sequence[tuple[Outcome[Consent], Consent]], known: dict[str, Subscriber]) -> None:
    """Set the result of those who are known in some way."""
    hashes = [read.address_hash for _, read in new]
    there = Suppression.objects.filter(address_hash__in=hashes)
    suppressed = set(there.values_list("address_hash", "newsletter"))
    requests = SignupRequest.objects.annotate(lower=Lower("address"))
    asked = requests.filter(lower__in=[read.address.lower() for _, read in new])
    waiting = set(asked.values_list("lower", "newsletter"))
    own = Subscription.objects.filter(subscriber__in=known.values())
    columns = own.values_list("subscriber__address_key", "newsletter", "status")
    statuses = {(key, scope): status for key, scope, status in columns}
    seen: set[tuple[str, int]] = set()
    for each, read in new:
        who, scope = (read.address_key, read.newsletter), read.newsletter
        reader = known.get(read.address_key)
        if suppressed & {(read.address_hash, None), (read.address_hash, scope)}:
            each.result = RowResult.SUPPRESSED
        elif reader and reader.status != Subscriber.Status.OK:
            each.result, each.why = RowResult.SUPPRESSED, reader.status
        elif statuses.get(who) == Status.UNSUBSCRIBED:
            each.result = RowResult.UNSUBSCRIBED
        elif who in statuses or (read.address.lower(), scope) in waiting:
            each.result = RowResult.EXISTS
        elif who in seen:  # spelled in two ways
            each.result = RowResult.DOUBLE
        seen.add(who)


def _ask(upload: ReaderImport, new: list[Consent]) -> None:
    """Queue signups, each with a turn of its own, so that others get their mail meanwhile."""
    imported = SignupRequest.objects.filter(is_imported=True)
    last = imported.order_by("-next_at").values_list("next_at", flat=True).first()
    turn = max(filter(None, (timezone.now(), last)))
    SignupRequest.objects.bulk_create(
        SignupRequest(
            newsletter_id=read.newsletter,
            address=read.address,
            requested_at=turn + STEP * number,
            next_at=turn + STEP * number,
            is_imported=True,
            source_page=f"{IMPORT_PAGE}{upload.pk}",
            consent_text=read.consent_text,
        )
        for number, read in enumerate(new, 1)
    )


def _store_confirmed(upload: ReaderImport, new: list[Consent]) -> None:
    """Store readers, subscriptions and their consent, each table by one statement.

    Somebody may have signed up at this moment; their subscription stays as it is.
    """
    page = f"{IMPORT_PAGE}{upload.pk}"
    adapt = connection.ops.adapt_datetimefield_value
    rows = json.dumps([asdict(read) for read in new], default=lambda at: str(adapt(at)))
    now = adapt(timezone.now())
    given = _given()
    with connection.cursor() as cursor:
        cursor.execute(
            f"""INSERT INTO newsletter_subscriber
                (address, address_key, address_hash, status, created_at)
                SELECT address, address_key, address_hash, 'ok', %s FROM {given}
                WHERE TRUE ON CONFLICT DO NOTHING""",
            [now, rows],
        )
        cursor.execute(
            f"""INSERT INTO newsletter_subscription
                (subscriber_id, newsletter_id, status, created_at, confirmed_at, source_page,
                consent_text, leaving_reason, leaving_words)
                SELECT r.id, newsletter, 'active', %s, at, %s, consent_text, '', ''
                FROM {given} JOIN newsletter_subscriber AS r USING (address_key)
                WHERE TRUE ON CONFLICT DO NOTHING RETURNING id""",
            [now, page, rows],
        )
        made = [row[0] for row in cursor.fetchall()]
        # By key: a planner that was told the page would read all rows of this import each time.
        cursor.execute(
            f"""INSERT INTO newsletter_consentevent
                (subscription_id, address_hash, newsletter_id, kind, at, source_page, consent_text)
                SELECT s.id, address_hash, newsletter_id, 'confirmed', confirmed_at, source_page,
                consent_text
                FROM newsletter_subscription AS s JOIN newsletter_subscriber AS r
                ON r.id = s.subscriber_id
                WHERE s.id IN ({", ".join(["%s"] * len(made)) or "NULL"})""",
            made,
        )


def _given() -> str:
    """Return SQL that makes a table of a JSON parameter."""
    if connection.vendor == "sqlite":
        columns = ", ".join(f"JSON_EXTRACT(value, '$.{name}') AS {name}" for name in GIVEN)
        return f"(SELECT {columns} FROM JSON_EACH(%s)) AS given"
    columns = ", ".join(f"{name} {kind}" for name, kind in GIVEN.items())
    return f"JSON_TO_RECORDSET(%s) AS given ({columns})"


def handle_suppressions(
    upload: ReaderImport, rows: Sequence[Row], *, write: bool
) -> list[Outcome[Suppression]]:
    """Return what becomes of each row; store the new suppressions if `write`."""
    newsletters = {each.slug: each for each in Newsletter.objects.all()}
    read = partial(_read_suppression, upload, newsletters)
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
        at = timezone.now().isoformat()
        stored = [read for each, read in new if each.result is RowResult.NEW]
        leave_log.append_all(
            leave_log.LogLine(at, each.reason, each.address_hash, each.newsletter_id)
            for each in stored
        )
        # Another worker may suppress the same address at this moment.
        Suppression.objects.bulk_create(stored, ignore_conflicts=True)
    return found


def _read_suppression(
    upload: ReaderImport, newsletters: dict[str, Newsletter], row: Row
) -> Suppression:
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
