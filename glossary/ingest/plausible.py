"""Whether an incoming file looks like more of the same, so that it needs no person's eye.

A file that mixes up units, columns or missing numbers reads without an error; what gives it away
is the size of its steps. A real step of that size is rare enough to be looked at.
"""

from collections.abc import Sequence
from decimal import Decimal, localcontext
from itertools import pairwise

from glossary.ingest.revisions import PRECISION, Change, Difference
from glossary.values.points import Point

# A number revised by more than half of itself is rather another unit than a better count.
LARGEST_REVISION = Decimal("0.5")
# So is a new number more than ten times the one before, or less than a tenth of it.
LARGEST_STEP = 10


def is_plausible(difference: Difference, points: Sequence[Point]) -> bool:
    """Tell whether nothing vanished, was withdrawn, or moved too far.

    `points` are all that come, in order of their periods.
    """
    if difference.vanished or any(_moves_too_far(change) for change in difference.changed):
        return False
    added = {point.period for point in difference.added}
    there = [point for point in points if point.value is not None]
    return not any(
        before.value is not None
        and after.value is not None
        and _is_large_step(before.value, after.value)
        for before, after in pairwise(there)
        # A number put before the first one is measured by the one that follows it.
        if {before.period, after.period} & added
    )


def _moves_too_far(change: Change) -> bool:
    old, new = change.old, change.new
    pairs = ((old.value, new.value), (old.low, new.low), (old.high, new.high))
    return any(_is_large_revision(*pair) for pair in pairs)


def _is_large_revision(old: Decimal | None, new: Decimal | None) -> bool:
    """A number that comes, goes, or leaves 0 has no relative size: it counts as large."""
    if old == new:
        return False
    if new is None or not old:
        return True
    with localcontext(prec=PRECISION):
        return abs(new - old) > LARGEST_REVISION * abs(old)


def _is_large_step(before: Decimal, after: Decimal) -> bool:
    """A step to or from 0, or across it, has no ratio between a tenth and ten."""
    if before == after:
        return False
    with localcontext(prec=PRECISION):
        small, large = sorted((abs(before), abs(after)))
        return before * after <= 0 or large > LARGEST_STEP * small
