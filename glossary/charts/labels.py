"""Labels at the line: of the last value and the one that the title compares it with, the highest
and the first, as many as do not overlap.

A drawing that fills its column is laid out for the narrowest and flattest it gets. Texts keep their
size and their positions are percentages, so what has room there has room in every larger one.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from itertools import pairwise

from glossary.charts.axes import Axes
from glossary.charts.notes import across
from glossary.charts.plots import Plot, bounds, follows, has_band, has_range, valued
from glossary.charts.texts import PlacedText, as_percent
from glossary.charts.ticks import GAP, TEXT_SIZE
from glossary.values.charts import ChartForm
from glossary.values.points import Point, Status

BOLD = 1.1  # times as wide as plain text
LONG_LABEL = 44  # px
NARROW = 180  # px: about the narrowest plot
NEAR = 0.6, 0.17  # from this part of the width on, by this part of the height: labels would touch
ABOVE = 10  # px from a value up to the text on it
BELOW = ABOVE + TEXT_SIZE
ASIDE, CLOSE = 8, 12  # px to the side and down, from the end of a line that rises to the text
LEADING = 3  # px between two texts, one above the other
BESIDE = 9  # px from the last value to the text on its right
LIFT = 6  # px; a text that is moved more would seem to name another value
BUMP = 3  # px that a peak of the line may rise between a value and its text
ENDLESS = 9  # of the height: the tick of a note goes on above the plot
THIN = 0.05  # of the height: a text on a shaded range seems to be on the value
APART = 3  # px between a text and an upright line: a range, or the tick of a note


@dataclass(frozen=True, slots=True)
class Space:
    """The size of the plot in pixels, and how far labels may reach beyond its right end."""

    width: float
    height: float
    right: float = 0


VAST = Space(2000, 1000)  # larger than any drawing


@dataclass(frozen=True, slots=True)
class Box:
    """Where a text is, in pixels from the top left of the plot."""

    left: float
    right: float
    top: float
    bottom: float

    def clears(self, other: "Box", gap: float = GAP) -> frozenset[str]:
        """Return where this box is from the other: "left", "right", "above", "below"."""
        sides = {
            "left": other.left >= self.right + gap,
            "right": self.left >= other.right + gap,
            "above": other.top >= self.bottom + LEADING,
            "below": self.top >= other.bottom + LEADING,
        }
        return frozenset(side for side, is_clear in sides.items() if is_clear)


@dataclass(frozen=True, slots=True)
class Drawing:
    """What labels are placed on: the values as fractions of the plot, rightward and upward.

    `half_bar` is half the width of a bar, as a fraction of the plot; 0 for lines."""

    plot: Plot
    axes: Axes
    half_bar: float
    spots: tuple[tuple[float, float], ...]
    alone: frozenset[date]  # the days of values that no line touches
    uprights: tuple[tuple[float, float, float], ...]  # x, low and high of ranges and notes

    def extent(self, start: float, end: float) -> tuple[float, float]:
        """Return the lowest and the highest place of the line or bars from `start` to `end`."""
        reach = self.half_bar + 1e-9
        inside = [up for x, up in self.spots if start - reach <= x <= end + reach]
        if not self.half_bar:
            is_step = self.plot.form is ChartForm.STEP
            for (x, up), (after, then) in pairwise(self.spots):
                inside += [
                    up if is_step else up + (then - up) * (at - x) / (after - x)
                    for at in (start, end)
                    if x < at < after
                ]
        return min(inside, default=0), max(inside, default=0)


def drawing_of(plot: Plot, axes: Axes, half_bar: float) -> Drawing:
    known = valued(plot.points)
    spots = tuple((axes.across(day), axes.up(value)) for day, value, _ in known)
    joined = [
        {before.period, after.period}
        for before, after in pairwise(plot.points)
        if after.value is not None and follows(after, before, plot.frequency)
    ]
    alone = frozenset(() if half_bar else (day for day, _, _ in known)).difference(*joined)
    return Drawing(plot, axes, half_bar, spots, alone, tuple(_uprights(plot, axes)))


def _uprights(plot: Plot, axes: Axes) -> Iterator[tuple[float, float, float]]:
    for point in plot.points if not has_band(plot) else ():
        if point.low is not None and point.high is not None:
            yield axes.across(point.period), axes.up(point.low), axes.up(point.high)
    for note in plot.notes if not plot.is_compact else ():
        yield across(plot, axes, note.day), 0, ENDLESS


def dots_of(plot: Plot, axes: Axes) -> tuple[PlacedText, ...]:
    """Place the dots of the compared values and of the last: hollow when provisional."""
    *others, last = valued(plot.points)
    compared = (each for each in others if each[0] in plot.compared)
    return tuple(_dot(axes, *each) for each in (*compared, last))


def _dot(axes: Axes, day: date, value: Decimal, point: Point) -> PlacedText:
    kind = "end open" if point.status is Status.PROVISIONAL else "end"
    x, y = as_percent(axes.across(day)), as_percent(1 - axes.up(value))
    return PlacedText(x, y, axes.label_of(value), kind)


def direct_labels(drawing: Drawing, space: Space) -> list[PlacedText]:
    """Label the last value, then the compared, the highest and the first unless they say the same
    or overlap."""
    placed = [_last(drawing, space)]
    for kind, day, value in _others(drawing.plot):
        places = _places(drawing, space, day, value, kind)
        placed += [each for each in places if _is_free(each, placed, drawing, space)][:1]
    return placed


def _is_free(text: PlacedText, placed: list[PlacedText], drawing: Drawing, space: Space) -> bool:
    """Return whether the text says something else than those in place, and touches none and no
    upright line: it is on one side of each, however large the drawing gets."""
    near, far = box_of(text, space), box_of(text, VAST)
    return all(
        text.label != each.label
        and near.clears(box_of(each, space)) & far.clears(box_of(each, VAST))
        for each in placed
    ) and all(
        near.clears(_line(each, space), APART) & far.clears(_line(each, VAST), APART)
        for each in drawing.uprights
    )


def _line(upright: tuple[float, float, float], space: Space) -> Box:
    x, low, high = upright
    left = x * space.width
    return Box(left, left, (1 - high) * space.height, (1 - low) * space.height)


def is_above(plot: Plot, axes: Axes) -> bool:
    """Return whether the last label goes above its value, to leave the plot more room.

    It does when no value under it is as high, and on a line when it is long, close to the value and
    leaves room for the label of a compared value and for notes."""
    *others, (day, value, last) = valued(plot.points)
    if axes.last != day or any(each > value for _, each, _ in others):
        return False
    if plot.has_bars:
        return value > 0 and value == max(bounds(plot.points))
    up = axes.up(value)
    has_room = (has_band(plot) or not has_range(last)) and axes.up(_top(last)) - up < THIN
    label = axes.label_of(value)
    compared = [
        (axes.across(on), up - axes.up(each)) for on, each, _ in others if on in plot.compared
    ]
    is_near = any(x > NEAR[0] and off < NEAR[1] for x, off in compared) or any(
        x > 1 - label.width / NARROW for x, _, high in _uprights(plot, axes) if high == ENDLESS
    )
    return label.width > LONG_LABEL and bool(others) and has_room and not is_near


def _top(point: Point) -> Decimal:
    return max(number for number in (point.value, point.high) if number is not None)


def box_of(text: PlacedText, space: Space) -> Box:
    """Return the room that a label at the line takes."""
    x, y = (float(each.rstrip("%")) / 100 for each in (text.x, text.y))
    width = text.label.width * BOLD
    before = {"start": 0, "middle": width / 2, "end": width}[text.anchor]
    left = x * space.width + float(text.dx or 0) - before
    baseline = y * space.height + (4.5 if text.dy.endswith("em") else float(text.dy))
    return Box(left, left + width, baseline - TEXT_SIZE, baseline + 4)


def _last(drawing: Drawing, space: Space) -> PlacedText:
    """Put the text on the right of the value, where nothing is drawn, or above it."""
    plot, axes = drawing.plot, drawing.axes
    day, value, point = valued(plot.points)[-1]
    end, x = _dot(axes, day, value, point), axes.across(day)
    right = as_percent(min(x + drawing.half_bar, 1))
    if not is_above(plot, axes):
        return replace(end, x=right, kind="last", anchor="start", dx=str(BESIDE), dy=".35em")
    above = replace(end, y=as_percent(1 - axes.up(_top(point))), kind="above", dy=str(-ABOVE))
    is_inside = x + BOLD * end.label.width / 2 / space.width <= 1
    return replace(above, anchor="middle") if is_inside else replace(above, x=right, anchor="end")


def _others(plot: Plot) -> Iterator[tuple[str, date, Decimal]]:
    points = [(day, value) for day, value, _ in valued(plot.points)]
    compared = [("compared", *each) for each in points if each[0] in plot.compared]
    # Without the highest beside it, a compared value would pass for it.
    has_peak = compared or not plot.is_compact
    highest = [("highest", *max(points, key=lambda item: item[1]))] if has_peak else []
    for kind, day, value in (*compared, *highest, ("first", *points[0])):
        if value > 0 or not plot.has_bars:
            yield kind, day, value


def _places(
    drawing: Drawing, space: Space, day: date, value: Decimal, kind: str
) -> list[PlacedText]:
    """Return where the text of a value may be, the best place first: beside a value that no line
    touches, else above or under what is drawn there, if that is near enough to the value. A compact
    drawing, which has no labels at its left, may have a compared value's text there."""
    axes, plot = drawing.axes, drawing.plot
    x, up = axes.across(day), axes.up(value)
    at = PlacedText(as_percent(x), as_percent(1 - up), axes.label_of(value), kind, "start")
    beside = replace(at, dx=str(BESIDE), dy=".35em")
    near = [text for shift, text in _around(drawing, space, at, x, up) if shift <= LIFT]
    if day in drawing.alone:
        reach = box_of(beside, space).right / space.width
        return ([] if any(x < other <= reach for other, _ in drawing.spots) else [beside]) + near
    is_outside = plot.is_compact and kind == "compared" and not x and not drawing.half_bar
    return near or ([replace(beside, anchor="end", dx=str(-BESIDE))] if is_outside else [])


def _around(
    drawing: Drawing, space: Space, at: PlacedText, x: float, up: float
) -> list[tuple[int, PlacedText]]:
    """Return places inside the plot, each with its distance to the value: above what is drawn
    there, under it, or close under the end of a line that rises from it. It may reach beyond the
    right end, and is beside an upright line through the value."""
    wide, half, aside = BOLD * at.label.width / space.width, drawing.half_bar, ASIDE / space.width
    most = 1 + (0 if half else space.right / space.width)
    is_on = any(abs(each - x) < aside for each, _, _ in drawing.uprights)
    off = aside * is_on - half
    found: list[tuple[int, PlacedText]] = []
    for anchor, side, start in (
        ("middle", 0, x - wide / 2), ("start", 1, x + off), ("end", -1, x - off - wide),
    ):  # fmt: skip
        edge = x - side * half
        if start < 0 or start + wide > most or not 0 <= edge <= 1:
            continue
        bottom, top = drawing.extent(min(start, x), max(start + wide, x))
        rise, fall = (round(part * space.height) for part in (top - up, up - bottom))
        ends = [up, *(drawing.extent(at, at)[0] for at in (start, start + wide))]
        dx = str(side * ASIDE) if is_on and side else ""
        text = replace(at, x=as_percent(edge), anchor=anchor, dx=dx)
        if half or (top - max(ends)) * space.height <= BUMP:
            found.append((rise, replace(text, y=as_percent(1 - top), dy=str(-ABOVE))))
        if not half and bottom * space.height >= BELOW + 4:
            found.append((fall, replace(text, y=as_percent(1 - bottom), dy=str(BELOW))))
    for side, start, end in ((1, x, x + aside + wide), (-1, x - aside - wide, x)):
        is_inside = start >= 0 and end <= most and up * space.height >= CLOSE + 2 and not half
        if is_inside and drawing.extent(start, end)[0] == up:
            anchor = "start" if side > 0 else "end"
            found.append((1, replace(at, anchor=anchor, dx=str(side * ASIDE), dy=str(CLOSE))))
    return sorted(found, key=lambda each: each[0])


def beside_first(drawing: Drawing, space: Space) -> float:
    """Return how far a label reaches beyond the left end of the plot, in pixels. It takes that from
    the width, so it is placed as if the width were smaller."""
    label = drawing.axes.label_of(valued(drawing.plot.points)[0][1])
    narrower = replace(space, width=space.width - label.width * BOLD - BESIDE)
    texts = direct_labels(drawing, narrower)
    return max(0.0, *(-box_of(text, narrower).left for text in texts))
