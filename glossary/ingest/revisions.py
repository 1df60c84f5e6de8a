"""The difference between two lists of points: what a file changes, and what of it is unusual.

A file with mixed-up units, columns or missing numbers reads without an error, but its steps are
large. A real step of that size is rare, so a person can check it.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal, localcontext
from enum import StrEnum
from itertools import pairwise

from django.template.defaultfilters import pluralize

from glossary.values.changes import Telling, telling, times_as_much
from glossary.values.numbers import LARGEST_EXPONENT, Affixes, format_number, readable_style
from glossary.values.periods import day_label
from glossary.values.points import Point, Status

PRECISION = 100  # enough to subtract 60 digits exactly
# A revision by more than half is probably another unit.
LARGEST_REVISION = Decimal("0.5")
# So is a step to more than ten times or less than a tenth of the previous value.
LARGEST_STEP = 10
# Numbers beyond these are written in scientific notation.
PLAIN_FROM, PLAIN_BELOW = Decimal("0.000001"), Decimal("1e15")


class RevisionKind(StrEnum):
    FIRST = "first"
    APPEND = "append"
    REVISION = "revision"
    UNCHANGED = "unchanged"


@dataclass(frozen=True, slots=True)
class PointChange:
    """One period whose value, bounds or status differ between two releases."""

    old: Point
    new: Point

    @property
    def period(self) -> date:
        return self.new.period

    @property
    def absolute(self) -> Decimal | None:
        """Return new minus old, exact; None if either is missing."""
        if self.old.value is None or self.new.value is None:
            return None
        with localcontext(prec=PRECISION):
            return self.new.value - self.old.value

    @property
    def relative(self) -> Decimal | None:
        """Return the change as a share of the old value's size; None if that is 0 or missing."""
        difference = self.absolute
        if difference is None or not self.old.value:
            return None
        return difference / self.old.value.copy_abs()


@dataclass(frozen=True, slots=True)
class Difference:
    """All in order of their periods. A change of only the status is in status_changed."""

    kind: RevisionKind
    added: tuple[Point, ...]
    changed: tuple[PointChange, ...]
    vanished: tuple[Point, ...]
    status_changed: tuple[PointChange, ...]
    before: int
    after: int

    @property
    def largest_absolute(self) -> PointChange | None:
        sized = (change for change in self.changed if change.absolute is not None)
        return max(sized, key=lambda change: abs(change.absolute or Decimal(0)), default=None)

    @property
    def largest_relative(self) -> PointChange | None:
        sized = (change for change in self.changed if change.relative is not None)
        return max(sized, key=lambda change: abs(change.relative or Decimal(0)), default=None)

    @property
    def withdrawn(self) -> int:
        """Return how many periods are still in the file but lost their value."""
        pairs = ((change.old.value, change.new.value) for change in self.changed)
        return sum(old is not None and new is None for old, new in pairs)


def compare_points(current: Sequence[Point], incoming: Sequence[Point]) -> Difference:
    """Return the difference between current and incoming points, each one point per period.

    They may be in any order. 1.0 and 1.00 are the same number. A new number in an empty period
    counts as a change, and so does a withdrawn one.
    """
    old = {point.period: point for point in current}
    new = {point.period: point for point in incoming}
    both = [PointChange(old[period], new[period]) for period in sorted(old.keys() & new.keys())]
    added = tuple(new[period] for period in sorted(new.keys() - old.keys()))
    vanished = tuple(old[period] for period in sorted(old.keys() - new.keys()))
    changed = tuple(change for change in both if numbers_of(change.old) != numbers_of(change.new))
    status_changed = tuple(change for change in both if change.old.status != change.new.status)
    kind = RevisionKind.APPEND if old else RevisionKind.FIRST
    if changed or vanished or status_changed:
        kind = RevisionKind.REVISION
    elif not added:
        kind = RevisionKind.UNCHANGED
    return Difference(kind, added, changed, vanished, status_changed, len(old), len(new))


def numbers_of(point: Point) -> tuple[Decimal | None, ...]:
    return point.value, point.low, point.high


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


def difference_text(
    difference: Difference, label: Callable[[date], str] = day_label, *, is_percent: bool = False
) -> str:
    """Return the difference in one line; `label` formats a period as the series does."""
    periods = f"{difference.after:,} period{pluralize(difference.after)}"
    if difference.kind is RevisionKind.UNCHANGED:
        return f"Nothing changed: {periods}."
    ends = (difference.added[0], difference.added[-1]) if difference.added else ()
    span = " to ".join(dict.fromkeys(label(point.period) for point in ends))
    if difference.kind is RevisionKind.FIRST:
        return f"First release: {periods}, {span}."
    now = Counter(change.new.status for change in difference.status_changed)
    said = [
        _said(len(difference.added), "period", f"added ({span})"),
        _say_changed(difference, label, is_percent),
        _said(difference.withdrawn, "value", "withdrawn"),
        _said(len(difference.vanished), "period", "vanished"),
        *(_said(now[status], "period", f"now {status}") for status in Status),
    ]
    return f"{'; '.join(filter(None, said))}."


def _said(count: int, noun: str, what: str) -> str:
    return f"{count:,} {noun}{pluralize(count)} {what}" if count else ""


def _say_changed(difference: Difference, label: Callable[[date], str], is_percent: bool) -> str:
    if not (count := len(difference.changed) - difference.withdrawn):
        return ""
    before = difference.before
    said = f"{count:,} of {before:,} period{pluralize(before)} changed"
    change = (not is_percent and difference.largest_relative) or difference.largest_absolute
    if not change:
        return said
    assert change.old.value is not None  # noqa: S101 (only changes between numbers are sized)
    assert change.new.value is not None  # noqa: S101
    size = size_text(change, is_percent=is_percent)
    return (
        f"{said}, {'most ' if count > 1 else ''}{label(change.period)} from"
        f" {_shown(change.old.value)} to {_shown(change.new.value)}{f' ({size})' if size else ''}"
    )


def size_text(change: PointChange, *, is_percent: bool) -> str:
    """Return how much a value changed: "+10.0%", "−2.1 percentage points", "14 times as much".

    Empty where both values say it: from or across zero, without a value or without a change.
    """
    old, new, difference = change.old.value, change.new.value, change.absolute
    if old is None or new is None or not difference:
        return ""
    match telling(old, new, is_percent=is_percent):
        case Telling.PERCENT:
            return f"{'−' if difference < 0 else '+'}{abs(difference / old * 100):,.1f}%"
        case Telling.MULTIPLE:
            ratio = new / old
            return times_as_much(ratio) if ratio.adjusted() <= LARGEST_EXPONENT else ""
        case _ if is_percent:
            style = replace(readable_style(difference), signed=True)
            return format_number(difference, style, Affixes(suffix=" percentage points"))
        case _:
            return ""


def _shown(value: Decimal) -> str:
    if value and not PLAIN_FROM <= value.copy_abs() < PLAIN_BELOW:
        return f"{value:.3e}".replace("-", "−")
    return f"{'−' if value < 0 else ''}{value.copy_abs():,f}"
