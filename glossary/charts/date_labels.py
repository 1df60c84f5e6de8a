"""The dates below a chart: calendar dates for lines, those of the bars for bars."""

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import pairwise

from glossary.charts.axes import Axes
from glossary.charts.plots import Plot
from glossary.charts.texts import PlacedText, as_percent, for_widths
from glossary.charts.ticks import GAP, DateTick, Label, date_ticks, full_day, labels_fit, text_width
from glossary.values.periods import MONTHS, Denotes, Frequency, period_label

MOST = {False: 5, True: 9}  # labels in a narrow and in a wide chart
WIDE_PLOT = 300
YEAR_STEPS = (1, 2, 5, 10, 20, 50)
# Steps of more than a year are whole years, so they stay on the same month or quarter.
BAR_STEPS = {Frequency.MONTHLY: (3, 6, 12, 24, 60), Frequency.QUARTERLY: (2, 4, 8, 20)}
OTHER_STEPS = (2, 5, 10, 20, 50)


def date_labels(plot: Plot, axes: Axes, widths: tuple[int, ...]) -> tuple[PlacedText, ...]:
    if plot.is_compact:
        return _ends(plot, axes, widths[0])
    texts = [
        [
            PlacedText(as_percent(axes.across(tick.day)), "100%", Label(tick.text))
            for tick in _chosen(plot, axes, width)
        ]
        for width in widths
    ]
    merged = for_widths(texts[0], texts[-1])
    return tuple(sorted(merged, key=lambda each: (float(each.x[:-1]), each.label.text)))


def _ends(plot: Plot, axes: Axes, width: int) -> tuple[PlacedText, ...]:
    """Return the first and the last date, flush with the ends of the axis; without their days where
    these would touch."""
    days = axes.first, axes.last
    texts = [short_label(day, plot) for day in days]
    if sum(map(text_width, texts)) + GAP > width:
        texts = [f"{day:%b} {day.year}" for day in days]
    first = PlacedText("0%", "100%", Label(texts[0]), anchor="start")
    last = PlacedText("100%", "100%", Label(texts[1]), anchor="end")
    return (first, last) if axes.first < axes.last else (first,)


def overhang(plot: Plot, axes: Axes, widths: tuple[int, ...]) -> tuple[float, float]:
    """Return how far labels reach beyond the left and the right end of the axis, in pixels."""
    before = after = 0.0
    for width in () if plot.is_compact else widths:
        for tick in _chosen(plot, axes, width):
            half, x = text_width(tick.text) / 2, axes.across(tick.day) * width
            before, after = max(before, half - x), max(after, half + x - width)
    return before, after


def _chosen(plot: Plot, axes: Axes, width: int) -> tuple[DateTick, ...]:
    most = MOST[width >= WIDE_PLOT]
    if plot.has_bars:
        end = axes.last + timedelta(days=axes.slot)
        fitting = (
            ticks
            for ticks in _bar_choices(plot)
            if len(ticks) <= most + 3 and labels_fit(ticks, axes.first, end, width)
        )
        return next(fitting)  # the last choice is a single one, which fits
    if axes.first == axes.last:
        return (DateTick(axes.first, short_label(axes.first, plot)),)
    between = width * (axes.across(axes.last) - axes.across(axes.first))
    return date_ticks(axes.first, axes.last, between, most, plot.frequency)


def _bar_choices(plot: Plot) -> Iterator[tuple[DateTick, ...]]:
    """Yield a label for every bar, for the first of every year, for every nth bar and the last."""
    days = [point.period for point in plot.points]
    every = tuple(DateTick(day, short_label(day, plot)) for day in days)
    yield every
    # The first day of each year; the first year counts only if it starts in January.
    firsts = [day for before, day in pairwise(days) if day.year != before.year]
    firsts = [days[0], *firsts] if days[0].month == 1 else firsts
    starts = [DateTick(day, str(day.year)) for day in firsts]
    for step in YEAR_STEPS if plot.denotes is not Denotes.ENDING else ():
        chosen = tuple(tick for tick in starts if tick.day.year % step == 0)
        if len(chosen) > 1:
            yield chosen
    for step in (*BAR_STEPS.get(plot.frequency, OTHER_STEPS), len(days)):
        yield every[::-1][::step][::-1]


def short_label(day: date, plot: Plot) -> str:
    """Return a short name for a period: "Q1 2026", "May 2026", "2026", "May 1, 2026"."""
    if plot.denotes is Denotes.AROUND and plot.frequency in (Frequency.QUARTERLY, Frequency.ANNUAL):
        return period_label(day, plot.frequency)
    is_day = plot.denotes is Denotes.DAY or plot.frequency not in MONTHS
    return full_day(day) if is_day else f"{day:%b} {day.year}"
