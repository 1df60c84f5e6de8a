"""A word-sized line of the last values, for tables and cards; after Tufte, "Beautiful
Evidence" (2006). It has no axis: it shows the trend, and the number next to it the value."""

from dataclasses import dataclass

from glossary.charts import paths
from glossary.charts.paths import Spot
from glossary.charts.plots import Plot, follows, is_projected, prepared
from glossary.charts.ticks import log10
from glossary.values.charts import ChartForm, ChartScale
from glossary.values.numbers import is_percent
from glossary.values.periods import Frequency
from glossary.values.points import Point

WIDTH, HEIGHT = 160, 36
EDGE = 40  # tenths of pixels kept free on all sides, for the dot and the stroke
COUNT = 24
FEWEST = 6  # values; a line of fewer shows little more than that it rises or falls


@dataclass(frozen=True, slots=True)
class Sparkline:
    width: int
    height: int
    line: str = ""
    dashed: str = ""
    x: str = ""
    y: str = ""
    values: int = 0  # if they are too few to draw

    @property
    def view_box(self) -> str:
        return f"0 0 {self.width} {self.height}"


def sparkline(
    plot: Plot, count: int = COUNT, width: int = WIDTH, height: int = HEIGHT
) -> Sparkline:
    """Draw the last `count` observed points; projections only if no point was observed.

    Points are evenly spaced: at this size only their order is visible. What is not joined in the
    chart is bridged by dashes. With fewer than `FEWEST` values the drawing is empty but keeps its
    size.
    """
    drawn = prepared(plot)
    observed = [point for point in drawn.points if not is_projected(point)]
    shown = observed or list(drawn.points)
    spots = _spots(drawn, shown[-count:], width, height)
    if len(spots) < FEWEST:
        return Sparkline(width, height, values=sum(point.value is not None for point in shown))
    line, dashed = paths.line_paths(spots, plot.form is ChartForm.STEP)
    x, y = paths.pixels(spots[-1].x), paths.pixels(spots[-1].y)
    return Sparkline(width, height, line, dashed, x, y)


def _spots(plot: Plot, points: list[Point], width: int, height: int) -> list[Spot]:
    heights = _fractions(plot, points)
    across = (width * 10 - 2 * EDGE) / max(len(points) - 1, 1)
    # Between bars readers see no gap as such.
    frequency = Frequency.IRREGULAR if plot.has_bars else plot.frequency
    spots: list[Spot] = []
    for index, (point, fraction) in enumerate(zip(points, heights, strict=True)):
        if fraction is None:
            continue
        is_bridged = not follows(point, points[index - 1] if index else None, frequency)
        y = height * 10 - EDGE - round(fraction * (height * 10 - 2 * EDGE))
        x = EDGE + round(index * across)
        spots.append(Spot(x, y, joined=True, dashed=is_bridged or is_projected(point)))
    return spots


def _fractions(plot: Plot, points: list[Point]) -> list[float | None]:
    """Return heights from 0 (lowest value, or zero for shares) to 1 (highest); 0.5 when all are
    equal."""
    is_log = plot.scale is ChartScale.LOG
    measure = log10 if is_log else float
    values = [None if point.value is None else measure(point.value) for point in points]
    known = [value for value in values if value is not None]
    if is_percent(plot.unit, plot.short_unit) and not is_log:
        known.append(0)
    low = min(known, default=0)
    span = max(known, default=0) - low
    return [None if value is None else (value - low) / span if span else 0.5 for value in values]
