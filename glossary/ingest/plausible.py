"""Finds the steps of an incoming file that a person must check.

A file with mixed-up units, columns or missing numbers reads without an error, but its steps are
large. A real step of that size is rare, so a person can check it.
"""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal, localcontext
from itertools import pairwise

from glossary.ingest.revisions import PRECISION, Difference, numbers_of
from glossary.values.points import Point

# A revision by more than half is probably another unit.
LARGEST_REVISION = Decimal("0.5")
# So is a step to more than ten times or less than a tenth of the previous value.
LARGEST_STEP = 10


def unusual_periods(difference: Difference, points: Sequence[Point]) -> list[date]:
    """Return the periods whose value was withdrawn, revised too far, or is too large a step.

    `points` are all points of the file, in order of their periods.
    """
    added = {point.period for point in difference.added}
    there = [point for point in points if point.value is not None]
    steps = {
        after.period if after.period in added else before.period
        for before, after in pairwise(there)
        # A value before the first one is compared with the value after it.
        if {before.period, after.period} & added
        and before.value is not None
        and after.value is not None
        and _is_large_step(before.value, after.value)
    }
    revised = {
        change.period
        for change in difference.changed
        if any(map(_is_large_revision, numbers_of(change.old), numbers_of(change.new)))
    }
    return sorted(steps | revised)


def _is_large_revision(old: Decimal | None, new: Decimal | None) -> bool:
    """Return whether a revision is large; without a relative size it counts as large."""
    if old == new:
        return False
    if new is None or not old:
        return True
    with localcontext(prec=PRECISION):
        return abs(new - old) > LARGEST_REVISION * abs(old)


def _is_large_step(before: Decimal, after: Decimal) -> bool:
    """Return whether a step is large; steps to, from or across 0 always are."""
    if before == after:
        return False
    with localcontext(prec=PRECISION):
        small, large = sorted((abs(before), abs(after)))
        return before * after <= 0 or large > LARGEST_STEP * small
