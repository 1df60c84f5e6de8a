"""The difference between two lists of points: what an incoming file changes."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal, localcontext
from enum import StrEnum

from glossary.values.changes import Telling, telling, times_as_much
from glossary.values.numbers import LARGEST_EXPONENT, Affixes, format_number, readable_style
from glossary.values.periods import day_label
from glossary.values.points import Point, Status

PRECISION = 100  # enough to subtract 60 digits exactly
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

    @property
    def is_of_numbers(self) -> bool:
        return _numbers(self.old) != _numbers(self.new)

    @property
    def is_withdrawal(self) -> bool:
        return self.old.value is not None and self.new.value is None

    @property
    def is_of_status(self) -> bool:
        return self.old.status is not self.new.status


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
        return _largest(self.changed, lambda change: change.absolute)

    @property
    def largest_relative(self) -> PointChange | None:
        return _largest(self.changed, lambda change: change.relative)

    @property
    def withdrawn(self) -> tuple[PointChange, ...]:
        """Return the periods that are still in the file but lost their value."""
        return tuple(change for change in self.changed if change.is_withdrawal)


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
    changed = tuple(change for change in both if change.is_of_numbers)
    status_changed = tuple(change for change in both if change.is_of_status)
    is_revised = bool(changed or vanished or status_changed)
    kind = _kind(bool(old), bool(added), is_revised)
    return Difference(kind, added, changed, vanished, status_changed, len(old), len(new))


def _kind(had_any: bool, has_added: bool, is_revised: bool) -> RevisionKind:
    if is_revised:
        return RevisionKind.REVISION
    if not has_added:
        return RevisionKind.UNCHANGED
    return RevisionKind.APPEND if had_any else RevisionKind.FIRST


def _numbers(point: Point) -> tuple[Decimal | None, ...]:
    return point.value, point.low, point.high


def _largest(
    changes: Iterable[PointChange], size: Callable[[PointChange], Decimal | None]
) -> PointChange | None:
    sized = [(abs(amount), change) for change in changes if (amount := size(change)) is not None]
    return max(sized, key=lambda pair: pair[0])[1] if sized else None


def difference_text(
    difference: Difference,
    label: Callable[[date], str] = day_label,
    *,
    is_percent: bool = False,
) -> str:
    """Return the difference in one line; `label` formats a period as the series does."""
    if difference.kind is RevisionKind.UNCHANGED:
        return f"Nothing changed: {_count(difference.after, 'period')}."
    if difference.kind is RevisionKind.FIRST:
        return f"First release: {_count(difference.after, 'period')}, {_span(difference, label)}."
    said = [
        _say_added(difference, label),
        _say_changed(difference, label, is_percent),
        f"{_count(len(difference.withdrawn), 'value')} withdrawn" if difference.withdrawn else "",
        f"{_count(len(difference.vanished), 'period')} vanished" if difference.vanished else "",
        *_say_statuses(difference.status_changed),
    ]
    return f"{'; '.join(filter(None, said))}."


def _span(difference: Difference, label: Callable[[date], str]) -> str:
    first, last = difference.added[0].period, difference.added[-1].period
    return label(first) if first == last else f"{label(first)} to {label(last)}"


def _say_added(difference: Difference, label: Callable[[date], str]) -> str:
    if not difference.added:
        return ""
    count = len(difference.added)
    return f"{_count(count, 'period')} added ({_span(difference, label)})"


def _say_changed(difference: Difference, label: Callable[[date], str], is_percent: bool) -> str:
    count = len(difference.changed) - len(difference.withdrawn)
    if not count:
        return ""
    said = f"{count:,} of {_count(difference.before, 'period')} changed"
    largest = (not is_percent and difference.largest_relative) or difference.largest_absolute
    if not largest:
        return said
    return f"{said}, {'most ' if count > 1 else ''}{_say_change(largest, label, is_percent)}"


def _say_change(change: PointChange, label: Callable[[date], str], is_percent: bool) -> str:
    assert change.old.value is not None  # noqa: S101 (only changes between numbers are sized)
    assert change.new.value is not None  # noqa: S101
    said = f"{label(change.period)} from {_shown(change.old.value)} to {_shown(change.new.value)}"
    size = size_text(change, is_percent=is_percent)
    return f"{said} ({size})" if size else said


def size_text(change: PointChange, *, is_percent: bool) -> str:
    """Return how much a value changed: "+10.0%", "−2.1 percentage points", "14 times as much".

    Empty where both values say it: from or across zero, without a value or without a change.
    """
    old, new, difference = change.old.value, change.new.value, change.absolute
    if old is None or new is None or not difference:
        return ""
    match telling(old, new, is_percent=is_percent):
        case Telling.PERCENT:
            return f"{_sign(difference)}{abs(difference / old * 100):,.1f}%"
        case Telling.MULTIPLE:
            ratio = new / old
            return times_as_much(ratio) if ratio.adjusted() <= LARGEST_EXPONENT else ""
        case _:
            return _points(difference) if is_percent else ""


def _points(difference: Decimal) -> str:
    style = replace(readable_style(difference), signed=True)
    return format_number(difference, style, Affixes(suffix=" percentage points"))


def _say_statuses(changes: Sequence[PointChange]) -> list[str]:
    counts = {status: sum(change.new.status is status for change in changes) for status in Status}
    return [f"{_count(n, 'period')} now {status}" for status, n in counts.items() if n]


def _shown(value: Decimal) -> str:
    if value and not PLAIN_FROM <= value.copy_abs() < PLAIN_BELOW:
        return f"{value:.3e}".replace("-", "−")
    return f"{'−' if value < 0 else ''}{value.copy_abs():,f}"


def _sign(value: Decimal) -> str:
    return "−" if value < 0 else "+" if value else ""


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
