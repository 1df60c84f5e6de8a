"""Ranks series by movement: the last step compared with the usual steps.

The measure is |last step| ÷ mean |step of the twelve before|. A step is the change
in percent from one published value to the next, or the difference for percentages and for values at
or below zero. So a price index that rises half a percent after a year of tenths ranks above chip
shipments that double as usual.
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
FEWEST_STEPS = 3  # fewer show no usual step


@dataclass(frozen=True, slots=True)
class Move:
    """What the rank of a series depends on; `surprise` is a multiple of the usual step."""

    slug: str
    title: str
    released_on: date
    surprise: Decimal


def by_movement(moves: Iterable[Move], today: date) -> list[str]:
    """Return slugs, the largest movement first; series without a release for a year come last."""

    def rank(move: Move) -> tuple[bool, Decimal, int, str]:
        is_old = (today - move.released_on).days > RECENT_DAYS
        return is_old, -move.surprise, -move.released_on.toordinal(), move.title

    return [move.slug for move in sorted(moves, key=rank)]


def surprise(view: SeriesView) -> Decimal:
    """Return the last step as a multiple of the usual step; 0 with too few steps."""
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
