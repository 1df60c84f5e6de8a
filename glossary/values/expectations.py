"""When the next release of a series is expected, and from which day on it is due, overdue, stale.

A series' rhythm is the number of days between its releases: its own if somebody said it, else that
of its frequency.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from glossary.values.periods import Frequency

# Days between releases where no publisher promises any: four days span a long weekend.
RHYTHMS = {
    Frequency.DAILY: 4,
    Frequency.WEEKLY: 7,
    Frequency.MONTHLY: 31,
    Frequency.QUARTERLY: 92,
    Frequency.ANNUAL: 366,
    Frequency.IRREGULAR: 183,
}
# How long after the expected day a release is due before it is overdue.
GRACE = timedelta(days=7)
# Later by more rhythms than these, a series is stale.
LATE_RHYTHMS = 2
# The latest day after the end of the newest period: a file that is new to us may end years ago.
RHYTHMS_AFTER_PERIOD = 3


class State(StrEnum):
    FRESH = "fresh"
    DUE = "due"
    OVERDUE = "overdue"
    STALE = "stale"
    ENDED = "ended"

    @property
    def label(self) -> str:
        """Return the word that readers see."""
        return "Late" if self.is_late else self.value.capitalize()

    @property
    def is_late(self) -> bool:
        """Whether newer values are overdue: the one rule by which pages call a series late."""
        return self in (State.OVERDUE, State.STALE)


@dataclass(frozen=True, slots=True)
class Expectation:
    released_on: date
    expected_on: date
    rhythm: timedelta

    def state(self, today: date) -> State:
        return self._now(today)[1]

    def since(self, today: date) -> date:
        """Return the first day of the state that holds on `today`."""
        return self._now(today)[0]

    def _now(self, today: date) -> tuple[date, State]:
        late_on = self.expected_on + max(GRACE, LATE_RHYTHMS * self.rhythm + timedelta(days=1))
        states = (
            (late_on, State.STALE),
            (self.expected_on + GRACE, State.OVERDUE),
            (self.expected_on, State.DUE),
        )
        fresh = (self.released_on, State.FRESH)
        return next((each for each in states if each[0] <= today), fresh)


def next_release(
    released_on: date,
    frequency: Frequency,
    expected_days: int | None = None,
    observed_until: date | None = None,
) -> Expectation:
    """Return what is expected after a release whose newest observed period ended on a day.

    Irregular series, and releases without that day, are counted from the release alone.
    """
    usual = timedelta(days=RHYTHMS[frequency])
    rhythm = timedelta(days=expected_days) if expected_days else usual
    days = [released_on + rhythm]
    if observed_until is not None and frequency is not Frequency.IRREGULAR:
        days.append(observed_until + RHYTHMS_AFTER_PERIOD * max(usual, rhythm))
    return Expectation(released_on, min(days), rhythm)
