"""Dated notes above the plot, each with a tick down to its day.

Texts are centered on their ticks, moved as far as they need to stay inside the drawing, and stacked
so that none touches another and no tick crosses a text. As with labels, what has room at a width
has room at every larger one.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import combinations, permutations, product
from math import ceil

from glossary.charts.axes import Axes
from glossary.charts.plots import DatedNote, Plot
from glossary.charts.texts import PlacedText, as_percent
from glossary.charts.ticks import GAP, Label, text_width
from glossary.values.periods import Denotes

HEADROOM = 24  # px between the notes and the plot, for the label of the highest value
ROW = 18  # px
LIFT = 5  # px from a tick up to its text
APART = 8  # px, which keep notes apart from the key above them
CLEARANCE = 4  # px between a tick and the text of another note


@dataclass(frozen=True, slots=True)
class Flag:
    """A note in place: `row` counts from the plot upward, `shift` moves the text off its tick."""

    x: float  # of the width
    note: DatedNote
    text: str
    shift: int = 0  # px
    row: int = 0

    def span(self, width: float) -> tuple[float, float]:
        """Return where the text begins and ends, in pixels from the left of the plot."""
        middle, half = self.x * width + self.shift, text_width(self.text) / 2
        return middle - half, middle + half


Flags = tuple[Flag, ...]


def flags_of(plot: Plot, axes: Axes, width: float, left: float, right: float) -> Flags:
    """Place the notes inside the drawn span for one width, in the order of their days. Texts may
    reach beyond the plot by `left` and `right` pixels."""
    placed = [
        _inside(Flag(x, note, note.text), width, left, right)
        for note in sorted(plot.notes, key=lambda note: note.day)
        if 0 <= (x := across(plot, axes, note.day)) <= 1
    ]
    return tuple(_stacked(placed, width))


def height_of(flags: Flags) -> int:
    return max((flag.row + 1 for flag in flags), default=0) * ROW + (APART if flags else 0)


def texts_of(flags: Flags) -> list[PlacedText]:
    """Return the texts. y is where the tick begins, and dy lifts the text off it."""
    return [
        PlacedText(
            as_percent(flag.x),
            str(-HEADROOM - flag.row * ROW),
            Label(flag.text),
            dx=str(flag.shift or ""),
            dy=str(-LIFT),
        )
        for flag in flags
    ]


def across(plot: Plot, axes: Axes, day: date) -> float:
    """Return where a day is. A bar for the period that ends on a day is drawn after that day."""
    if not plot.has_bars and axes.first < axes.last:
        return axes.across(day)
    moved = axes.slot if plot.denotes is Denotes.ENDING else 0
    span = (axes.last - axes.first).days + axes.slot
    days = (day - axes.first).days + moved
    return days / span if span else 0.5 + days


def _inside(flag: Flag, width: float, left: float, right: float) -> Flag:
    """Move the text into the drawing; shorten one that is wider than the whole drawing."""
    text = flag.text
    while text_width(flag.text) > left + width + right:
        text = text[:-1]
        flag = replace(flag, text=f"{text.rstrip()}…")
    start, end = flag.span(width)
    before, after = -left - start, end - width - right
    return replace(flag, shift=ceil(before) if before > 0 else -ceil(after) if after > 0 else 0)


def _stacked(flags: Sequence[Flag], width: float) -> Iterator[Flag]:
    """Put flags into as few rows as possible; of all ways, of which four notes have 256."""
    numbers, spans = range(len(flags)), [flag.span(width) for flag in flags]
    touching = [
        (i, j)
        for i, j in combinations(numbers, 2)
        if spans[i][0] < spans[j][1] + GAP and spans[j][0] < spans[i][1] + GAP
    ]
    # The tick of the first would cross the text of the second, were it below.
    crossing = [
        (i, j)
        for i, j in permutations(numbers, 2)
        if spans[j][0] - CLEARANCE < flags[i].x * width < spans[j][1] + CLEARANCE
    ]

    def faults(chosen: tuple[int, ...]) -> tuple[int, int, int, int]:
        overlaps = sum(chosen[i] == chosen[j] for i, j in touching)
        crossed = sum(chosen[i] > chosen[j] for i, j in crossing)
        return overlaps, crossed, max(chosen, default=0), sum(chosen)

    best = min(product(numbers, repeat=len(flags)), key=faults)
    return (replace(flag, row=row) for flag, row in zip(flags, best, strict=True))
