"""A lane: one connection to the mail server and one to the database, one message at a time.

Lanes are threads because they only ever wait: for a commit, then for the mail server's word. Each
begins a message in a commit of its own, so whatever kills the worker leaves at most one message a
lane of which nobody knows.
"""

import logging
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace

from django.db import Error, connection

from newsletter.mailing.smtp import Answer, Unavailable
from newsletter.models import Issue
from newsletter.sending import ledger, limits
from newsletter.sending.breaker import MOST_FAILURES_IN_ROW
from newsletter.sending.carriers import Carrier
from newsletter.sending.ledger import Row
from newsletter.sending.limits import Share
from newsletter.sending.states import State, Verdict, cannot_build, verdict
from newsletter.sending.stop_signals import Halt

logger = logging.getLogger(__name__)

# Rows a lane has in hand: few, so that others have work and little is to be put back.
BATCH = 50
# Seconds until a row is looked at anew whose reader was just moving.
PAUSE = 2


class Streak:
    """Failures in a row over all lanes of a pump. Thread-safe."""

    def __init__(self, length: int = 0) -> None:
        self._lock = threading.Lock()
        self.length = length
        self.is_shut = False  # a lane found no way out
        self.reason = ""  # why sending has to be paused

    def note(self, is_failure: bool, words: str) -> None:
        with self._lock:
            self.length = self.length + 1 if is_failure else 0
            self._judge(words)

    def note_shut(self, words: str) -> None:
        """Count that there was no way out: once for all lanes, for they knock at one door."""
        with self._lock:
            self.length += not self.is_shut
            self.is_shut = True
            self._judge(words)

    def _judge(self, words: str) -> None:
        if self.length >= MOST_FAILURES_IN_ROW:
            self.reason = f"{self.length} failures in a row; the last: {words}"[:300]

    def stop(self, reason: str) -> None:
        self.reason = reason[:300]


def is_failure(answer: Answer, became: Verdict) -> bool:
    """Tell whether twenty of these in a row say that something is wrong with us or our server.

    A server that says "later" is not; one that hangs up without a word is.
    """
    has_hung_up = answer.is_closed and not answer.code
    return became.state in (State.FAILED, State.UNKNOWN) or answer.is_ours or has_hung_up


@dataclass
class Lane:
    issue_id: int
    lease: str
    open_carrier: Callable[[], Carrier]
    halt: Halt
    streak: Streak
    _carrier: Carrier | None = None
    _begun: int = 0
    # The last message and what became of it, until the next commit records it.
    _done: tuple[Row, Verdict] | None = field(default=None, repr=False)

    def run(self) -> None:
        """Send until told to stop or nothing is due. For a thread: the connection is its own."""
        try:
            ledger.be_durable()
            while not self.halt and self._send_some():
                pass
        except Error:
            logger.exception("A lane of issue %s lost the database.", self.issue_id)
        except Exception as error:
            # A fault of ours, which the next message would meet as well.
            logger.exception("A lane of issue %s broke.", self.issue_id)
            self.streak.stop(f"Sending broke: {type(error).__name__}. The log says more.")
            self.halt.now()
        finally:
            self._end()
            connection.close()

    def _send_some(self) -> bool:
        """Claim a batch and send it; tell whether to go on."""
        if not self._connect():
            return False  # another lane may do better: some servers allow only so many at once
        share = limits.share(BATCH)
        begun = self._begun
        try:
            return not self.halt.wait(share.wait) and self._send_share(share)
        finally:
            limits.give_back(replace(share, number=share.number - (self._begun - begun)))

    def _send_share(self, share: Share) -> bool:
        if not share.number:
            return not limits.seconds_closed()
        claimed = ledger.claim(self.issue_id, self.lease, share.number)
        for row in limits.in_line(self.lease, claimed):
            if self.halt or not self._connect():
                break
            self._send(row)
        self._record()
        ledger.release(self.issue_id, self.lease)
        return bool(claimed)

    def _send(self, row: Row) -> None:
        assert self._carrier is not None  # noqa: S101 (connected before)
        try:
            prepared = self._carrier.prepare(row) if row.address else None
        except ValueError as error:
            # Of the error only the kind: its text may hold the address.
            failed = cannot_build(f"cannot be built: {type(error).__name__}")
            self._settle(row, failed)
            self._note(failed, is_failure=True)
            return
        done, self._done = self._done, None
        try:
            is_begun = ledger.step(self.issue_id, self.lease, done, row)
        except Error:
            self._done = done  # the commit was taken back, so it is still to be recorded
            raise
        if is_begun:
            self._begun += 1
            answer = self._carrier.hand_over(prepared)
            became = verdict(answer, row.deferrals)
            self._done = (row, became)
            self._note(became, is_failure=is_failure(answer, became))
        else:
            self._pass_over(row)

    def _note(self, became: Verdict, *, is_failure: bool) -> None:
        self.streak.note(is_failure, f"{became.code or ''} {became.note}".strip())
        if self.streak.reason:
            self.halt.now()

    def _pass_over(self, row: Row) -> None:
        """Find out why a row could not be begun, and say so on it."""
        if why := ledger.why_not(row):
            self._settle(row, Verdict(State.SKIPPED, note=why))
        elif not Issue.objects.filter(pk=self.issue_id, status=Issue.Status.SENDING).exists():
            self.halt.now()
        else:
            # The lease is over, or the reader has just moved: it is looked at anew.
            ledger.put_back(self.lease, [row], seconds=PAUSE)

    def _settle(self, row: Row, became: Verdict) -> None:
        ledger.settle(self.lease, row, became)

    def _connect(self) -> bool:
        """Have an open way out; what is in doubt is recorded before we wait for another."""
        if self._carrier and self._carrier.is_usable:
            return True
        self._record()
        self._close()
        try:
            self._carrier = self.open_carrier()
        except Unavailable as error:
            self._no_way_out(error)
            return False
        return True

    def _no_way_out(self, error: Unavailable) -> None:
        logger.warning("Issue %s waits for the mail server: %s", self.issue_id, error.reason)
        self.streak.note_shut(error.reason)
        # 4xx, such as 421 “too busy”, is a server that asks for patience, not for a person.
        if error.is_ours and not 400 <= error.code < 500:
            self.streak.stop(f"The mail server will not have us: {error.reason}")
        if self.streak.reason:
            self.halt.now()

    def _record(self) -> None:
        if self._done:
            ledger.record(self.lease, *self._done)
            self._done = None

    def _close(self) -> None:
        if self._carrier:
            with suppress(OSError):
                self._carrier.close()
            self._carrier = None

    def _end(self) -> None:
        """Record, give back what was not begun, say goodbye. What fails here, leases put right."""
        try:
            # A new connection where the old one broke, so that what we know is not lost with it.
            connection.close_if_unusable_or_obsolete()
            self._record()
            ledger.release(self.issue_id, self.lease)
        except Error:
            logger.warning("A lane of issue %s could not give back its rows.", self.issue_id)
        self._close()
