"""Which numbers moved: the last step of each series against the steps it usually takes.

The measure is |last step| ÷ mean |step of the twelve before|. A step is a change in percent from
one published value to the next, or a difference where a percentage means nothing (percentages
themselves, values at or below zero). So a price index that rises half a percent after a year of
tenths comes before chip shipments that double as they always did.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import pairwise

from glossary.prose.figures.growth import WORKING, percent_change
from glossary.prose.figures.series_view import SeriesView
from glossary.values.numbers import is_percent

USUAL_STEPS = 12
RECENT_DAYS = 366
FEWEST_STEPS = 3  # before that nothing is usual


@dataclass(frozen=True, slots=True)
class Move:
    """What a series' place in the ranking depends on; `surprise` as below."""

    slug: str
    title: str
    released_on: date
    surprise: Decimal


def by_movement(moves: Iterable[Move], today: date) -> list[str]:
    """Return slugs, what moved most first, and all that stand still for a year after them."""

    def rank(move: Move) -> tuple[bool, Decimal, int, str]:
        is_old = (today - move.released_on).days > RECENT_DAYS
        return is_old, -move.surprise, -move.released_on.toordinal(), move.title

    return [move.slug for move in sorted(moves, key=rank)]


def surprise(view: SeriesView) -> Decimal:
    """Return how many usual steps the last one was; 0 where nothing is usual yet."""
    values = [p.value for p in view.visible(projected=False) if p.value is not None]
    steps = _steps(values[-USUAL_STEPS - 2 :], view)
    if len(steps) <= FEWEST_STEPS:
        return Decimal(0)
    *before, last = steps
    usual = WORKING.divide(sum(before, Decimal(0)), Decimal(len(before)))
    return WORKING.divide(last, usual) if usual else Decimal(0)


def _steps(values: list[Decimal], view: SeriesView) -> list[Decimal]:
    in_percent = not is_percent(view.unit, view.short_unit) and all(value > 0 for value in values)
    if in_percent:
        return [percent_change(old, new).copy_abs() for old, new in pairwise(values)]
    return [WORKING.subtract(new, old).copy_abs() for old, new in pairwise(values)]
