"""What happened to a series last, and how unusual it is: one measure for all lists and proposals.

The measure is |last step| ÷ mean |step of the twelve before|. A step is told as pages tell it: in
percent from one published value to the next, or as the difference for percentages and for values at
or below zero. So a price index that rises half a percent after a year of tenths ranks above chip
shipments that double as usual. A revision of the newest value is measured against the same steps,
and told as a revision.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import pairwise

from django.utils.text import capfirst

from glossary.prose.figures.growth import WORKING, percent_change
from glossary.prose.figures.measurement import measure_change, value_of
from glossary.prose.figures.series_view import SeriesView
from glossary.prose.figures.wording import wording
from glossary.series.latest import WORDED, amount_text, since_text
from glossary.values.numbers import format_number, is_percent

USUAL_STEPS = 12
# News of a month rank before those of a quarter, a year and longer ago.
RECENT_DAYS = (31, 92, 366)
FEWEST_STEPS = 3  # fewer show no usual step
UNUSUAL = 2  # times the usual step
TOO_FEW = "too few values to say what is usual"


@dataclass(frozen=True, slots=True)
class Movement:
    """The last change in words, and how unusual it is.

    `surprise` is a multiple of the usual step, None with too few; `how` says it: "2.3 times its
    usual step".
    """

    change: str
    surprise: Decimal | None
    how: str
    is_revision: bool = False

    @property
    def is_unusual(self) -> bool:
        return self.surprise is not None and self.surprise >= UNUSUAL

    @property
    def words(self) -> str:
        """Return "Up 12% since Q1 2026, 2.3 times its usual step"."""
        return capfirst(", ".join(filter(None, [self.change, self.how])))


@dataclass(frozen=True, slots=True)
class Move:
    """A series to rank: its newest release, and its last movement if it has any."""

    slug: str
    release_id: int
    released_on: date
    movement: Movement | None


def by_movement(moves: Iterable[Move], today: date) -> list[str]:
    """Return the slugs by age of the release in RECENT_DAYS, then by size of the movement.

    Ties are broken by the newest release, never by name.
    """

    def rank(move: Move) -> tuple[int, bool, Decimal, int]:
        age = sum((today - move.released_on).days > days for days in RECENT_DAYS)
        surprise = move.movement.surprise if move.movement else None
        return age, surprise is None, -(surprise or Decimal(0)), -move.release_id

    return [move.slug for move in sorted(moves, key=rank)]


def last_movement(view: SeriesView, revised_from: Decimal | None = None) -> Movement | None:
    """Return the step to the newest value, or its revision; None with fewer than two values.

    `revised_from` is what the newest value was before the newest release, if that changed it.
    """
    points = view.valued()
    values = [value_of(point) for point in points]
    pairs = list(pairwise(values[-USUAL_STEPS - 2 :]))
    if points and revised_from is not None:
        *usual, size = step_sizes([*pairs, (revised_from, values[-1])], view)
        point = points[-1]
        old, new = (amount_text(value, view, point) for value in (revised_from, values[-1]))
        change = f"revised from {old} to {new} for {view.label(point.period)}"
        return Movement(change, *_compared(usual, size), True)
    steps = step_sizes(pairs, view)
    if not steps:
        return None
    text = wording(measure_change(points[-2], points[-1], view, WORDED), WORDED, view)
    change = f"{text} since {since_text(points[-2], view)}"
    return Movement(change, *_compared(steps[:-1], steps[-1]))


def _compared(usual: list[Decimal], step: Decimal) -> tuple[Decimal | None, str]:
    """Return a step as a multiple of the mean of the usual ones, and in words.

    After values that never changed a change counts as much as twelve usual steps.
    """
    if len(usual) < FEWEST_STEPS:
        return None, TOO_FEW
    recent = usual[-USUAL_STEPS:]
    mean = WORKING.divide(sum(recent, Decimal(0)), Decimal(len(recent)))
    if not mean and step:
        return Decimal(USUAL_STEPS), "its first change in a long time"
    multiple = WORKING.divide(step, mean) if mean else Decimal(0)
    return multiple, f"{times_text(multiple)} its usual step" if step else ""


def times_text(multiple: Decimal) -> str:
    return f"{format_number(multiple.quantize(Decimal('0.1'))).removesuffix('.0')} times"


def step_sizes(steps: Iterable[tuple[Decimal, Decimal]], view: SeriesView) -> list[Decimal]:
    """Return the size of each step (from, to), all in percent or all as stored differences."""
    steps = list(steps)
    if in_percent(steps, view):
        return [percent_change(old, new).copy_abs() for old, new in steps]
    return [WORKING.subtract(new, old).copy_abs() for old, new in steps]


def in_percent(steps: Iterable[tuple[Decimal, Decimal]], view: SeriesView) -> bool:
    above_zero = all(value > 0 for step in steps for value in step)
    return above_zero and not is_percent(view.unit, view.short_unit)
