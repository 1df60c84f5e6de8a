"""What an answer makes of a delivery, and when one that was put off is tried again. Pure."""

from dataclasses import dataclass
from datetime import timedelta

from newsletter.mailing.smtp import Answer
from newsletter.models import Delivery

State = Delivery.State

_HOUR = timedelta(hours=1)
# After each deferral; after the last one a message is given up, 24 hours after the first attempt.
PAUSES = (
    timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=15), _HOUR,
    3 * _HOUR, 6 * _HOUR, 6 * _HOUR, 6 * _HOUR,
)  # fmt: skip


@dataclass(frozen=True)
class AttemptResult:
    """What one attempt comes to, as it is recorded on the row."""

    state: State
    pause: timedelta = timedelta(0)
    code: int | None = None
    enhanced: str = ""
    note: str = ""
    is_deferral: bool = False


def result_of(answer: Answer, deferrals: int) -> AttemptResult:
    """Say what a server's answer makes of a delivery that was put off `deferrals` times before.

    A refusal that is of us and not of the reader is put off too: sending pauses itself over it,
    and once a person has put that right the reader is tried again.
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


def build_failure(reason: str) -> AttemptResult:
    """One recipient whose message cannot be built fails alone."""
    return AttemptResult(State.FAILED, note=reason[:200])
