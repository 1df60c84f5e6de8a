"""Path data of lines, steps, bars and bands, kept as short as possible.

Spots are in tenths of a pixel, as integers, so that relative commands add up without drift; the
text has pixels with one decimal. y grows downward, as in SVG.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby, pairwise

MOST_SPOTS = 640  # about the number of pixel columns of a chart; more spots cannot be seen
# A tiny line with round ends is a dot that stays round when stretched; one of length 0 does not in
# WebKit, which draws its ends in the units of the stretched picture.
DOT = "h.01"


@dataclass(frozen=True, slots=True)
class Spot:
    """Where an observation is drawn. `joined`: a line leads to it from the spot before."""

    x: int
    y: int
    joined: bool
    dashed: bool = False  # whether the observation or the one before is projected
    projected: bool = False
    hollow: bool = False  # provisional
    low: int | None = None
    high: int | None = None


@lru_cache(maxsize=1 << 14)  # a chart repeats the same few thousand numbers
def pixels(tenths: int) -> str:
    """Format tenths as pixels: 120 as "12", -5 as "-.5"."""
    whole, rest = divmod(abs(tenths), 10)
    text = f"{whole or ''}.{rest}" if rest else str(whole)
    return f"-{text}" if tenths < 0 else text


def joined_pixels(tenths: Iterable[int]) -> str:
    """Join numbers with spaces, except before a minus sign, which separates too."""
    return " ".join(pixels(value) for value in tenths).replace(" -", "-")


def polyline(spots: Sequence[tuple[int, int]]) -> str:
    """Draw straight from spot to spot: "M0 12l4-2.5 4 3"."""
    (x, y), *_ = spots
    deltas = [d for (a, b), (c, e) in pairwise(spots) for d in (c - a, e - b)]
    return f"M{joined_pixels((x, y))}" + (f"l{joined_pixels(deltas)}" if deltas else DOT)


def stairs(spots: Sequence[tuple[int, int]]) -> str:
    """Draw a staircase, each value until the next spot: "M0 12h4v-2.5"."""
    (x, y), *_ = spots
    treads = "".join(
        f"h{pixels(c - a)}" + (f"v{pixels(e - b)}" if e != b else "")
        for (a, b), (c, e) in pairwise(spots)
    )
    return f"M{joined_pixels((x, y))}{treads or DOT}"


def corners(spots: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return the corners of a staircase, for outlines."""
    turns = [turn for (_, b), (c, e) in pairwise(spots) for turn in ((c, b), (c, e))]
    return [spots[0], *turns]


def line_paths(spots: Sequence[Spot], is_step: bool) -> tuple[str, str]:
    """Return the solid and the dashed part of the line, each broken at gaps."""
    draw = stairs if is_step else polyline
    parts: dict[bool, list[str]] = {False: [], True: []}
    edges = [(a, b) for a, b in pairwise(spots) if b.joined]
    # A run is a chain of edges of one style.
    for run in _split(edges, lambda a, b: a[1] is not b[0] or a[1].dashed != b[1].dashed):
        chain = [run[0][0], *(end for _, end in run)]
        parts[chain[-1].dashed].append(draw([(spot.x, spot.y) for spot in chain]))
    return "".join(parts[False]), "".join(parts[True])


def _split[Item](items: Sequence[Item], parts: Callable[[Item, Item], bool]) -> list[list[Item]]:
    """Cut a row of items between each two that `parts` is true for."""
    cuts = [at for at in range(1, len(items)) if parts(items[at - 1], items[at])]
    return [list(items[start:end]) for start, end in pairwise((0, *cuts, len(items))) if items]


def band_path(spots: Sequence[Spot], is_step: bool) -> str:
    """Outline the area between low and high, broken where a bound is missing or the line breaks."""
    outlines = []
    for run in (each for each in _bounded_runs(spots) if len(each) > 1):
        top = [(spot.x, spot.high) for spot in run if spot.high is not None]
        bottom = [(spot.x, spot.low) for spot in run if spot.low is not None]
        if is_step:
            top, bottom = corners(top), corners(bottom)
        outlines.append(polyline(top + bottom[::-1]) + "z")
    return "".join(outlines)


def _bounded_runs(spots: Sequence[Spot]) -> list[list[Spot]]:
    """Return runs of joined spots with both bounds."""
    runs = _split(spots, lambda a, b: not b.joined or _has_bounds(a) != _has_bounds(b))
    return [run for run in runs if _has_bounds(run[0])]


def _has_bounds(spot: Spot) -> bool:
    return spot.low is not None and spot.high is not None


def lone_ranges(spots: Sequence[Spot]) -> list[Spot]:
    """Return the spots with both bounds that are in no band."""
    return [spot for run in _bounded_runs(spots) if len(run) == 1 for spot in run]


def whiskers_path(spots: Iterable[Spot]) -> str:
    """Draw each range as an upright line: for bars, and for `lone_ranges`."""
    return "".join(
        f"M{joined_pixels((spot.x, spot.high))}v{pixels(spot.low - spot.high)}"
        for spot in spots
        if spot.low is not None and spot.high is not None
    )


def dots_path(spots: Iterable[Spot]) -> str:
    return "".join(f"M{joined_pixels((spot.x, spot.y))}{DOT}" for spot in spots)


def bars_path(spots: Iterable[Spot], base: int, width: int) -> str:
    """Draw bars around their spots, from `base` to the value; all lengths are in tenths."""
    return "".join(
        f"M{joined_pixels((spot.x - width // 2, base))}v{pixels(spot.y - base)}h{pixels(width)}"
        f"v{pixels(base - spot.y)}z"
        for spot in spots
    )


def rules_path(heights: Iterable[int], width: int) -> str:
    """Draw the grid: horizontal lines across the whole width."""
    return "".join(f"M0 {pixels(y)}h{pixels(width)}" for y in heights)


def thinned(spots: Sequence[Spot], most: int = MOST_SPOTS) -> list[Spot]:
    """Keep the first, lowest, highest and last spot of each column of pixels.

    The line keeps every extreme and looks the same; after Jugel et al., "M4: A
    Visualization-Oriented Time Series Data Aggregation", VLDB 2014. Spots next to a gap, and those
    where solid turns into dashed, are kept too, unless they are so many that they are closer than
    pixels.
    """
    if len(spots) <= most:
        return list(spots)
    width = max(spots[-1].x - spots[0].x, 1) * 4 / most
    stretches = _split(spots, lambda a, b: not b.joined or a.dashed != b.dashed)
    return [
        spot
        for stretch in (stretches if len(stretches) <= most // 4 + 1 else [spots])
        for _, column in groupby(stretch, key=lambda spot: spot.x // width)
        for spot in _extremes(list(column))
    ]


def _extremes(column: list[Spot]) -> list[Spot]:
    by_height = sorted(range(len(column)), key=lambda index: column[index].y)
    return [column[i] for i in sorted({0, by_height[0], by_height[-1], len(column) - 1})]
