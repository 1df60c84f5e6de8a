"""Ticks of an axis and their labels: round numbers, powers of ten, dates.

Pure. Numbers stay Decimal, because people read ticks. Widths are estimated in CSS pixels at the
chart's one text size; see `text_width`.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal, localcontext
from itertools import count, islice, pairwise

from glossary.values.numbers import (
    SCIENTIFIC_FROM,
    SMALLEST_PLAIN,
    NumberStyle,
    decimals_of,
    format_number,
    readable_decimals,
    readable_scale,
    readable_style,
    shifted,
    split_power,
)
from glossary.values.periods import MONTHS, Frequency

# The multiples of a power of ten that people count in. After Heckbert, "Nice Numbers for Graph
# Labels", Graphics Gems (1990), with 2.5 added because quarters are as easy to read.
ROUND = (Decimal(1), Decimal(2), Decimal("2.5"), Decimal(5))

# Enough digits for a range of sixty powers of ten, the widest that imports allow.
PRECISION = 150

MOST_TICKS, ENOUGH_TICKS = 6, 3
# Of the height of the data: how far a logarithmic axis goes on under it, where the label of the
# lowest value needs room, and how near above it a tick has to be to be its end.
UNDER, OVER = 0.16, 0.08

TEXT_SIZE = 13
GAP = 9  # px between two labels of an axis, at least


@dataclass(frozen=True, slots=True)
class Label:
    """A text with an optional power of ten: "5 × 10" and "26". Without one `power` is empty."""

    text: str
    power: str = ""

    @property
    def width(self) -> float:
        return text_width(self.text) + text_width(self.power) * 0.85


@dataclass(frozen=True, slots=True)
class DateTick:
    day: date
    text: str


def text_width(text: str, size: float = TEXT_SIZE) -> float:
    """Estimate the width of a text in pixels, rather too wide than too narrow.

    It is the width in DejaVu Sans, the widest sans-serif font that a reader may have.
    """
    return size * sum(_em(letter) for letter in text)


def _em(letter: str) -> float:
    if letter in " \N{NO-BREAK SPACE}.,:;'’|ijlt()·-":
        return 0.39
    if letter in "mwMW%—":
        return 0.95
    return 0.69 if letter.isupper() else 0.63


# --- numbers ---


def linear_ticks(low: Decimal, high: Decimal, most: int = MOST_TICKS) -> tuple[Decimal, ...]:
    """Return at most `most` (at least 3) round numbers, evenly spaced, from at or below `low` to
    at or above `high`. `low` must be less than `high`, by enough to be drawn."""
    if not low < high or most < 3:
        raise ValueError(f"No {most} ticks between {low} and {high}.")
    with localcontext(prec=PRECISION):
        least = (high - low) / most
        powers = count(least.adjusted())
        for step in (multiple.scaleb(power) for power in powers for multiple in ROUND):
            start, end = math.floor(low / step), math.ceil(high / step)
            if end - start < most:
                return tuple(step * number for number in range(start, end + 1))
    raise AssertionError("Steps grow without end, so one fits.")


@dataclass(frozen=True, slots=True)
class LogAxis:
    """Ticks, and both ends as common logarithms; an end may lie between ticks."""

    ticks: tuple[Decimal, ...]
    bottom: float
    top: float


def log_axis(low: Decimal, high: Decimal) -> LogAxis:
    """Return an axis of which `low` (more than 0) to `high` fill four fifths or more. Its ticks are
    1, 2 and 5 times powers of ten, or the finest series of round numbers that are not too many."""
    if low <= 0:
        raise ValueError("A logarithmic scale has no place for zero or less.")
    if high < 2 * low:
        low, high = low / 2, high * 2
    start, end = log10(low), log10(high)
    bottom, top = start - UNDER * (end - start), end + OVER * (end - start)
    within = (
        [tick for tick in ladder if bottom <= log10(tick) <= top] for ladder in _ladders(low, high)
    )
    fitting = [ticks for ticks in within if len(ticks) <= MOST_TICKS]
    ticks = next((each for each in fitting if len(each) >= ENOUGH_TICKS), max(fitting, key=len))
    return LogAxis(tuple(ticks), bottom, max(log10(ticks[-1]), end))


def _ladders(low: Decimal, high: Decimal) -> Iterator[Sequence[Decimal]]:
    """Yield series of round numbers that cover a range, finer ones first."""
    decades = range(low.adjusted() - 1, high.adjusted() + 2)
    for steps in ((1, 2, 5), (1, 3)):
        yield [Decimal(step).scaleb(power) for power in decades for step in steps]
    for stride in range(1, len(decades)):
        yield [Decimal(1).scaleb(power) for power in decades if power % stride == 0]
    yield [tick for tick in linear_ticks(low, high) if tick > 0]


def log10(value: Decimal) -> float:
    """Return the common logarithm: exact enough for pixels, much faster than Decimal.log10."""
    exponent = value.adjusted()
    return exponent + math.log10(value.scaleb(-exponent))


# --- labels of ticks ---


def axis_scale(ticks: tuple[Decimal, ...]) -> int:
    """Return the power of ten that a linear axis counts in, which its title names.

    That is 0 below a million, else millions, billions or trillions, and otherwise the power of the
    largest tick.
    """
    largest = max((abs(tick) for tick in ticks), default=Decimal(0))
    if not largest or Decimal("0.001") <= largest < Decimal("1E6"):
        return 0
    return readable_scale(largest) or largest.adjusted()


def linear_labels(
    ticks: tuple[Decimal, ...], scale: int, *, is_money: bool = False
) -> tuple[Label, ...]:
    """Format ticks in the axis's scale, all with the decimals that the finest of them needs: of
    money that is not counted in millions both of the cents."""
    counted = [shifted(tick, -scale) for tick in ticks]
    most = max(map(decimals_of, counted), default=0)
    style = NumberStyle(decimals=2 if is_money and not scale and most == 1 else most)
    return tuple(Label(format_number(tick, style)) for tick in counted)


def log_labels(ticks: tuple[Decimal, ...]) -> tuple[Label, ...]:
    """Format ticks of a logarithmic axis: 0.01, 10, 1,000, 10mn; or all as powers of ten."""
    return tuple(log_value_label(tick, ticks) for tick in ticks)


def value_label(value: Decimal, scale: int) -> Label:
    """Format a value at the line, in the axis's scale: 178.9, and 4.93 when in millions."""
    counted = shifted(value, -scale)
    decimals = readable_decimals(counted, 3 if scale else 4)
    return Label(format_number(counted, NumberStyle(decimals=decimals, trim=True)))


def whole_label(value: Decimal) -> Label:
    """Format a value that no axis title gives a scale: 178.9, 4.93mn, 5 × 10²⁶."""
    return Label(*split_power(format_number(value, readable_style(value, short=True))))


def log_value_label(value: Decimal, ticks: tuple[Decimal, ...]) -> Label:
    in_powers = min(ticks) < SMALLEST_PLAIN or max(ticks).adjusted() >= SCIENTIFIC_FROM
    if not in_powers:
        return whole_label(value)
    style = NumberStyle(significant=2, scientific=True, trim=True)
    return Label(*split_power(format_number(value, style)))


# --- dates ---

YEAR_STEPS = (1, 2, 5, 10, 20, 25, 50, 100)
MONTH_STEPS = (1, 2, 3, 6)
FINEST = MONTHS  # ticks are never closer than the periods
DAY_STEPS = (1, 2, 7, 14)
MONTHS_A_YEAR = 12
FEW_DAYS = 120  # a longer range gets ticks at months


def date_ticks(
    first: date, last: date, width: float, most: int = 9, frequency: Frequency = Frequency.IRREGULAR
) -> tuple[DateTick, ...]:
    """Return at most `most` ticks from `first` to `last`, on years, months or days: as fine as
    the labels fit on `width` pixels, and never finer than the series. If no two fit, return only
    the last day."""
    for days in _calendar(first, last, FINEST.get(frequency, 0)):
        few = tuple(islice(days, most + 1))
        if 2 <= len(few) <= most and labels_fit(ticks := _labeled(few), first, last, width):
            return ticks
    return (DateTick(last, full_day(last)),)


def labels_fit(ticks: tuple[DateTick, ...], first: date, last: date, width: float) -> bool:
    """Return whether labels centered on their dates leave a gap between each pair."""
    span = max((last - first).days, 1)
    return all(
        (right.day - left.day).days / span * width
        >= (text_width(left.text) + text_width(right.text)) / 2 + GAP
        for left, right in pairwise(ticks)
    )


def _calendar(first: date, last: date, finest: int) -> Iterator[Iterator[date]]:
    """Yield coarser and coarser sets of days between two dates, at least `finest` months apart,
    and finally only the first and the last year, then month."""
    if (last - first).days <= FEW_DAYS and not finest:
        for step in DAY_STEPS:
            # Counted from the last day, so that the newest one has a tick.
            counted = range((last - first).days // step * step, -1, -step)
            yield (last - timedelta(days=back) for back in counted)
    for step in MONTH_STEPS:
        if step >= finest:
            yield _months(first, last, step)
    for step in YEAR_STEPS:
        yield _months(first, last, step * MONTHS_A_YEAR)
    for months in (MONTHS_A_YEAR, 1):
        every = list(_months(first, last, months))
        yield iter(dict.fromkeys((*every[:1], *every[-1:])))


def _months(first: date, last: date, step: int) -> Iterator[date]:
    """Yield the first days of months whose number, counted from year 0, is a multiple of `step`."""
    since_zero = first.year * MONTHS_A_YEAR + first.month - (first.day == 1)
    number = -(-since_zero // step) * step
    while number <= last.year * MONTHS_A_YEAR + last.month - 1:
        year, month = divmod(number, MONTHS_A_YEAR)
        yield date(year, month + 1, 1)
        number += step


def _labeled(days: tuple[date, ...]) -> tuple[DateTick, ...]:
    """Name the year where it begins and at the first tick; in between only month or day."""
    by_day = any(day.day != 1 for day in days)
    has_years = days[0].year != days[-1].year

    def text(day: date, named: int) -> str:
        if by_day:
            return f"{day:%b} {day.day}" if day.year == named else full_day(day)
        if day.month == 1 and has_years:
            return str(day.year)
        return f"{day:%b}" if day.year == named else f"{day:%b} {day.year}"

    years = (0, *(day.year for day in days))
    return tuple(DateTick(day, text(day, named)) for day, named in zip(days, years, strict=False))


def full_day(day: date) -> str:
    return f"{day:%b} {day.day}, {day.year}"
