"""Axes of a chart: from dates and values to fractions of the plot, and their labels."""

import re
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from functools import partial
from itertools import pairwise

from glossary.charts import ticks
from glossary.charts.plots import Plot, bounds, has_band, has_range, prepared, valued
from glossary.charts.ticks import Label
from glossary.values.charts import ChartScale
from glossary.values.numbers import (
    affixes_for,
    is_percent,
    shortened,
    split_power,
    unit_in_scale,
)

FLATTEST = Decimal("1E-5")  # a smaller range would need labels of a dozen digits
SIGN_PLACE = re.compile("^\N{MINUS SIGN}?")
ALMOST_NOTHING = 2  # so few values would otherwise always span the whole height
FLAT = 4  # a linear chart that would fill less of a shared axis than one part of so many is alone

Domain = tuple[Decimal, Decimal]
Axis = tuple[ChartScale, str, str]  # scale, unit and short unit


@dataclass(frozen=True, slots=True)
class Axes:
    """Turns dates and values into fractions of the plot: 0 to 1, rightward and upward."""

    first: date
    last: date
    slot: float  # days per bar or range; 0 for other lines
    ticks: tuple[Decimal, ...]
    labels: tuple[Label, ...]
    unit: Label
    up: Callable[[Decimal], float]
    label_of: Callable[[Decimal], Label]
    note: str = ""  # where a linear axis without zero starts or ends

    def across(self, day: date) -> float:
        span = (self.last - self.first).days + self.slot
        return ((day - self.first).days + self.slot / 2) / span if span else 0.5


def axes_of(plot: Plot) -> Axes:
    first, last = plot.points[0].period, plot.points[-1].period
    slot = 0.0
    # Bars and ranges need room, also before the first: the smallest gap between two dates in days.
    if plot.has_bars or (any(map(has_range, plot.points)) and not has_band(plot)):
        gaps = ((after.period - before.period).days for before, after in pairwise(plot.points))
        slot = float(min(gaps, default=1) or 1)
    if plot.scale is ChartScale.LOG:
        return _log_axes(plot, first, last, slot)
    marked = ticks.linear_ticks(*(plot.domain or _linear_domain(plot)))
    scale = ticks.axis_scale(marked)
    sign = affixes_for(plot.unit, plot.short_unit).prefix
    labels = _signed(sign, ticks.linear_labels(marked, scale, is_money=bool(sign)))
    bottom, span = marked[0], marked[-1] - marked[0]
    note = f"Axis starts at {labels[0].text}" if marked[0] > 0 else ""
    if marked[-1] < 0:
        note = f"Axis ends at {labels[-1].text}"
    # A compact drawing has no axis title that could name the scale.
    usual = ticks.whole_label if plot.is_compact else partial(ticks.value_label, scale=scale)
    return Axes(
        first,
        last,
        slot,
        marked,
        labels,
        Label(*split_power(unit_in_scale(plot.unit, scale))),
        lambda value: float((value - bottom) / span),
        _written(plot) or usual,
        note,
    )


def _signed(sign: str, labels: tuple[Label, ...]) -> tuple[Label, ...]:
    """Put the currency's sign before the digits, as the labels at the line have it."""
    return tuple(
        replace(each, text=SIGN_PLACE.sub(lambda at: at[0] + sign, each.text, 1)) for each in labels
    )


def _log_axes(plot: Plot, first: date, last: date, slot: float) -> Axes:
    axis = ticks.log_axis(*(plot.domain or _extent(plot)))
    span, sign = axis.top - axis.bottom, affixes_for(plot.unit, plot.short_unit).prefix
    return Axes(
        first,
        last,
        slot,
        axis.ticks,
        _signed(sign, ticks.log_labels(axis.ticks)),
        Label(f"{plot.unit} (log scale)" if plot.unit else "Log scale"),
        lambda value: (ticks.log10(value) - axis.bottom) / span,
        _written(plot) or partial(ticks.log_value_label, ticks=axis.ticks),
    )


def _written(plot: Plot) -> Callable[[Decimal], Label] | None:
    """Return what labels a value as the page writes it, with short scales, if the plot can."""
    write = plot.written
    return (lambda value: Label(*split_power(shortened(write(value))))) if write else None


def with_shared_axes(plots: Sequence[Plot]) -> list[Plot]:
    """Return the plots with one domain for each unit and scale: equal heights are equal values.

    Plots keep their own domains where one of them would look flat in a shared one.
    """
    drawn = [prepared(plot) for plot in plots]
    found: dict[Axis, list[Plot]] = defaultdict(list)
    for each in drawn:
        if valued(each.points):
            found[_axis(each)].append(each)
    shared = {axis: _shared_domain(group) for axis, group in found.items()}
    return [
        replace(plot, domain=shared.get(_axis(each)))
        for plot, each in zip(plots, drawn, strict=True)
    ]


def _axis(plot: Plot) -> Axis:
    return plot.scale, plot.unit, plot.short_unit


def _shared_domain(plots: list[Plot]) -> Domain | None:
    """Return the domain for all, or None if there is one plot, or one would look flat."""
    if len(plots) < 2:
        return None
    lows, highs = zip(*map(_domain, plots), strict=True)
    low, high = min(lows), max(highs)
    # Ranges without a value do not count.
    of_values = (
        _domain(replace(plot, points=tuple(point for _, _, point in valued(plot.points))))
        for plot in plots
    )
    is_flat = any((above - below) * FLAT < high - low for below, above in of_values)
    return None if is_flat and plots[0].scale is not ChartScale.LOG else (low, high)


def _domain(plot: Plot) -> Domain:
    return _extent(plot) if plot.scale is ChartScale.LOG else _linear_domain(plot)


def _extent(plot: Plot) -> Domain:
    numbers = bounds(plot.points)
    return min(numbers), max(numbers)


def _linear_domain(plot: Plot) -> Domain:
    """Return the range to cover. It includes zero for bars, for shares, for values that spread over
    at least half of the largest, and when values are too few or too close to set a scale."""
    low, high = _extent(plot)
    largest = max(abs(low), abs(high))
    is_flat = high - low <= largest * FLATTEST
    is_pair = len({value for _, value, _ in valued(plot.points)}) <= ALMOST_NOTHING
    is_measured = plot.has_bars or is_percent(plot.unit, plot.short_unit)
    if is_measured or is_flat or is_pair or high - low >= largest / 2:
        low, high = min(low, Decimal(0)), max(high, Decimal(0))
    return (low, high) if low < high else (Decimal(0), Decimal(1))
