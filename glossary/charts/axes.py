"""Axes of a chart: from dates and values to fractions of the plot, and their labels."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import pairwise

from glossary.charts import ticks
from glossary.charts.plots import Plot, bounds, valued
from glossary.charts.ticks import Label
from glossary.values.charts import ChartForm, ChartScale
from glossary.values.numbers import split_power, unit_in_scale

FLATTEST = Decimal("1E-5")  # a smaller range would need labels of a dozen digits
ALMOST_NOTHING = 2  # so few values would otherwise always span the whole height


@dataclass(frozen=True, slots=True)
class Axes:
    """Turns dates and values into fractions of the plot: 0 to 1, rightward and upward."""

    first: date
    last: date
    slot: float  # days per bar; 0 for lines
    ticks: tuple[Decimal, ...]
    labels: tuple[Label, ...]
    unit: Label
    up: Callable[[Decimal], float]
    label_of: Callable[[Decimal], Label]

    def across(self, day: date) -> float:
        span = (self.last - self.first).days + self.slot
        return ((day - self.first).days + self.slot / 2) / span if span else 0.5


def axes_of(plot: Plot) -> Axes:
    first, last = plot.points[0].period, plot.points[-1].period
    slot = _slot(plot) if plot.form is ChartForm.BAR else 0.0
    if plot.scale is ChartScale.LOG:
        return _log_axes(plot, first, last, slot)
    low, high = _linear_domain(plot)
    marked = ticks.linear_ticks(low, high)
    scale = ticks.axis_scale(marked)
    bottom, span = marked[0], marked[-1] - marked[0]
    return Axes(
        first,
        last,
        slot,
        marked,
        ticks.linear_labels(marked, scale),
        Label(*split_power(unit_in_scale(plot.unit, scale))),
        lambda value: float((value - bottom) / span),
        lambda value: ticks.value_label(value, scale),
    )


def _log_axes(plot: Plot, first: date, last: date, slot: float) -> Axes:
    numbers = bounds(plot.points)
    marked = ticks.log_ticks(min(numbers), max(numbers))
    bottom, span = log10(marked[0]), log10(marked[-1]) - log10(marked[0])
    return Axes(
        first,
        last,
        slot,
        marked,
        ticks.log_labels(marked),
        Label(f"{plot.unit} (log scale)" if plot.unit else "Log scale"),
        lambda value: (log10(value) - bottom) / span,
        lambda value: ticks.log_value_label(value, marked),
    )


def log10(value: Decimal) -> float:
    """Return the common logarithm: exact enough for pixels, much faster than Decimal.log10."""
    exponent = value.adjusted()
    return exponent + math.log10(value.scaleb(-exponent))


def _linear_domain(plot: Plot) -> tuple[Decimal, Decimal]:
    """Return the range to cover. It includes zero for bars, for values that spread over at least
    half of the largest, and when values are too few or too close to set a scale."""
    numbers = bounds(plot.points)
    low, high = min(numbers), max(numbers)
    largest = max(abs(low), abs(high))
    is_flat = high - low <= largest * FLATTEST
    is_pair = len({value for _, value, _ in valued(plot.points)}) <= ALMOST_NOTHING
    if plot.form is ChartForm.BAR or is_flat or is_pair or high - low >= largest / 2:
        low, high = min(low, Decimal(0)), max(high, Decimal(0))
    return (low, high) if low < high else (Decimal(0), Decimal(1))


def _slot(plot: Plot) -> float:
    """Return the smallest gap between two dates in days, at least 1: the room for one bar."""
    dates = [point.period for point in plot.points]
    return float(min(((b - a).days for a, b in pairwise(dates)), default=1) or 1)
