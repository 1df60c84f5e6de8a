"""The transitions of a delivery: each is one SQL statement that contains its own condition.

Leases use the database's clock, so workers on several machines agree. Those that return rows or run
for every message are plain SQL; the others use the ORM. Only this module and `audience` ask which
database engine they run on.
"""
# ruff: noqa: S608 (only constants of this module are formatted into the statements)

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import Exists, F, OuterRef, Q, Value
from django.db.models.functions import Coalesce, Concat, Now, StrIndex

from config.sqlite import make_commits_durable
from newsletter.mailing.smtp.answers import Answer
from newsletter.models import Delivery, Pump, Subscriber, Subscription
from newsletter.models.ledger import DeliveryQuerySet

State = Delivery.State

# A worker begins the rows it claimed within this time, or another worker claims them.
CLAIM_SECONDS = 120
# Longer than the 25 minutes that a mail server may take for one message (SmtpTimeouts).
HAND_OVER_SECONDS = 1800
# A pump that does not report for this long is lost, and its place is given to another task.
LOST_SECONDS = 60
# A row that misses its place in its domain's queue by more than this loses the place. Otherwise
# all overdue rows would go out together after a standstill.
PLACE_SECONDS = 60
# A few seconds of work for the database, so that an editor who cancels does not wait longer.
SKIP_BATCH = 20_000
# A failed row that was deferred this often is not deferred by a pause, because the mailbox is
# probably gone. Otherwise an issue that ends with dead mailboxes would pause after every resume.
MOST_DEFERRALS = 2
_HOUR = timedelta(hours=1)
# The pause after each deferral. A message fails after the last one, 24 hours after the first.
PAUSES = (
    timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=15), _HOUR,
    3 * _HOUR, 6 * _HOUR, 6 * _HOUR, 6 * _HOUR,
)  # fmt: skip
# What a row has that no worker holds.
RELEASED: dict[str, Any] = {"lease": "", "lease_until": None}


@dataclass(frozen=True)
class AttemptResult:
    """The result of one attempt, as it is recorded on the row."""

    state: State
    pause: timedelta = timedelta(0)
    code: int | None = None
    enhanced: str = ""
    note: str = ""
    is_deferral: bool = False


def result_of(answer: Answer, deferrals: int) -> AttemptResult:
    """Return what a server's answer means for a delivery that was deferred `deferrals` times.

    A refusal that is about us and not about the reader is deferred too: sending pauses, and the
    reader is tried again once a person has fixed the cause.
    """
    state = State(answer.outcome)
    if answer.is_ours and state is State.FAILED:
        state = State.DEFERRED
    if state is State.DEFERRED and deferrals >= len(PAUSES):
        state = State.FAILED
    is_deferral = state is State.DEFERRED
    return AttemptResult(
        state=state,
        pause=PAUSES[deferrals] if is_deferral else timedelta(0),
        code=answer.code or None,
        enhanced=answer.enhanced[:12],
        note=answer.text[:200],
        is_deferral=is_deferral,
    )


@dataclass(frozen=True, slots=True)
class ClaimedDelivery:
    """A delivery and its reader's address, as they were when a worker claimed it."""

    pk: int
    subscription_id: int
    domain: str
    deferrals: int
    has_place: bool
    address: str = ""
    address_key: str = ""


@dataclass(eq=False, slots=True)
class Step:
    """What a lane commits before a hand-over: the result of its last message, and the next row.

    `is_begun`: whether the next message may be handed over; None until it is committed.
    """

    lease: str
    row: ClaimedDelivery
    done: tuple[ClaimedDelivery, AttemptResult] | None = None
    is_begun: bool | None = None


def now_sql(seconds: str = "0") -> str:
    """Return SQL for the database's time plus `seconds`, a number or a column."""
    if connection.vendor == "sqlite":
        return f"STRFTIME('%%Y-%%m-%%d %%H:%%M:%%f', 'now', {seconds} || ' seconds')"
    return f"(STATEMENT_TIMESTAMP() + {seconds} * INTERVAL '1 second')"


def prepare_connection() -> None:
    """Make a lane's connection durable, and let PostgreSQL keep the plan of a statement."""
    make_commits_durable()
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET plan_cache_mode = force_generic_plan")
        connection.connection.prepare_threshold = 0


def fetch(statement: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
    """Run one statement; return its rows."""
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows


def _update_unlocked(rows: DeliveryQuerySet, **changes: object) -> int:
    """Update those of the rows that no other transaction has locked; return how many.

    A lane updates two rows in one commit, so waiting for one row while holding another could
    deadlock. The clock comes back for the skipped rows a minute later.
    """
    with transaction.atomic():
        unlocked = rows.select_for_update(skip_locked=True).values("pk")
        return Delivery.objects.filter(pk__in=unlocked).update(**changes)


def requeue_deferred(issue_id: int) -> None:
    """Queue the deferred rows whose time has come."""
    deferred = Delivery.objects.filter(issue=issue_id, state=State.DEFERRED)
    _update_unlocked(deferred.filter(next_at__lte=Now()), state=State.QUEUED)


def expire_leases(issue_id: int) -> int:
    """Queue claimed rows with an expired lease; return how many others became unknown.

    Those are with a worker whose pump is lost, or whose ticket was given to another task: a lease
    begins with the ticket of its pump.
    """
    rows, is_expired = Delivery.objects.filter(issue=issue_id), Q(lease_until__lt=Now())
    _update_unlocked(rows.filter(is_expired, state=State.CLAIMED), state=State.QUEUED, lease="")
    begins = StrIndex(OuterRef("lease"), Concat("ticket", Value("-")))
    reporting = Pump.objects.filter(issue=OuterRef("issue"), due_at__gt=Now()).alias(at=begins)
    is_silent = Q(begun_at__lt=Now() - timedelta(seconds=LOST_SECONDS))
    is_lost = is_silent & ~Q(Exists(reporting.filter(at=1)))
    # The lease stays on the row: a worker that is alive after all can still record the result.
    return _update_unlocked(
        rows.filter(is_expired | is_lost, state=State.HANDING_OVER),
        state=State.UNKNOWN,
        settled_at=Now(),
        note="the worker was lost",
    )


def count_due(issue_id: int, most: int) -> int:
    """Count the rows that may be claimed, up to `most`."""
    queued = Delivery.objects.filter(issue=issue_id, state=State.QUEUED)
    return queued.filter(next_at__lte=Now())[:most].count()


def claim_due(issue_id: int, lease: str, number: int) -> list[ClaimedDelivery]:
    """Claim up to `number` due rows; return them with the current addresses, "" for the erased."""
    skip_locked = "FOR UPDATE SKIP LOCKED" if connection.vendor == "postgresql" else ""
    reader = """FROM newsletter_subscription AS s
        JOIN newsletter_subscriber AS r ON r.id = s.subscriber_id
        WHERE s.id = newsletter_delivery.subscription_id"""
    claimed = fetch(
        f"""WITH due AS (
                SELECT id FROM newsletter_delivery
                WHERE issue_id = %s AND state = 'queued' AND next_at <= {now_sql()}
                ORDER BY next_at LIMIT %s {skip_locked})
            UPDATE newsletter_delivery
            SET state = 'claimed', lease = %s, lease_until = {now_sql(str(CLAIM_SECONDS))}
            WHERE state = 'queued' AND id IN (SELECT id FROM due)
            RETURNING id, subscription_id, domain, deferrals,
                has_place AND next_at > {now_sql(str(-PLACE_SECONDS))},
                COALESCE((SELECT r.address {reader}), ''),
                COALESCE((SELECT r.address_key {reader}), '')""",
        [issue_id, number, lease],
    )
    return [ClaimedDelivery(*values) for values in sorted(claimed)]


def record_and_begin(issue_id: int, steps: Sequence[Step]) -> set[int]:
    """Record results and begin the next messages in one commit; return the ids of those begun."""
    recording, results = _recording([(step.lease, *step.done) for step in steps if step.done])
    beginning, values = _beginning(issue_id, steps)
    if connection.vendor == "postgresql":
        # A single statement is a commit of its own: one round trip to the server, not four.
        both = f"WITH done AS ({recording}) {beginning}"
        return {pk for (pk,) in _fetch_prepared(both, [*results, *values])}
    with transaction.atomic():
        fetch(recording, results)
        return {pk for (pk,) in fetch(beginning, values)}


def take_back(lease: str, row: ClaimedDelivery) -> bool:
    """Make a row claimed again that was being handed over: the server has nothing of its message.

    Beginning it again checks every condition again. Returns False if the row became unknown
    meanwhile; then the result is recorded as a late one.
    """
    begun = Delivery.objects.filter(pk=row.pk, lease=lease, state=State.HANDING_OVER)
    until = Now() + timedelta(seconds=CLAIM_SECONDS)
    changed = begun.update(state=State.CLAIMED, attempts=F("attempts") - 1, lease_until=until)
    return bool(changed)


def record_result(lease: str, row: ClaimedDelivery, result: AttemptResult) -> bool:
    """Record the result of a lane's last message; return False if it has lost the row."""
    return bool(fetch(*_recording([(lease, row, result)])))


def _beginning(issue_id: int, steps: Sequence[Step]) -> tuple[str, list[Any]]:
    """Return the statement that moves claimed rows to handing over where every condition still
    holds at this moment, and its values.

    The statement takes the reader from the row itself: erasing or moving a reader locks the row,
    and after waiting for that lock PostgreSQL evaluates again only the columns of this row.
    """
    rows = [(step.row.pk, step.lease, step.row.address_key) for step in steps]
    given, values = _given(rows, pk="bigint", held="text", key="text")
    statement = f"""UPDATE newsletter_delivery AS d
        SET state = 'handing_over', attempts = attempts + 1, begun_at = {now_sql()},
            lease_until = {now_sql(str(HAND_OVER_SECONDS))}, has_place = FALSE
        FROM {given}
        WHERE d.id = pk AND state = 'claimed' AND lease = held AND lease_until > {now_sql()}
        AND EXISTS (SELECT 1 FROM newsletter_issue WHERE id = %s AND status = 'sending')
        AND EXISTS (SELECT 1 FROM newsletter_subscription AS s
            JOIN newsletter_subscriber AS r ON r.id = s.subscriber_id
            WHERE s.id = d.subscription_id AND r.id = d.subscriber_id
            AND s.status = 'active' AND r.status = 'ok' AND r.address_key = given.key
            AND NOT EXISTS (SELECT 1 FROM newsletter_suppression AS x
                WHERE x.address_hash = r.address_hash
                AND (x.newsletter_id IS NULL OR x.newsletter_id = s.newsletter_id)))
        RETURNING id"""
    return statement, [*values, issue_id]


def _recording(done: Sequence[tuple[str, ClaimedDelivery, AttemptResult]]) -> tuple[str, list[Any]]:
    """Return the statement that records the results of workers' attempts, and its values.

    It also records an attempt that was declared unknown meanwhile: the lease proves that it is the
    same one.
    """
    rows = [
        (row.pk, lease, result.state, int(result.pause.total_seconds()), int(result.is_deferral),
         result.code, result.enhanced, result.note)
        for lease, row, result in done
    ]  # fmt: skip
    types = {"pk": "bigint", "held": "text", "result": "text", "pause": "int", "deferral": "int"}
    given, values = _given(rows, **types, reply="int", reply_code="text", reply_text="text")
    statement = f"""UPDATE newsletter_delivery AS d
        SET state = result, next_at = {now_sql("pause")}, deferrals = deferrals + deferral,
            code = reply, enhanced = reply_code, note = reply_text, settled_at = {now_sql()},
            lease = CASE WHEN result = 'unknown' THEN lease ELSE '' END
        FROM {given}
        WHERE d.id = pk AND lease = held AND state IN ('handing_over', 'unknown') RETURNING id"""
    return statement, values


def _given(rows: Sequence[tuple[Any, ...]], **types: str) -> tuple[str, list[Any]]:
    """Return SQL for a table `given` of these rows, the same for any number, and its values."""
    if connection.vendor == "sqlite":
        columns = (f"JSON_EXTRACT(value, '$[{n}]') AS {name}" for n, name in enumerate(types))
        return f"(SELECT {', '.join(columns)} FROM JSON_EACH(%s)) AS given", [json.dumps(rows)]
    arrays = ", ".join(f"%s::{kind}[]" for kind in types.values())
    values = [[row[n] for row in rows] for n in range(len(types))]
    return f"UNNEST({arrays}) AS given ({', '.join(types)})", values


def _fetch_prepared(statement: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
    """Run a statement that PostgreSQL plans once a connection; Django's cursor fills values in."""
    connection.ensure_connection()
    with (
        connection.wrap_database_errors,
        connection.Database.Cursor(connection.connection) as cursor,  # type: ignore[attr-defined]
    ):
        rows: list[tuple[Any, ...]] = cursor.execute(statement, values).fetchall()
    return rows


def reason_to_skip(row: ClaimedDelivery) -> str:
    """Return why this reader gets no mail, such as "suppressed"; "" if nothing forbids it."""
    rows = Subscription.objects.select_related("subscriber", "newsletter")
    its_own = F("subscriber__deliveries__subscription_id")
    found = rows.filter(subscriber__deliveries=row.pk, pk=its_own).first()
    if found is None:
        return "gone"
    if found.is_suppressed():
        return "suppressed"
    if found.status != Subscription.Status.ACTIVE:
        return found.status
    reader = found.subscriber
    return "" if reader.status == Subscriber.Status.OK else reader.status


def _claimed(lease: str) -> DeliveryQuerySet:
    return Delivery.objects.filter(state=State.CLAIMED, lease=lease)


def settle_claimed(lease: str, row: ClaimedDelivery, result: AttemptResult) -> None:
    """Settle a claimed row without handing it over: it is skipped, or cannot be built."""
    settled = {"state": result.state, "note": result.note, "settled_at": Now()}
    _claimed(lease).filter(pk=row.pk).update(**settled, **RELEASED)


def requeue(
    lease: str, rows: Iterable[ClaimedDelivery], seconds: int = 0, *, has_place: bool = False
) -> None:
    """Queue claimed rows for `seconds` from now; `has_place`: that is their place in the queue."""
    queued = {"state": State.QUEUED, "next_at": Now() + timedelta(seconds=seconds)}
    chosen = _claimed(lease).filter(pk__in=[row.pk for row in rows])
    chosen.update(**queued, has_place=has_place, **RELEASED)


def release_claims(issue_id: int, lease: str) -> None:
    """Queue again the rows that a worker claimed and did not begin."""
    _claimed(lease).filter(issue=issue_id).update(state=State.QUEUED, **RELEASED)


def defer_failed(ids: Sequence[int]) -> None:
    """Defer failed rows: sending paused itself because of them, so the cause may be ours.

    Rows that were deferred MOST_DEFERRALS times, for any reason, stay failed.
    """
    failed = Delivery.objects.filter(pk__in=ids, state=State.FAILED, deferrals__lt=MOST_DEFERRALS)
    next_at = Now() + PAUSES[0]
    failed.update(state=State.DEFERRED, deferrals=F("deferrals") + 1, next_at=next_at)


def skip_canceled(issue_id: int) -> None:
    """Skip rows of a canceled issue that no server has; the clock goes on, batch by batch."""
    rows = Delivery.objects.open().filter(issue=issue_id).exclude(state=State.HANDING_OVER)
    skipped = {"state": State.SKIPPED, "note": "canceled", "settled_at": Now()}
    _update_unlocked(rows[:SKIP_BATCH], **skipped, **RELEASED)


def settle_returned(delivery_id: int, state: str, enhanced: str, note: str) -> None:
    """Record that a message came back (bounced), or that its reader complained, also after that.

    It may come back before its own result is recorded, which then changes nothing. `settled_at`
    stays, so that a pause counts complaints among the messages that were sent with them.
    """
    before = {State.HANDING_OVER, State.ACCEPTED, State.UNKNOWN}
    if state == State.COMPLAINED:
        before.add(State.BOUNCED)
    tried = Delivery.objects.filter(pk=delivery_id, attempts__gt=0, state__in=before)
    settled_at = Coalesce("settled_at", Now())
    tried.update(state=state, enhanced=enhanced, note=note, lease="", settled_at=settled_at)


def mark_open_unknown(issue_id: int) -> int:
    """Mark all open rows unknown, which the original may have sent since; return how many."""
    note = "open when this database was copied or restored"
    rows = Delivery.objects.open().filter(issue=issue_id)
    return rows.update(state=State.UNKNOWN, settled_at=Now(), note=note)


def seconds_until_due(issue_id: int) -> float | None:
    """Return when the next row is due, in seconds; None when no row is queued or deferred."""
    waiting = Delivery.objects.filter(issue=issue_id, state__in=[State.QUEUED, State.DEFERRED])
    first = waiting.order_by("next_at").values_list("next_at", Now()).first()
    return max(0.0, (first[0] - first[1]).total_seconds()) if first else None
