"""The ledger's moves, each one statement that says on which rows it may act.

This is the one place of sending that asks which engine it is on: for the clock, and for claiming.
Leases follow the database's clock, so workers on several machines agree. Written as SQL, because
the condition is the point of each statement, and because two of them run once a message.
"""
# ruff: noqa: S608 (what is put into the statements are constants of this module)

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.db import connection, transaction

from newsletter.models import Subscriber, Subscription
from newsletter.sending.states import Verdict

# A worker that claimed rows begins them within that time, or another one takes them.
CLAIM_SECONDS = 120
# Longer than all a mail server may take for one message (smtp.Patience): 25 minutes.
HAND_OVER_SECONDS = 1800
# A place in its domain's line that was missed by more than that is lost: after a standstill all of
# them would come at once.
PLACE_SECONDS = 60
# Some seconds of work for the database: nobody waits longer for his click.
SKIPPED_AT_ONCE = 20_000


@dataclass(frozen=True, slots=True)
class Row:
    """A claimed delivery and where it goes, as it was when it was claimed."""

    pk: int
    subscription_id: int
    domain: str
    deferrals: int
    has_place: bool
    address: str = ""
    address_key: str = ""


def clock(seconds: str = "0") -> str:
    """Return SQL for the database's time, some seconds on; `seconds` may be a placeholder."""
    if connection.vendor == "sqlite":
        return f"STRFTIME('%%Y-%%m-%%d %%H:%%M:%%f', 'now', {seconds} || ' seconds')"
    return f"(STATEMENT_TIMESTAMP() + {seconds} * INTERVAL '1 second')"


def run(statement: str, values: Sequence[Any]) -> int:
    """Run one statement and return how many rows it changed."""
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        count: int = cursor.rowcount
    return count


def change_all(changes: str, condition: str, values: Sequence[Any]) -> int:
    """Change the rows that fit a condition and that nobody else is changing at this moment.

    A lane changes two rows in one commit. Waiting for one of them while holding the other would
    be a deadlock; what is left out is met by the clock a minute later.
    """
    unlocked = "FOR UPDATE SKIP LOCKED" if connection.vendor == "postgresql" else ""
    found = f"SELECT id FROM newsletter_delivery WHERE {condition} {unlocked}"
    return run(f"UPDATE newsletter_delivery SET {changes} WHERE id IN ({found})", values)


def be_durable() -> None:
    """Have this connection's commits survive a power failure, before a message leaves on them.

    SQLite in WAL mode forgets the newest ones otherwise (PRAGMA synchronous=NORMAL).
    """
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA synchronous=FULL")


def wake(issue_id: int) -> int:
    """Queue again what was put off until now."""
    due = f"issue_id = %s AND state = 'deferred' AND next_at <= {clock()}"
    return change_all("state = 'queued'", due, [issue_id])


def reap(issue_id: int) -> tuple[int, int]:
    """End the leases that ran out; return how many went back to the queue, and how many unknown."""
    lost = f"issue_id = %s AND lease_until < {clock()}"
    back = change_all("state = 'queued', lease = ''", f"{lost} AND state = 'claimed'", [issue_id])
    # The lease stays: should its worker live after all, it still knows what became of it.
    unknown = change_all(
        f"state = 'unknown', settled_at = {clock()}, note = 'the worker was lost'",
        f"{lost} AND state = 'handing_over'",
        [issue_id],
    )
    return back, unknown


def claim(issue_id: int, lease: str, number: int) -> list[Row]:
    """Take up to `number` rows that are due, for one worker alone, with their addresses."""
    locked = "FOR UPDATE SKIP LOCKED" if connection.vendor == "postgresql" else ""
    with connection.cursor() as cursor:
        cursor.execute(
            f"""WITH due AS (
                    SELECT id FROM newsletter_delivery
                    WHERE issue_id = %s AND state = 'queued' AND next_at <= {clock()}
                    ORDER BY next_at LIMIT %s {locked})
                UPDATE newsletter_delivery
                SET state = 'claimed', lease = %s, lease_until = {clock(str(CLAIM_SECONDS))}
                WHERE state = 'queued' AND id IN (SELECT id FROM due)
                RETURNING id, subscription_id, domain, deferrals,
                    has_place AND next_at > {clock(str(-PLACE_SECONDS))}""",
            [issue_id, number, lease],
        )
        return addressed([Row(*values) for values in sorted(cursor.fetchall())])


def addressed(rows: list[Row]) -> list[Row]:
    """Look up where rows go now; whoever is gone has no address."""
    found = Subscription.objects.filter(pk__in=[row.subscription_id for row in rows])
    columns = ("pk", "subscriber__address", "subscriber__address_key")
    known = {pk: (address, key) for pk, address, key in found.values_list(*columns)}
    nowhere = ("", "")
    return [
        replace(row, address=address, address_key=key)
        for row in rows
        for address, key in [known.get(row.subscription_id, nowhere)]
    ]


def step(issue_id: int, lease: str, done: tuple[Row, Verdict] | None, row: Row) -> bool:
    """In one commit, record what became of the last message and begin the next, if we may.

    Returns whether the next message is now ours to hand over.
    """
    beginning, values = _beginning(issue_id, lease, row)
    if done is None:
        return bool(run(beginning, values))
    recording, done_values = _recording(lease, *done)
    if connection.vendor == "postgresql":
        # One statement is a commit of its own: one way to the server and back instead of four.
        both = f"WITH done AS ({recording}) {beginning}"
        return bool(run(both, [*done_values, *values]))
    with transaction.atomic():
        run(recording, done_values)
        return bool(run(beginning, values))


def record(lease: str, row: Row, verdict: Verdict) -> bool:
    """Record what became of an attempt of ours, when no next one follows."""
    return bool(run(*_recording(lease, row, verdict)))


def _beginning(issue_id: int, lease: str, row: Row) -> tuple[str, list[Any]]:
    """Move a claimed row to handing over, if all that allows it still holds at this moment.

    Whose row it is, is asked of the row itself: while its reader is erased or moved it is locked,
    and after that wait PostgreSQL looks at it anew, and at it alone.
    """
    statement = f"""UPDATE newsletter_delivery
        SET state = 'handing_over', attempts = attempts + 1, begun_at = {clock()},
            lease_until = {clock(str(HAND_OVER_SECONDS))}, has_place = FALSE
        WHERE id = %s AND state = 'claimed' AND lease = %s AND lease_until > {clock()}
        AND EXISTS (SELECT 1 FROM newsletter_issue WHERE id = %s AND status = 'sending')
        AND EXISTS (SELECT 1 FROM newsletter_subscription AS s
            JOIN newsletter_subscriber AS r ON r.id = s.subscriber_id
            WHERE s.id = newsletter_delivery.subscription_id
            AND r.id = newsletter_delivery.subscriber_id
            AND s.status = 'active' AND r.status = 'ok' AND r.address_key = %s
            AND NOT EXISTS (SELECT 1 FROM newsletter_suppression AS x
                WHERE x.address_hash = r.address_hash
                AND (x.newsletter_id IS NULL OR x.newsletter_id = s.newsletter_id)))"""
    return statement, [row.pk, lease, issue_id, row.address_key]


def _recording(lease: str, row: Row, verdict: Verdict) -> tuple[str, list[Any]]:
    """Record an attempt of ours, also one given up as unknown meanwhile.

    The lease says that it is the same attempt.
    """
    statement = f"""UPDATE newsletter_delivery
        SET state = %s, next_at = {clock("%s")}, code = %s, enhanced = %s, note = %s,
            deferrals = deferrals + %s, settled_at = {clock()},
            lease = CASE WHEN %s = 'unknown' THEN lease ELSE '' END
        WHERE id = %s AND lease = %s AND state IN ('handing_over', 'unknown')"""
    return statement, [
        verdict.state, int(verdict.pause.total_seconds()), verdict.code, verdict.enhanced,
        verdict.note, int(verdict.is_deferral), verdict.state, row.pk, lease,
    ]  # fmt: skip


def why_not(row: Row) -> str:
    """Say why a reader may not be written to; "" when nothing about him stands in the way."""
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT s.status, r.status, EXISTS (SELECT 1 FROM newsletter_suppression AS x
                    WHERE x.address_hash = r.address_hash
                    AND (x.newsletter_id IS NULL OR x.newsletter_id = s.newsletter_id))
                FROM newsletter_delivery AS d
                JOIN newsletter_subscription AS s ON s.id = d.subscription_id
                JOIN newsletter_subscriber AS r ON r.id = s.subscriber_id
                WHERE d.id = %s AND r.id = d.subscriber_id""",
            [row.pk],
        )
        found = cursor.fetchone()
    if found is None:
        return "gone"
    subscription, subscriber, is_suppressed = found
    if is_suppressed:
        return "suppressed"
    if subscription != Subscription.Status.ACTIVE:
        return str(subscription)
    return "" if subscriber == Subscriber.Status.OK else str(subscriber)


def settle(lease: str, row: Row, verdict: Verdict) -> bool:
    """Settle a claimed row that is not handed over: skipped, or impossible to build."""
    return bool(
        run(
            f"""UPDATE newsletter_delivery
                SET state = %s, note = %s, settled_at = {clock()}, lease = '', lease_until = NULL
                WHERE id = %s AND state = 'claimed' AND lease = %s""",
            [verdict.state, verdict.note, row.pk, lease],
        )
    )


def put_back(lease: str, rows: Iterable[Row], seconds: int = 0, *, has_place: bool = False) -> None:
    """Queue claimed rows again, to be due in some seconds; `has_place` in their domain's line."""
    ids = [row.pk for row in rows]
    if ids:
        places = ", ".join(["%s"] * len(ids))
        run(
            f"""UPDATE newsletter_delivery SET state = 'queued', lease = '', lease_until = NULL,
                    next_at = {clock("%s")}, has_place = %s
                WHERE state = 'claimed' AND lease = %s AND id IN ({places})""",
            [seconds, has_place, lease, *ids],
        )


def release(issue_id: int, lease: str) -> int:
    """Queue again whatever a worker claimed and did not begin."""
    return run(
        """UPDATE newsletter_delivery SET state = 'queued', lease = '', lease_until = NULL
            WHERE issue_id = %s AND state = 'claimed' AND lease = %s""",
        [issue_id, lease],
    )


def skip_some(issue_id: int, note: str) -> int:
    """Skip what is not with the mail server, so many rows at a time (an issue is canceled)."""
    return change_all(
        f"state = 'skipped', note = %s, settled_at = {clock()}, lease = '', lease_until = NULL",
        "issue_id = %s AND state IN ('queued', 'claimed', 'deferred') LIMIT %s",
        [note, issue_id, SKIPPED_AT_ONCE],
    )


def doubt_all_in_hand(issue_id: int, note: str) -> int:
    """Call unknown whatever was in hand when this database was copied: it went on elsewhere."""
    return change_all(
        f"state = 'unknown', note = %s, settled_at = {clock()}",
        "issue_id = %s AND state IN ('claimed', 'handing_over')",
        [note, issue_id],
    )


def seconds_until_due(issue_id: int) -> float | None:
    """Return when the next row of an issue is due; None when none is open and in nobody's hands."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            seconds = f"(julianday(MIN(next_at)) - julianday({clock()})) * 86400.0"
        else:
            seconds = f"EXTRACT(EPOCH FROM MIN(next_at) - {clock()})"
        cursor.execute(
            f"""SELECT {seconds} FROM newsletter_delivery
                WHERE issue_id = %s AND state IN ('queued', 'deferred')""",
            [issue_id],
        )
        found = cursor.fetchone()[0]
    return None if found is None else max(0.0, float(found))
