"""Marks of a chart: path data in pixels. A page stretches them to fit, with strokes that stay."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from itertools import pairwise

from glossary.charts import paths
from glossary.charts.axes import Axes
from glossary.charts.paths import Spot
from glossary.charts.plots import FEW, Plot, follows, has_band, has_range, is_projected
from glossary.values.charts import ChartForm
from glossary.values.points import Point, Status

MARK_DISTANCE = 100  # tenths between two hollow marks
WIDEST_BAR, THINNEST_BAR = 480, 10  # tenths
MOST_WHISKERS = 160  # a larger mark would hide the line


@dataclass(frozen=True, slots=True)
class Marks:
    """Path data in the stretched picture; an empty one is not drawn."""

    grid: str = ""
    axis: str = ""
    band: str = ""
    whiskers: str = ""
    line: str = ""
    dashed: str = ""
    dots: str = ""
    hollow: str = ""
    bars: str = ""
    bars_hollow: str = ""
    bars_dashed: str = ""


@dataclass(frozen=True, slots=True)
class Canvas:
    """The plot in pixels; spots are in tenths of them. A picture is drawn in its own size, because
    the renderer of a PNG would stretch strokes too."""

    axes: Axes
    width: int
    height: int

    def across(self, day: date) -> int:
        return round(self.axes.across(day) * self.width * 10)

    def down(self, value: Decimal) -> int:
        return round((1 - self.axes.up(value)) * self.height * 10)


def bar_width(canvas: Canvas) -> int:
    axes = canvas.axes
    span = (axes.last - axes.first).days + axes.slot
    width = axes.slot / span * canvas.width * 10 * 0.72
    return round(min(max(width, THINNEST_BAR), WIDEST_BAR)) // 2 * 2


def marks_of(plot: Plot, canvas: Canvas, bar: int) -> Marks:
    pairs = list(zip((None, *plot.points), plot.points, strict=False))
    every = [_spot(plot, canvas, *pair) for pair in pairs if pair[1].value is not None]
    bare_points = (each for each in plot.points if each.value is None and has_range(each))
    bare = [_spot(plot, canvas, None, each) for each in bare_points]
    spots = paths.thinned(every)
    # The axis is at zero, or at the lower end where zero is not on it.
    base = canvas.down(Decimal(0)) if 0 in canvas.axes.ticks else canvas.height * 10
    rules = [] if plot.is_compact else [canvas.down(tick) for tick in canvas.axes.ticks]
    frame = Marks(
        grid=paths.rules_path((y for y in rules if y != base), canvas.width * 10),
        axis=paths.rules_path([base], canvas.width * 10),
    )
    if plot.has_bars:
        plain = [spot for spot in spots if not spot.hollow and not spot.projected]
        return replace(
            frame,
            whiskers=paths.whiskers_path([*spots, *bare]) if len(spots) <= MOST_WHISKERS else "",
            bars=paths.bars_path(plain, base, bar),
            bars_hollow=paths.bars_path((spot for spot in spots if spot.hollow), base, bar),
            bars_dashed=paths.bars_path((spot for spot in spots if spot.projected), base, bar),
        )
    is_step, is_shaded = plot.form is ChartForm.STEP, has_band(plot)
    line, dashed = paths.line_paths(spots, is_step)
    return replace(
        frame,
        band=paths.band_path(spots, is_step) if is_shaded else "",
        whiskers=paths.whiskers_path([*(paths.lone_ranges(spots) if is_shaded else spots), *bare]),
        line=line,
        dashed=dashed,
        dots=paths.dots_path(spots[:-1] if len(every) <= FEW else unconnected(spots)),
        hollow=paths.dots_path(_apart([spot for spot in spots[:-1] if spot.hollow])),
    )


def _spot(plot: Plot, canvas: Canvas, before: Point | None, point: Point) -> Spot:
    """Return where a value and its range are, or a range alone."""
    return Spot(
        x=canvas.across(point.period),
        y=0 if point.value is None else canvas.down(point.value),
        joined=follows(point, before, plot.frequency),
        dashed=is_projected(point) or (before is not None and is_projected(before)),
        projected=is_projected(point),
        hollow=point.status is Status.PROVISIONAL,
        low=None if point.low is None else canvas.down(point.low),
        high=None if point.high is None else canvas.down(point.high),
    )


def unconnected(spots: Sequence[Spot]) -> list[Spot]:
    """Return the spots that no line touches."""
    followed = {id(before) for before, spot in pairwise(spots) if spot.joined}
    return [spot for spot in spots if not spot.joined and id(spot) not in followed]


def _apart(spots: list[Spot]) -> list[Spot]:
    kept: list[Spot] = []
    for spot in spots:
        if not kept or spot.x - kept[-1].x >= MARK_DISTANCE:
            kept.append(spot)
    return kept
