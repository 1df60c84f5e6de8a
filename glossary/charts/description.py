"""The sentences that say what a chart shows, made from its data.

They describe the picture to people who cannot see it, and appear below it for all readers.
"""

import math
from collections.abc import Iterable, Iterator
from decimal import Decimal
from itertools import pairwise

from glossary.charts.plots import (
    DatedNote,
    Plot,
    absent_periods,
    gaps,
    is_gap,
    is_projected,
    prepared,
    scale_note,
    valued,
)
from glossary.values.changes import Telling, telling, times_as_much
from glossary.values.charts import ChartScale
from glossary.values.numbers import (
    NO_AFFIXES,
    Affixes,
    NumberStyle,
    affixes_for,
    format_number,
    is_percent,
    readable_decimals,
    readable_style,
    rounded,
)
from glossary.values.periods import NOUNS, Denotes, Frequency, day_label, period_name, period_when
from glossary.values.points import Point, Status

CENTS_UNTIL = 100  # amounts of money below this show cents: $3.40
ENOUGH_FOR_STEPS = 4  # with fewer values readers see each step themselves


def describe(plot: Plot) -> str:
    return " ".join(sentences(plot))


def sentences(plot: Plot) -> list[str]:
    """Describe the first, last and extreme values, the change, and missing or provisional values.

    "From 100 in December 2000 to 178.9 in June 2025, up 79%.", …
    """
    drawn = prepared(plot)
    told = list(_sentences(drawn))
    if note := scale_note(plot):
        told.append(note)
    elif drawn.scale is ChartScale.LOG and len(valued(drawn.points)) > 1:
        told.append("The scale is logarithmic: each gridline is a multiple of the one below.")
    return told


def _sentences(plot: Plot) -> Iterator[str]:
    known = [point for _, _, point in valued(plot.points)]
    observed = [point for point in known if not is_projected(point)]
    if not known:
        yield "No value has been published yet."
        return
    yield _course(plot, observed or known, is_forecast=not observed)
    yield from _steepest(plot, observed)
    if observed:
        yield from _projection(plot, known)
    yield from _provisional(plot, observed)
    yield from _range(plot, known[-1])
    yield from _missing(plot)


def marked(notes: Iterable[DatedNote]) -> str:
    """Return the notes as a sentence: "Marked: “GPT-4 released” (March 14, 2023)."; "" for none."""
    told = "; ".join(f"“{note.text}” ({day_label(note.day)})" for note in notes)
    return f"Marked: {told}." if told else ""


# --- the course ---


def _course(plot: Plot, points: list[Point], is_forecast: bool) -> str:
    """Describe the first and last value, the change between them, and the extremes."""
    first, last = points[0], points[-1]
    if len(points) == 1:
        return f"{_at(plot, first)}, the only {'projected ' if is_forecast else ''}value so far."
    values = [_value(point) for point in points]
    if min(values) == max(values):
        span = f"from {_name(plot, first)} to {_name(plot, last)}"
        return f"{_say(plot, values[0])} throughout, {span}."
    beginning = f"From {_at(plot, first)} to {_at(plot, last)}"
    change = _change(plot, values[0], values[-1])
    note = ", all projected" if is_forecast else ""
    return f"{beginning}, {change}{note}{_extremes(plot, points)}."


def _extremes(plot: Plot, points: list[Point]) -> str:
    """Name the highest and lowest value, unless they are the first or last, already named."""
    ends = {_say(plot, _value(points[0])), _say(plot, _value(points[-1]))}
    highest, lowest = max(points, key=_value), min(points, key=_value)
    found = [
        f"the {word} {_at(plot, point)}"
        for word, point in (("highest value was", highest), ("lowest was", lowest))
        if _say(plot, _value(point)) not in ends
    ]
    return "; " + " and ".join(found) if found else ""


def _change(plot: Plot, old: Decimal, new: Decimal) -> str:
    if old == new:
        return "the same"
    direction = "up" if new > old else "down"
    in_points = is_percent(plot.unit, plot.short_unit)
    match telling(old, new, is_percent=in_points):
        case Telling.DIFFERENCE:
            size = abs(new - old)
            points = format_number(size, readable_style(size), Affixes(suffix=" percentage points"))
            return f"{direction} {points if in_points else _say(plot, size)}"
        case Telling.MULTIPLE:
            return times_as_much(new / old)
        case _:
            return f"{direction} {_percent(abs(new - old) / old * 100)}"


def _percent(percent: Decimal) -> str:
    if percent < Decimal("0.1"):
        return "less than 0.1%"
    decimals = 1 if percent < Decimal("9.95") else 0
    text = f"{rounded(percent, decimals):,f}%".replace(".0%", "%")
    return "nearly 100%" if text == "100%" and percent < 100 else text


def _steepest(plot: Plot, observed: list[Point]) -> Iterator[str]:
    """Name the largest step between neighboring values, if there are enough values."""
    steps = [
        (abs(_step(plot, a, b)), a, b)
        for a, b in pairwise(plot.points)
        if not (_is_open(a) or _is_open(b) or is_gap(a.period, b.period, plot.frequency))
    ]
    if len(observed) < ENOUGH_FOR_STEPS or not steps:
        return
    size, before, after = max(steps, key=lambda step: step[0])
    if size:
        noun = NOUNS.get(plot.frequency)
        span = f"from one {noun} to the next" if noun else "between two values"
        change = _stepped(plot, _value(before), _value(after))
        yield f"The largest change {span} came {_when(plot, after)}: {change}."


def _is_open(point: Point) -> bool:
    return point.value is None or is_projected(point)


def _stepped(plot: Plot, old: Decimal, new: Decimal) -> str:
    """Describe a step in the unit; in percent or as a multiple on a log scale."""
    if plot.scale is ChartScale.LOG or is_percent(plot.unit, plot.short_unit):
        return _change(plot, old, new)
    size = abs(new - old)
    return f"{'up' if new > old else 'down'} {_say(plot, rounded(size, readable_decimals(size)))}"


def _step(plot: Plot, before: Point, after: Point) -> Decimal:
    """Return the difference of the values, or of their logarithms on a log scale."""
    old, new = _value(before), _value(after)
    return Decimal(math.log(new / old)) if plot.scale is ChartScale.LOG else new - old


# --- provisional, uncertain and missing values ---


def _projection(plot: Plot, known: list[Point]) -> Iterator[str]:
    projected = [point for point in known if is_projected(point)]
    if len(projected) == 1:
        value = _say(plot, _value(projected[0]))
        yield f"The value for {_name(plot, projected[0])} is projected: {value}."
    elif projected:
        yield (
            f"The {len(projected)} values from {_name(plot, projected[0])} on are projected,"
            f" reaching {_at(plot, projected[-1])}."
        )


def _provisional(plot: Plot, points: list[Point]) -> Iterator[str]:
    marked = [point for point in points if point.status is Status.PROVISIONAL]
    if len(marked) == 1:
        yield f"The value for {_name(plot, marked[0])} is provisional."
    elif marked and marked == points[-len(marked) :]:
        observed = " before them" if any(map(is_projected, plot.points)) else ""
        who = "All" if len(marked) == len(points) else "The last"
        yield f"{who} {len(marked)} values{observed} are provisional."
    elif marked:
        yield f"{len(marked)} values are provisional."


def _range(plot: Plot, last: Point) -> Iterator[str]:
    if last.low is not None and last.high is not None and last.low != last.high:
        low, high = _say(plot, last.low), _say(plot, last.high)
        yield f"The {plot.interval} for {_name(plot, last)} runs from {low} to {high}."


def _missing(plot: Plot) -> Iterator[str]:
    """Name or count the periods without a value, whether they have a row or none."""
    absent = absent_periods(plot)
    missing = [point.period for point in plot.points if point.value is None] + absent
    # Of an absent period only the calendar's is known: no quarter "to May 1".
    if len(missing) == 1 and (not absent or plot.denotes is Denotes.AROUND):
        yield f"There is no value for {period_name(missing[0], plot.frequency, plot.denotes)}."
    elif missing:
        verb = "has" if len(missing) == 1 else "have"
        yield f"{len(missing)} of {len(plot.points) + len(absent)} periods {verb} no value."
    if plot.frequency is Frequency.DAILY and (found := gaps(plot)):
        before, after = max(found, key=lambda pair: pair[1] - pair[0])
        which = "is a gap" if len(found) == 1 else f"are {len(found)} gaps, the longest"
        yield f"There {which} between {day_label(before)} and {day_label(after)}."


# --- words ---


def _value(point: Point) -> Decimal:
    if point.value is None:
        raise ValueError(f"{point.period} has no value.")
    return point.value


def _say(plot: Plot, value: Decimal) -> str:
    """Return a value as the page writes it, or with its short unit: $51.2 billion, 1,400 MW."""
    if plot.written:
        return plot.written(value)
    has_unit = plot.short_unit or is_percent(plot.unit, plot.short_unit)
    affixes = affixes_for(plot.unit, plot.short_unit, short=True) if has_unit else NO_AFFIXES
    is_cents = affixes.prefix and 1 <= abs(value) < CENTS_UNTIL and value != rounded(value, 0)
    style = NumberStyle(decimals=2) if is_cents else readable_style(value)
    return format_number(value, style, affixes)


def _at(plot: Plot, point: Point) -> str:
    """Return a value and its period: "178.9 in June 2025", "$2 on May 1, 2026"."""
    return f"{_say(plot, _value(point))} {_when(plot, point)}"


def _when(plot: Plot, point: Point) -> str:
    return period_when(point.period, plot.frequency, plot.denotes)


def _name(plot: Plot, point: Point) -> str:
    return period_name(point.period, plot.frequency, plot.denotes)
