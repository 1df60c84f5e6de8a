"""Spans such as "1y" and "4w", and the period of a series that is a span before another."""

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from glossary.prose.figures.growth import DAYS_A_MONTH
from glossary.prose.figures.series_view import SeriesView
from glossary.prose.problems import FigureError
from glossary.values.periods import MONTHS, Frequency
from glossary.values.points import Point

SPAN = re.compile(r"([1-9][0-9]{0,3})([dwmqy])")
LETTERS = {"d": "day", "w": "week", "m": "month", "q": "quarter", "y": "year"}
MONTHS_IN = {"m": 1, "q": 3, "y": 12}
DAYS = {"d": 1, "w": 7}
LONGEST_YEARS = 500

PERIOD_DAYS = {
    Frequency.DAILY: Decimal(1),
    Frequency.WEEKLY: Decimal(7),
    **{frequency: DAYS_A_MONTH * months for frequency, months in MONTHS.items()},
}
# Markets and offices close for up to this many days, and a year ago may have been a Sunday.
CLOSED_DAYS = 3
# An irregular series has no period to halve, so the tolerance is a tenth of the span.
IRREGULAR_SHARE = 10


@dataclass(frozen=True, slots=True)
class Span:
    count: int
    letter: str

    def __str__(self) -> str:
        return f"{self.count}{self.letter}"

    @property
    def words(self) -> str:
        """The span in words: "1 year", "4 weeks"."""
        return f"{self.count} {LETTERS[self.letter]}{'' if self.count == 1 else 's'}"


def is_span(text: str) -> bool:
    return SPAN.fullmatch(text) is not None


def parse_span(text: str) -> Span:
    found = SPAN.fullmatch(text)
    if not found:
        raise FigureError(f"“{text}” is not a span; write for example 7d, 4w, 3m, 2q or 1y")
    span = Span(int(found[1]), found[2])
    if span.count * MONTHS_IN.get(span.letter, 0) > LONGEST_YEARS * 12:
        raise FigureError(f"“{text}” is longer than {LONGEST_YEARS} years")
    return span


def day_before(day: date, span: Span) -> date:
    """Return the day a span earlier. The last day of a month leads to the last day of a month."""
    try:
        if span.letter in DAYS:
            return day - timedelta(days=span.count * DAYS[span.letter])
        return months_before(day, span.count * MONTHS_IN[span.letter])
    except (ValueError, OverflowError) as error:
        raise FigureError(f"{span.words} before {day} lies before the calendar begins") from error


def months_before(day: date, months: int) -> date:
    """Return the day `months` earlier. Raises ValueError before the year 1."""
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    if year < 1:
        raise ValueError("before the year 1")
    last = monthrange(year, month + 1)[1]
    is_last = day.day == monthrange(day.year, day.month)[1]
    return date(year, month + 1, last if is_last else min(day.day, last))


def tolerance_days(span: Span, frequency: Frequency) -> Decimal:
    """Return by how many days a period may differ from the wanted day: half a period.

    There are two exceptions. A daily series has no value on holidays, so from a month on it may
    differ by three days; an irregular one may differ by a tenth of the span.
    """
    if frequency is Frequency.DAILY:
        return Decimal(CLOSED_DAYS if span.letter in MONTHS_IN else 0)
    if frequency is Frequency.IRREGULAR:
        unit = DAYS.get(span.letter) or MONTHS_IN[span.letter] * DAYS_A_MONTH
        return Decimal(span.count * unit) / IRREGULAR_SHARE
    return PERIOD_DAYS[frequency] / 2


def point_before(point: Point, points: tuple[Point, ...], span: Span, view: SeriesView) -> Point:
    """Return the point a span before; of two equally near ones the earlier.

    Raises FigureError if no period is near enough, if the nearest one has no value, and if the span
    is so short that the nearest one is the period itself.
    """
    wanted = day_before(point.period, span)
    nearest = min(points, key=lambda other: abs((other.period - wanted).days))
    if abs((nearest.period - wanted).days) > tolerance_days(span, view.frequency):
        raise FigureError(
            f"there is no period {span.words} before {view.label(point.period)}; "
            f"the nearest to that is {view.label(nearest.period)}; name another span"
        )
    if nearest.period >= point.period:
        raise FigureError(f"{span} is shorter than the time between two values; name a longer span")
    if nearest.value is None:
        raise FigureError(
            f"{view.label(nearest.period)}, {span.words} before {view.label(point.period)}, "
            "has no value; name another span"
        )
    return nearest
