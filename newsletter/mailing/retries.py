"""When a mail that failed is tried again. Rows that wait for their mail have `next_at`, `attempts`.

A row is claimed, and that is committed, before the mail server is spoken to: so a second worker
finds nothing to do, and no mail goes out twice. If we crash in between, the row stays claimed and
its mail may be missing. That is the cheaper mistake: every single mail of ours can be asked for
again, while a second one to a person who never asked is what gets a sender reported.
"""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from enum import Enum

from django.utils import timezone

from newsletter.mailing.messages import MailError

# How long the worker has before the clock takes a row for lost.
WORKER_TIME = timedelta(minutes=2)
# After each failed attempt; after the last one a mail is given up that the reader's own server
# puts off again and again.
PAUSES = [timedelta(minutes=5), timedelta(minutes=15), timedelta(hours=1), timedelta(hours=6)]
# For a row whose letter cannot even be built.
UNBUILT_PAUSE = timedelta(hours=1)
AT_ONCE = 200  # rows one round of the clock takes up


class Outcome(Enum):
    DONE = "done"
    LATER = "later"  # and the next row would fare no better now


def next_try(error: MailError, attempts: int) -> datetime | None:
    """Return when to try again; None when it is of no use, or the mail might arrive twice."""
    # While it is our own side that fails, a row waits for as long as it is kept.
    if not error.may_retry or (attempts > len(PAUSES) and not error.is_ours):
        return None
    return timezone.now() + PAUSES[min(attempts, len(PAUSES)) - 1]


def outcome_of(error: MailError) -> Outcome:
    return Outcome.LATER if error.is_ours else Outcome.DONE


def work_off(ids: Iterable[int], handle: Callable[[int], Outcome]) -> int:
    """Handle rows until one says that the next would fare no better; return how many."""
    count = 0
    for row_id in ids:
        if handle(row_id) is Outcome.LATER:
            break
        count += 1
    return count
