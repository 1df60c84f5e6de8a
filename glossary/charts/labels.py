"""Labels at the line: of the last, the highest and the first value, as many as do not overlap.

A drawing that fills its column is laid out for the narrowest and flattest it gets. Texts keep their
size and their positions are percentages, so what has room there has room in every larger one.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial

from glossary.charts.axes import Axes
from glossary.charts.plots import Plot, bounds, valued
from glossary.charts.texts import PlacedText, as_percent
from glossary.charts.ticks import GAP, TEXT_SIZE
from glossary.values.charts import ChartForm
from glossary.values.points import Status

BOLD = 1.1  # times as wide as plain text
LONG_LABEL = 44  # px
ABOVE = 10  # px from a value up to the text on it
BELOW = ABOVE + TEXT_SIZE
LEADING = 3  # px between two texts, one above the other
BESIDE = 9  # px from the last value to the text on its right
FLAT = 6  # px that a line may rise under the first text
DIP = 2  # px that it may fall above a text under it, because taller drawings have it fall further
LIFT = 12  # px; a text that was lifted more would seem to name another value


@dataclass(frozen=True, slots=True)
class Space:
    """The plot at its smallest, in pixels."""

    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Box:
    """Where a text is, in pixels from the top left of the plot."""

    left: float
    right: float
    top: float
    bottom: float

    def touches(self, other: "Box") -> bool:
        is_beside = self.left >= other.right + GAP or other.left >= self.right + GAP
        is_apart = self.top >= other.bottom + LEADING or other.top >= self.bottom + LEADING
        return not is_beside and not is_apart


def end_dot(plot: Plot, axes: Axes) -> PlacedText:
    """Place the dot of the last value: hollow when it is provisional."""
    day, value, point = valued(plot.points)[-1]
    kind = "end open" if point.status is Status.PROVISIONAL else "end"
    return PlacedText(
        as_percent(axes.across(day)), as_percent(1 - axes.up(value)), axes.label_of(value), kind
    )


def labels_for(
    plot: Plot, axes: Axes, spaces: Sequence[Space], half_bar: float
) -> tuple[PlacedText, ...]:
    """Return the labels for all widths; one that only a wide column has room for has "w" too."""
    placed = list(direct_labels(plot, axes, spaces[0], half_bar))
    kinds = {each.kind for each in placed}
    for each in direct_labels(plot, axes, spaces[-1], half_bar):
        if each.kind not in kinds and _is_free(each, placed, spaces[-1]):
            placed.append(replace(each, kind=f"{each.kind} w"))
    return tuple(placed)


def direct_labels(plot: Plot, axes: Axes, space: Space, half_bar: float) -> tuple[PlacedText, ...]:
    """Label the last value, then the highest and the first unless they say the same or overlap.

    `half_bar` is half the width of a bar, as a fraction of the plot; 0 for lines."""
    placed = [_last(plot, axes, half_bar)]
    for each in _others(plot, axes, space):
        if _is_free(each, placed, space):
            placed.append(each)
    return tuple(placed)


def _is_free(text: PlacedText, placed: list[PlacedText], space: Space) -> bool:
    """Return whether the text says something else than those in place, and touches none."""
    box = box_of(text, space)
    return all(text.label != each.label and not box.touches(box_of(each, space)) for each in placed)


def is_above(plot: Plot, axes: Axes) -> bool:
    """Return whether the last label goes above its dot, flush right, to leave the plot more room.

    It does when it is long and no value under it is as high."""
    day, value, _ = valued(plot.points)[-1]
    return (
        plot.form is not ChartForm.BAR
        and axes.label_of(value).width > LONG_LABEL
        and axes.first < day == axes.last
        and value == max(bounds(plot.points))
    )


def box_of(text: PlacedText, space: Space) -> Box:
    """Return the room that a label at the line takes."""
    x, y = (float(each.rstrip("%")) / 100 for each in (text.x, text.y))
    width = text.label.width * BOLD
    before = {"start": 0, "middle": width / 2, "end": width}[text.anchor]
    left = x * space.width + float(text.dx or 0) - before
    baseline = y * space.height + (4.5 if text.dy.endswith("em") else float(text.dy))
    return Box(left, left + width, baseline - TEXT_SIZE, baseline + 4)


def _last(plot: Plot, axes: Axes, half_bar: float) -> PlacedText:
    """Put the text on the right of the value, where nothing is drawn, or above it."""
    end = end_dot(plot, axes)
    if is_above(plot, axes):
        return replace(end, kind="above", anchor="end", dy=str(-ABOVE))
    day = valued(plot.points)[-1][0]
    x = as_percent(min(axes.across(day) + half_bar, 1))
    return replace(end, x=x, kind="last", anchor="start", dx=str(BESIDE), dy=".35em")


def _others(plot: Plot, axes: Axes, space: Space) -> Iterator[PlacedText]:
    points = valued(plot.points)
    is_bar = plot.form is ChartForm.BAR
    day, value, _ = max(points, key=lambda item: item[1])
    label, x = axes.label_of(value), axes.across(day)
    if not plot.is_compact and not (is_bar and value <= 0):
        top = as_percent(1 - axes.up(value))
        anchor = _anchor(x, BOLD * label.width / 2 / space.width)
        yield PlacedText(as_percent(x), top, label, "highest", anchor, dy=str(-ABOVE))
    if first := _first(plot, axes, space):
        yield first


def _anchor(x: float, half: float) -> str:
    return "start" if x < half else "end" if x > 1 - half else "middle"


def _first(plot: Plot, axes: Axes, space: Space) -> PlacedText | None:
    """Put the text on the first value. Where the line rises through it, a compact drawing, which
    has no labels at its left, has it there; others have it under the line if that does not fall
    into it, else lifted onto it, and leave it out where that seems to name another value."""
    day, value, _ = valued(plot.points)[0]
    is_bar = plot.form is ChartForm.BAR
    if is_bar and value <= 0:
        return None
    label, x, up = axes.label_of(value), axes.across(day), axes.up(value)
    anchor = _anchor(x, BOLD * label.width / 2 / space.width) if is_bar else "start"
    bottom, top = _extent_within(plot, axes, x + BOLD * label.width / space.width)
    rise, fall = (top - up) * space.height, (up - bottom) * space.height
    at = partial(PlacedText, as_percent(x), label=label, kind="first", anchor=anchor)
    if rise > FLAT and not is_bar and plot.is_compact:
        return replace(at(as_percent(1 - up)), anchor="end", dx=str(-BESIDE), dy=".35em")
    if rise > FLAT and fall <= DIP and not is_bar and up * space.height >= BELOW + 4:
        return at(as_percent(1 - up), dy=str(BELOW))
    return at(as_percent(1 - top), dy=str(-ABOVE)) if rise <= LIFT else None


def beside_first(plot: Plot, axes: Axes, space: Space) -> float:
    """Return how far the first label reaches beyond the left end of the plot, in pixels."""
    first = _first(plot, axes, space)
    return max(-box_of(first, space).left, 0) if first else 0


def _extent_within(plot: Plot, axes: Axes, reach: float) -> tuple[float, float]:
    """Return how low and how high the drawing gets up to `reach`, between values too."""
    spots = [(axes.across(day), axes.up(value)) for day, value, _ in valued(plot.points)]
    inside = [up for x, up in spots if x <= reach]
    beyond = next((spot for spot in spots if spot[0] > reach), None)
    if beyond and plot.form is ChartForm.LINE:
        x, up = spots[len(inside) - 1]
        inside.append(up + (beyond[1] - up) * (reach - x) / (beyond[0] - x))
    return min(inside), max(inside)
