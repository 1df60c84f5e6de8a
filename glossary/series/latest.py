"""The newest value of a series as pages show it: figure, period and change."""

import re
from dataclasses import dataclass, replace
from decimal import Decimal

from django.utils.text import capfirst

from glossary.prose.figures.measurement import FigureKind, Measurement, measure_change, value_of
from glossary.prose.figures.series_view import SeriesView
from glossary.prose.figures.spans import day_before, parse_span, point_before
from glossary.prose.figures.syntax import Formats
from glossary.prose.figures.wording import wording
from glossary.prose.problems import FigureError
from glossary.values import numbers
from glossary.values.periods import Frequency, period_name
from glossary.values.points import Point, Status
from glossary.values.repetition import is_said

A_YEAR = parse_span("1y")
A_YEAR_GIVE_OR_TAKE = 10  # days
LONGEST_BESIDE = 3  # characters of a unit that charts repeat beside their numbers
NO_FORMATS = Formats()
WORDED = Formats(frozenset({"words"}))
MONTH = re.compile(r"^([A-Z][a-z]{2})[a-z]* (?:[0-9]+, )?([0-9]{4})$")


@dataclass(frozen=True, slots=True)
class Change:
    """The change to the latest value: "up 66%", since "Q1 2025"; `is_yearly` if that is a year."""

    text: str
    since: str
    is_yearly: bool

    @property
    def words(self) -> str:
        """Return a sentence without its period: "Up 66% in a year", "Up 3% since May 2026"."""
        return capfirst(f"{self.text} {'in a year' if self.is_yearly else f'since {self.since}'}")

    def is_said_in(self, text: str) -> bool:
        """Return whether a text has the amount and the time, as in "grew 66% in a year"."""
        return is_said(self.words.partition(" ")[2], text)

    @property
    def in_lists(self) -> str:
        """Return it on one line of a phone, its date unbroken: "Up 3.8 points since Dec 2025"."""
        since = MONTH.sub(r"\1 \2", self.since).replace(" ", numbers.NO_BREAK)
        return replace(self, since=since).words.replace("percentage points", "points")


@dataclass(frozen=True, slots=True)
class Latest(numbers.Quantity):
    """The figure in its parts, because the heading face lacks most superscripts."""

    machine: str
    period: str
    status: Status
    change: Change | None = None

    @property
    def unit_in_lists(self) -> str:
        """Return the unit without the base of an index, which the page of the series has."""
        return self.unit.partition(",")[0] if numbers.is_index(self.unit) else self.unit

    @property
    def note(self) -> str:
        """Return the status of a value that is not final, else ""."""
        return "" if self.status is Status.FINAL else self.status.value


def latest(view: SeriesView) -> Latest | None:
    """Return the newest value; a projected one only if there is no other.

    None without a value, or with one too long to print.
    """
    points = view.valued() or view.valued(projected=True)
    if not points:
        return None
    point = points[-1]
    try:
        amount = view.in_unit(value_of(point))
        text, unit = figure(amount, view, point)
    except (FigureError, numbers.UnprintableNumber):
        return None
    number, power = numbers.split_power(text)
    return Latest(
        number=number,
        power=power,
        unit=unit,
        machine=numbers.machine_text(amount),
        period=view.label(point.period),
        status=point.status,
        change=_change(points, view),
    )


def figure(amount: Decimal, view: SeriesView, point: Point) -> tuple[str, str]:
    """Return an amount in `view.unit` as figure and unit. Raises UnprintableNumber."""
    measured = Measurement(FigureKind.AMOUNT, point, amount, view.unit)
    text = wording(measured, brief_formats(amount, view), view)
    unit = numbers.affixes_for(view.unit, view.short_unit).suffix
    if not unit.startswith(" "):
        return text, view.unit if numbers.is_index(view.unit) else ""
    # The unit at the end may follow a no-break space.
    unit = unit if text.endswith(unit[1:]) else numbers.singular(unit)
    return text[: -len(unit)], unit.strip()


def amount_text(value: Decimal, view: SeriesView, point: Point) -> str:
    """Return a value as pages show it, with its unit: "$51.2 billion"."""
    number, unit = figure(view.in_unit(value), view, point)
    return f"{number} {unit}".strip()


def short_figure(amount: Decimal, view: SeriesView) -> str:
    """Return an amount in `view.unit` as `figure` writes it, with its unit where that is a sign or
    short: "$51.2 billion", "59.4%", "1,400 MW". Raises UnprintableNumber."""
    number, unit = figure(amount, view, view.points[-1])
    affixes = numbers.affixes_for(view.unit, view.short_unit, short=True)
    beside = "" if affixes.prefix or not unit else affixes.suffix.strip()
    return f"{number}{numbers.NO_BREAK}{beside}" if 0 < len(beside) <= LONGEST_BESIDE else number


def brief_formats(amount: Decimal, view: SeriesView) -> Formats:
    """Return how pages write an amount in `view.unit`: in billions, or with all its digits."""
    if view.scale or numbers.is_percent(view.unit, view.short_unit):
        return NO_FORMATS
    scale = numbers.readable_scale(amount)
    return Formats(frozenset({numbers.SHORT_SCALES[scale]})) if scale else NO_FORMATS


def _change(points: list[Point], view: SeriesView) -> Change | None:
    """Return the change over a year if there is a value then, else since the previous value."""
    earlier, is_yearly = about_a_year_before(points, view)
    earlier = earlier or (points[-2] if len(points) > 1 else None)
    if earlier is None:
        return None
    text = wording(measure_change(earlier, points[-1], view, WORDED), WORDED, view)
    return Change(text, since_text(earlier, view), is_yearly)


def about_a_year_before(points: list[Point], view: SeriesView) -> tuple[Point | None, bool]:
    """Return the point a year before the last one or None, and whether that is a year: in irregular
    series it may be off by a few days."""
    last = points[-1]
    try:
        earlier = point_before(last, tuple(points), A_YEAR, view)
    except FigureError:
        return None, False
    off = abs((earlier.period - day_before(last.period, A_YEAR)).days)
    return earlier, view.frequency is not Frequency.IRREGULAR or off <= A_YEAR_GIVE_OR_TAKE


def since_text(earlier: Point, view: SeriesView) -> str:
    return period_name(earlier.period, view.frequency, view.denotes)
