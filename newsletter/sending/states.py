"""The state that an answer leads to, and when a deferred delivery is tried again. Pure."""

from dataclasses import dataclass
from datetime import timedelta

from newsletter.mailing.smtp.answers import Answer
from newsletter.models import Delivery

State = Delivery.State

_HOUR = timedelta(hours=1)
# The pause after each deferral. A message fails after the last one, 24 hours after the first.
PAUSES = (
    timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=15), _HOUR,
    3 * _HOUR, 6 * _HOUR, 6 * _HOUR, 6 * _HOUR,
)  # fmt: skip


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
