"""Texts in a chart and how their positions are written."""

from dataclasses import dataclass

from glossary.charts.ticks import Label


@dataclass(frozen=True, slots=True)
class PlacedText:
    """A text with its position; x and y are printed as they are: "12.5%", "-8"; so are dx and dy,
    by which it is moved: "9", ".35em"."""

    x: str
    y: str
    label: Label
    kind: str = ""
    anchor: str = ""
    dx: str = ""
    dy: str = ""


def as_percent(fraction: float) -> str:
    return f"{round(fraction * 100, 2):g}%"
