"""Marks of a chart: path data in a drawing of 640 by 240 pixels that is stretched to fit."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise

from glossary.charts import paths
from glossary.charts.axes import Axes
from glossary.charts.paths import Spot
from glossary.charts.plots import Plot, is_gap, is_projected
from glossary.values.charts import ChartForm
from glossary.values.points import Point, Status

DRAWN_WIDTH, DRAWN_HEIGHT = 640, 240  # pixels; spots are in tenths of them
FEW = 12  # up to this many observations each get a mark
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


def bar_width(axes: Axes) -> int:
    span = (axes.last - axes.first).days + axes.slot
    width = axes.slot / span * DRAWN_WIDTH * 10 * 0.72
    return round(min(max(width, THINNEST_BAR), WIDEST_BAR)) // 2 * 2


def spots_of(plot: Plot, axes: Axes) -> list[Spot]:
    spots: list[Spot] = []
    before: Point | None = None
    for point in plot.points:
        if point.value is not None:
            spots.append(_spot(plot, axes, before, point, point.value))
        before = point
    return spots


def _spot(plot: Plot, axes: Axes, before: Point | None, point: Point, value: Decimal) -> Spot:
    joined = (
        before is not None
        and before.value is not None
        and not is_gap(before.period, point.period, plot.frequency)
    )
    return Spot(
        x=round(axes.across(point.period) * DRAWN_WIDTH * 10),
        y=_down(axes, value),
        joined=joined,
        dashed=is_projected(point) or (before is not None and is_projected(before)),
        projected=is_projected(point),
        hollow=point.status is Status.PROVISIONAL,
        low=None if point.low is None else _down(axes, point.low),
        high=None if point.high is None else _down(axes, point.high),
    )


def _down(axes: Axes, value: Decimal) -> int:
    return round((1 - axes.up(value)) * DRAWN_HEIGHT * 10)


def marks_of(plot: Plot, axes: Axes, every: list[Spot], bar: int) -> Marks:
    spots = paths.thinned(every)
    base = _baseline(axes)
    rules = [] if plot.is_compact else [_down(axes, tick) for tick in axes.ticks]
    grid = paths.rules_path((y for y in rules if y != base), DRAWN_WIDTH * 10)
    axis = paths.rules_path([base], DRAWN_WIDTH * 10)
    if plot.form is ChartForm.BAR:
        return _bar_marks(spots, base, bar, grid, axis)
    is_step = plot.form is ChartForm.STEP
    line, dashed = paths.line_paths(spots, is_step)
    return Marks(
        grid=grid,
        axis=axis,
        band=paths.band_path(spots, is_step),
        whiskers=paths.whiskers_path(unconnected(spots)),
        line=line,
        dashed=dashed,
        dots=paths.dots_path(spots[:-1] if len(every) <= FEW else unconnected(spots)),
        hollow=paths.dots_path(_apart([spot for spot in spots[:-1] if spot.hollow])),
    )


def _bar_marks(spots: list[Spot], base: int, width: int, grid: str, axis: str) -> Marks:
    def bars(chosen: Iterable[Spot]) -> str:
        return paths.bars_path(chosen, base, width)

    return Marks(
        grid=grid,
        axis=axis,
        whiskers=paths.whiskers_path(spots) if len(spots) <= MOST_WHISKERS else "",
        bars=bars(spot for spot in spots if not spot.hollow and not spot.projected),
        bars_hollow=bars(spot for spot in spots if spot.hollow),
        bars_dashed=bars(spot for spot in spots if spot.projected),
    )


def _baseline(axes: Axes) -> int:
    """Return the height of zero, or of the lowest tick where zero is not on the axis."""
    zero = Decimal(0)
    return _down(axes, zero if zero in axes.ticks else axes.ticks[0])


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
