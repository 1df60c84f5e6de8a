"""The value of a figure: its period and its measure."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Context, Decimal
from enum import Enum, auto

from glossary.prose.figures import growth
from glossary.prose.figures.named_periods import NamedPeriod, matching_positions
from glossary.prose.figures.series_view import SeriesView
from glossary.prose.figures.spans import day_before, point_before
from glossary.prose.figures.syntax import Figure, Formats
from glossary.prose.problems import FigureError
from glossary.values.changes import Telling, telling
from glossary.values.numbers import EXACT, check_size, is_percent, machine_text
from glossary.values.points import Point

MOST_LISTED = 4
# Computed values have this many digits: far more than is shown, few enough to store.
KEPT = Context(prec=12)
MONTHS_FROM_DAYS = 60
YEARS_FROM_MONTHS = 36


class FigureKind(Enum):
    AMOUNT = auto()
    DIFFERENCE = auto()
    RANGE = auto()
    PERCENT = auto()  # a change
    GROWTH = auto()  # a change told as a multiple
    RATE = auto()  # percent a year
    MULTIPLE = auto()
    DURATION = auto()
    PERIOD = auto()


@dataclass(frozen=True, slots=True)
class Measurement:
    """The measured value, in `unit`, and the earlier end of what is measured between two points.

    `value` is None for a date; `upper` is set for a range only.
    """

    kind: FigureKind
    point: Point
    value: Decimal | None = None
    unit: str = ""
    since: date | None = None
    upper: Decimal | None = None

    @property
    def machine(self) -> str:
        """Return it for a program: digits, an ISO date, or low/high. Raises UnprintableNumber."""
        if self.value is None:
            return self.point.period.isoformat()
        return "/".join(machine_text(each) for each in (self.value, self.upper) if each is not None)


def measure_figure(figure: Figure, view: SeriesView) -> Measurement:
    """Return the figure's value. Raises FigureError or UnprintableNumber."""
    point = _checked(_point(figure, view), view)
    match figure.measure:
        case "date":
            return Measurement(FigureKind.PERIOD, point)
        case "low" | "high" as side:
            bound: Decimal | None = getattr(point, side)
            if bound is None:
                label = view.label(point.period)
                raise FigureError(f"{label} has no {side} bound; leave out “{side}”")
            return _amount(point, bound, view)
        case "range":
            return _range(point, view)
        case "change" | "ratio":
            return _compared(figure, point, view)
        case "cagr":
            return _yearly(figure, point, view)
        case "doubling-time":
            return _doubling(figure, point, view)
        case _:
            return _amount(point, value_of(point), view)


def value_of(point: Point) -> Decimal:
    """Return the value. Raises FigureError if it is missing or not finite."""
    if point.value is None or not point.value.is_finite():
        raise FigureError(f"there is no number for {point.period}")
    return point.value


def _point(figure: Figure, view: SeriesView) -> Point:
    if figure.named_period:
        return _point_at(figure.named_period, figure, view)
    valued = view.valued(projected=figure.projected)
    if not valued:
        wish = "; write | projected for its projections" if view.valued(projected=True) else ""
        raise FigureError(f"the series has no value yet{wish}")
    match figure.place:
        case "first":
            return valued[0]
        case "min":
            return min(valued, key=value_of)
        case "max":
            return max(valued, key=value_of)
        case _:
            return valued[-1]


def _point_at(named: NamedPeriod, figure: Figure, view: SeriesView) -> Point:
    periods = [point.period for point in view.points]
    positions = matching_positions(named, periods, view.frequency, view.denotes)
    found = [view.points[index] for index in positions]
    valued = view.valued(projected=figure.projected)
    usable = [point for point in found if point in valued]
    if len(usable) == 1:
        return usable[0]
    if usable:
        more = len(usable) - MOST_LISTED
        listed = _listed(usable[:MOST_LISTED], view) + (f" and {more} more" if more > 0 else "")
        why = f"has {len(usable)} values ({listed}); name one of them"
    elif any(point.value is not None for point in found):
        why = "is a projection; write | projected to show it"
    else:
        why = "has no value there" if found else "is not a period of the series"
        after = bisect_right(valued, named.end, key=lambda point: point.period)
        near = _listed(valued[max(0, after - 1) : after + 1], view)
        why += f"; the nearest with a value: {near}" if near else ""
    raise FigureError(f"{named.text} {why}")


def _listed(points: Sequence[Point], view: SeriesView) -> str:
    return ", ".join(f"{view.label(point.period)} (at {point.period})" for point in points)


def _checked(point: Point, view: SeriesView) -> Point:
    """Return the point, or raise UnprintableNumber before anything computes with its value."""
    if point.value is not None:
        view.in_unit(point.value)
    return point


def _amount(point: Point, value: Decimal, view: SeriesView) -> Measurement:
    return Measurement(FigureKind.AMOUNT, point, view.in_unit(value), view.unit)


def _range(point: Point, view: SeriesView) -> Measurement:
    if point.low is None or point.high is None:
        raise FigureError(f"{view.label(point.period)} has no range; leave out “range”")
    low, high = view.in_unit(point.low), view.in_unit(point.high)
    return Measurement(FigureKind.RANGE, point, low, view.unit, upper=high)


def _earlier(figure: Figure, point: Point, view: SeriesView) -> Point:
    """Return the point a span before; without a span the first one."""
    if figure.span is None:
        return _checked(view.valued(projected=figure.projected)[0], view)
    visible = view.visible(projected=figure.projected)
    return _checked(point_before(point, visible, figure.span, view), view)


def _compared(figure: Figure, point: Point, view: SeriesView) -> Measurement:
    earlier = _earlier(figure, point, view)
    if figure.measure == "ratio":
        times = growth.ratio(value_of(earlier), value_of(point))
        return Measurement(FigureKind.MULTIPLE, point, KEPT.plus(times), "times", earlier.period)
    if figure.absolute:
        return _difference(earlier, point, view)
    return measure_change(earlier, point, view, figure.formats)


def measure_change(earlier: Point, point: Point, view: SeriesView, formats: Formats) -> Measurement:
    """Measure the change between two points as `telling` says.

    “pct” asks for percent always. With “nounit” the editor wrote the unit, which must not change
    with a release: it is percent, and points in a series of percentages.
    """
    old, new = value_of(earlier), value_of(point)
    in_points = is_percent(view.unit, view.short_unit)
    told = telling(old, new, is_percent=in_points)
    if "pct" in formats or ("nounit" in formats and not in_points):
        told = Telling.PERCENT
    match told:
        case Telling.DIFFERENCE:
            return _difference(earlier, point, view)
        case Telling.MULTIPLE:
            times = KEPT.plus(growth.ratio(old, new))
            return Measurement(FigureKind.GROWTH, point, times, "times", earlier.period)
        case _:
            percent = KEPT.plus(growth.percent_change(old, new))
            return Measurement(FigureKind.PERCENT, point, percent, "percent", earlier.period)


def _difference(earlier: Point, point: Point, view: SeriesView) -> Measurement:
    gap = view.in_unit(EXACT.subtract(value_of(point), value_of(earlier)))
    return Measurement(FigureKind.DIFFERENCE, point, gap, view.unit, earlier.period)


def _yearly(figure: Figure, point: Point, view: SeriesView) -> Measurement:
    earlier = _earlier(figure, point, view)
    years = growth.years_between(earlier.period, point.period, view.frequency)
    if years < 1:
        raise FigureError(
            f"from {view.label(earlier.period)} to {view.label(point.period)} is less than a "
            "year, too short for a yearly rate; write “change” with a span"
        )
    rate = KEPT.plus(growth.annual_growth(value_of(earlier), value_of(point), years))
    return Measurement(FigureKind.RATE, point, rate, "percent a year", earlier.period)


def _doubling(figure: Figure, point: Point, view: SeriesView) -> Measurement:
    start = day_before(point.period, figure.span) if figure.span else date.min
    valued = view.valued(projected=figure.projected)
    fitted = [each for each in valued if start <= each.period <= point.period]
    values = [check_size(value_of(each)) for each in fitted]
    days = growth.doubling_days([each.period.toordinal() for each in fitted], values)
    # In the unit that people use for such a time.
    length, unit = days, "days"
    if days >= YEARS_FROM_MONTHS * growth.DAYS_A_MONTH:
        length, unit = growth.WORKING.divide(days, growth.DAYS_A_YEAR), "years"
    elif days >= MONTHS_FROM_DAYS:
        length, unit = growth.WORKING.divide(days, growth.DAYS_A_MONTH), "months"
    return Measurement(FigureKind.DURATION, point, KEPT.plus(length), unit, fitted[0].period)
