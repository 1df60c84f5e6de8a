"""Group commit: the lanes of a pump share the commits that they need before each hand-over.

A commit takes about as long for the rows of all lanes as for one row. So the first lane that is
ready waits for the others, but no longer than the last commit took, and commits for all of them.
"""

import threading
from time import monotonic

from newsletter.sending import ledger
from newsletter.sending.ledger import Step


class GroupCommit:
    """Records results and begins messages for all lanes of a pump. Thread-safe."""

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
