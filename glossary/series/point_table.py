"""The table of a series' values: what readers see of each number, and its digits for programs."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from glossary.series.loading import Loaded
from glossary.values.numbers import (
    BARE,
    NO_BREAK,
    NO_NUMBER,
    SCALE_WORDS,
    SCIENTIFIC_FROM,
    NumberStyle,
    affixes_for,
    decimals_of,
    digits_of,
    format_number,
    readable_decimals,
    readable_scale,
    rounded,
    split_power,
    unit_in_scale,
)
from glossary.values.points import Point, Status

LINED_UP = 2  # decimals up to which a column is aligned
MOST_PUBLISHED = 6  # more decimals come from a spreadsheet's arithmetic: 78.30000000000001
# A page with 8,336 rows weighs 1.2 MB, so a longer series shows its newest and leads to the file.
LONGEST_TABLE, NEWEST_ROWS = 250, 100
# So many rows are seen; a few more than them are not worth a press.
SEEN_ROWS, WORTH_A_PRESS = 12, 4
LONG_DIGITS = 3  # significant figures of a long number


@dataclass(frozen=True)
class Cell:
    """A number as readers see it, its digits for programs, and all digits of a long one."""

    text: str
    machine: str = ""
    full: str = ""


@dataclass(frozen=True)
class Row:
    day: date
    period: str
    value: Cell
    low: Cell | None
    high: Cell | None
    status: str


@dataclass(frozen=True)
class PointTable:
    rows: tuple[Row, ...]
    periods: int  # of the whole series
    since: date | None  # its first period
    unit: str
    sign: str  # before each number where it is read alone: "$"
    ending: str  # and after it: "%", " billion"
    has_low: bool
    has_high: bool
    has_status: bool

    @property
    def is_cut(self) -> bool:
        return self.periods > len(self.rows)

    @property
    def seen(self) -> tuple[Row, ...]:
        is_long = len(self.rows) >= SEEN_ROWS + WORTH_A_PRESS
        return self.rows[:SEEN_ROWS] if is_long else self.rows

    @property
    def folded(self) -> tuple[Row, ...]:
        return self.rows[len(self.seen) :]


def point_table(loaded: Loaded) -> PointTable:
    """Return the table of the values, newest first; of a long series only the NEWEST_ROWS.

    A long number is rounded to LONG_DIGITS, and its cell also has all digits.
    """
    count, view = len(loaded.points), loaded.view
    affixes = affixes_for(view.unit, view.short_unit, short=True)
    scale = SCALE_WORDS.get(view.scale, "")
    decimals, is_scaled = loaded.series.decimals, bool(view.scale)
    points = loaded.points[::-1][: NEWEST_ROWS if count > LONGEST_TABLE else None]
    values, lows, highs = (
        _column(points, name, decimals, is_scaled) for name in ("value", "low", "high")
    )
    rows = tuple(
        Row(
            day=point.period,
            period=view.label(point.period),
            value=value or Cell(NO_NUMBER),
            low=low,
            high=high,
            status="" if point.status is Status.FINAL else point.status.value,
        )
        for point, value, low, high in zip(points, values, lows, highs, strict=True)
    )
    return PointTable(
        rows=rows,
        periods=count,
        since=loaded.points[0].period if loaded.points else None,
        unit=unit_in_scale(view.unit, view.scale),
        sign=affixes.prefix,
        ending="%" if affixes.suffix == "%" else f"{NO_BREAK}{scale}" if scale else "",
        has_low=any(lows),
        has_high=any(highs),
        has_status=any(row.status for row in rows),
    )


def _column(
    points: tuple[Point, ...], name: str, decimals: int, is_scaled: bool
) -> tuple[Cell | None, ...]:
    numbers: list[Decimal | None] = [getattr(point, name) for point in points]
    texts = _texts([each and _as_published(each, decimals) for each in numbers])
    return tuple(
        None if number is None else _cell(number, text, is_scaled)
        for number, text in zip(numbers, texts, strict=True)
    )


def _cell(number: Decimal, exact: str, is_scaled: bool) -> Cell:
    """Return a number's cell: 17,048,399 shows as "17.0 million" and keeps its exact text."""
    scale = 0 if is_scaled else readable_scale(number)
    is_power = bool(split_power(exact)[1])
    if len(digits_of(number)) <= LONG_DIGITS or not (scale or is_power):
        return Cell(exact, str(number))
    style = NumberStyle(significant=LONG_DIGITS, scale=scale, scientific=is_power)
    return Cell(format_number(number, style), str(number), exact)


def _as_published(number: Decimal, decimals: int) -> Decimal:
    """Round digits that a computer added to the decimals of the series; programs get them all."""
    if decimals_of(number) <= MOST_PUBLISHED:
        return number
    places = decimals or LINED_UP
    return rounded(number, places) or rounded(number, readable_decimals(number))


def _texts(numbers: list[Decimal | None]) -> tuple[str, ...]:
    """Return all as digits, or all as powers of ten when one would need many zeros.

    Up to two decimals are aligned: 4.40 below 2.99. More would add digits that were not published.
    """
    known = [number for number in numbers if number]
    in_powers = any(number.adjusted() >= SCIENTIFIC_FROM for number in known)
    places = max(map(decimals_of, known), default=0)
    aligned = NumberStyle(decimals=places) if places <= LINED_UP else BARE

    def text(number: Decimal) -> str:
        powers = NumberStyle(scientific=True, significant=len(digits_of(number)))
        return format_number(number, powers if in_powers else aligned)

    return tuple(NO_NUMBER if each is None else text(each) for each in numbers)
