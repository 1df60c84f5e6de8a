"""A lane sends one message at a time, over its own connections to mail server and database.

Lanes are threads because they mostly wait: for a commit, then for the mail server's answer. Each
begins one message at a time, so a killed worker leaves at most one unknown message for each lane.
"""

import logging
import threading
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from math import ceil
from time import monotonic
from typing import Any

from django.conf import settings
from django.db import Error, connection

from newsletter.mailing.smtp.answers import Answer
from newsletter.mailing.smtp.opening import Unavailable
from newsletter.models import Issue
from newsletter.sending import ledger, limits
from newsletter.sending.breaker import MOST_FAILURES_IN_ROW
from newsletter.sending.carriers import Carrier
from newsletter.sending.ledger import AttemptResult, ClaimedDelivery, State, Step, result_of
from newsletter.sending.limits import Share
from newsletter.sending.stop_signals import StopFlag

logger = logging.getLogger(__name__)

# Rows that a lane claims together at most: few, so that few are given back.
BATCH = 50
# Seconds until the next look at a row whose reader was changing their address.
REQUEUE_SECONDS = 2


class Streak:
    """Counts consecutive failures over all lanes of a pump. Thread-safe."""

    def __init__(self, length: int = 0, failed: Iterable[int] = ()) -> None:
        self._lock = threading.Lock()
        self.length = length
        self.failed = list(failed)  # the deliveries in it that failed for good
        self.is_unreachable = False  # a lane could not connect to the mail server
        self.reason = ""  # why sending must be paused

    def count(self, is_failure: bool, text: str, failed: Sequence[int] = ()) -> None:
        with self._lock:
            self.length = self.length + 1 if is_failure else 0
            self.failed = [*self.failed, *failed] if is_failure else []
            self._check(text)

    def count_unreachable(self, text: str) -> None:
        """Count a failed connection, once for all lanes because they share one mail server."""
        with self._lock:
            self.length += not self.is_unreachable
            self.is_unreachable = True
            self._check(text)

    def _check(self, text: str) -> None:
        if self.length >= MOST_FAILURES_IN_ROW:
            self.reason = f"{self.length} failures in a row; the last: {text}"[:300]

    def pause(self, reason: str) -> None:
        self.reason = reason[:300]


class GroupCommit:
    """The commits that the lanes of a pump share before each hand-over. Thread-safe.

    A commit takes about as long for the rows of all lanes as for one row. So the first lane that
    is ready waits for the others, but no longer than the last commit took, and commits for all.
    """

    def __init__(self, lanes: int = 1) -> None:
        self._lanes = lanes
        self._leaving = threading.Lock()
        self._waiting: list[Step] = []
        self._all_wait = threading.Event()
        self._turn = threading.Lock()
        self._took = 0.0  # seconds of the last commit

    def begin(self, issue_id: int, step: Step) -> bool:
        """Commit a step; return whether its message may go. Raises Error if the commit fails."""
        self._waiting.append(step)
        self._look()
        with self._turn:
            # The lane before may have committed this step as well.
            if step.is_begun is None:
                self._all_wait.wait(self._took)
                self._commit(issue_id, step)
        return bool(step.is_begun)

    def leave(self) -> None:
        """Take note that a lane ends, so that commits do not wait for its step."""
        with self._leaving:
            self._lanes -= 1
        self._look()

    def _look(self) -> None:
        if len(self._waiting) >= self._lanes:
            self._all_wait.set()

    def _commit(self, issue_id: int, own: Step) -> None:
        self._all_wait.clear()
        steps, start = self._waiting[:], monotonic()
        try:
            begun = ledger.record_and_begin(issue_id, steps)
        except Exception:
            # The others try again, over their own connections to the database.
            self._waiting.remove(own)
            raise
        self._took = monotonic() - start
        del self._waiting[: len(steps)]
        for step in steps:
            step.is_begun = step.row.pk in begun


def is_failure(answer: Answer, result: AttemptResult) -> bool:
    """Return whether the result counts as a failure of ours or of our mail server.

    An answer that asks us to try later does not; a connection closed without an answer does.
    """
    has_hung_up = answer.is_closed and not answer.code
    return result.state in (State.FAILED, State.UNKNOWN) or answer.is_ours or has_hung_up


@dataclass
class Lane:
    issue_id: int
    lease: str
    open_carrier: Callable[[], Carrier]
    stop: StopFlag
    streak: Streak
    commits: GroupCommit = field(default_factory=GroupCommit)  # shared by all lanes of a pump
    _carrier: Carrier | None = None
    _begun: int = 0
    # The last message and its result, until the next commit records them.
    _done: tuple[ClaimedDelivery, AttemptResult] | None = field(default=None, repr=False)

    def run(self) -> None:
        """Send until told to stop or until no row is due. Runs in a thread of its own."""
        try:
            ledger.prepare_connection()
            while not self.stop and self._send_some():
                pass
        except Error:
            logger.exception("A lane of issue %s lost the database.", self.issue_id)
        except Exception as error:
            # A bug of ours, which would affect the next message as well.
            logger.exception("A lane of issue %s broke.", self.issue_id)
            self.streak.pause(f"Sending failed: {type(error).__name__}. See the log.")
            self.stop.set()
        finally:
            self.commits.leave()
            self._end()
            connection.close()

    def _send_some(self) -> bool:
        """Claim a batch and send it; return whether to go on."""
        if not self._connect():
            return False  # other lanes may be connected: some servers limit connections
        share = limits.take_share(self._batch())
        begun = self._begun
        try:
            return not self.stop.wait(share.wait) and self._send_share(share)
        finally:
            limits.give_back(replace(share, number=share.number - (self._begun - begun)))

    def _batch(self) -> int:
        """Return how many rows to claim: all lanes share what is due, so a short list uses all."""
        lanes: int = settings.SEND_WORKERS * settings.SEND_CONNECTIONS
        due = ledger.count_due(self.issue_id, most=BATCH * lanes)
        return max(1, ceil(due / lanes))

    def _send_share(self, share: Share) -> bool:
        if not share.number:
            return not limits.daily_limit_wait()
        claimed = ledger.claim_due(self.issue_id, self.lease, share.number)
        for row in limits.take_places(self.lease, claimed):
            if self.stop or not self._connect():
                ledger.release_claims(self.issue_id, self.lease)
                break
            self._send(row)
        self._record()
        return bool(claimed)

    def _send(self, row: ClaimedDelivery, *, is_again: bool = False) -> None:
        assert self._carrier is not None  # noqa: S101 (the caller has connected)
        try:
            prepared: Any = self._carrier.prepare(row) if row.address else None
        except ValueError as error:
            # Only the name of the error: its text may contain the address.
            note = f"cannot be built: {type(error).__name__}"[:200]
            failed = AttemptResult(State.FAILED, note=note)
            ledger.settle_claimed(self.lease, row, failed)
            self._count(row, failed, is_failure=True)
            return
        # If that raises, it was rolled back, and the last result is not recorded yet.
        is_begun = self.commits.begin(self.issue_id, Step(self.lease, row, self._done))
        self._done = None
        if is_begun:
            self._begun += 1
            answer = self._carrier.hand_over(prepared)
            result = result_of(answer, row.deferrals)
            self._done = (row, result)  # before take_back: if that raises, _end records it
            if answer.is_untouched and not is_again and ledger.take_back(self.lease, row):
                self._send_again(row)
            else:
                self._count(row, result, is_failure=is_failure(answer, result))
        else:
            self._pass_over(row)

    def _send_again(self, row: ClaimedDelivery) -> None:
        """Try once more: many servers hang up after some messages, and have nothing of the next."""
        self._done = None
        self._begun -= 1
        if not self.stop and self._connect():
            self._send(row, is_again=True)

    def _count(self, row: ClaimedDelivery, result: AttemptResult, *, is_failure: bool) -> None:
        failed = [row.pk] if result.state is State.FAILED else []
        self.streak.count(is_failure, f"{result.code or ''} {result.note}".strip(), failed)
        if self.streak.reason:
            self.stop.set()

    def _pass_over(self, row: ClaimedDelivery) -> None:
        """Find out why a row could not be begun, and record it."""
        if why := ledger.reason_to_skip(row):
            ledger.settle_claimed(self.lease, row, AttemptResult(State.SKIPPED, note=why))
        elif not Issue.objects.filter(pk=self.issue_id, status=Issue.Status.SENDING).exists():
            self.stop.set()
        else:
            # The lease has expired, or the reader has just changed their address.
            ledger.requeue(self.lease, [row], seconds=REQUEUE_SECONDS)

    def _connect(self) -> bool:
        """Return whether a carrier is open; records the last result before opening another."""
        if self._carrier and self._carrier.is_usable:
            return True
        self._record()
        self._close()
        try:
            self._carrier = self.open_carrier()
        except Unavailable as error:
            logger.warning("Issue %s waits for the mail server: %s", self.issue_id, error.reason)
            self.streak.count_unreachable(error.reason)
            # After 4xx, such as 421 “too busy”, it is enough to wait; no person has to act.
            if error.is_ours and not 400 <= error.code < 500:
                self.streak.pause(f"The mail server rejects us: {error.reason}")
            if self.streak.reason:
                self.stop.set()
            return False
        return True

    def _record(self) -> None:
        if self._done:
            ledger.record_result(self.lease, *self._done)
            self._done = None

    def _close(self) -> None:
        if self._carrier:
            with suppress(OSError):
                self._carrier.close()
            self._carrier = None

    def _end(self) -> None:
        """Record the last result, release the rest and close; if that fails, leases expire."""
        try:
            # Django replaces a broken connection, so that the last result is not lost with it.
            connection.close_if_unusable_or_obsolete()
            self._record()
            ledger.release_claims(self.issue_id, self.lease)
        except Error:
            logger.warning("A lane of issue %s could not give back its rows.", self.issue_id)
        self._close()
