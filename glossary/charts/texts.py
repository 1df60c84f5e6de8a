"""Texts in a chart and how their positions are written."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

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


def for_widths(narrow: Sequence[PlacedText], wide: Sequence[PlacedText]) -> tuple[PlacedText, ...]:
    """Return the texts of both drawings. One that only the narrow or the wide one has ends its kind
    in "n" or "w", which the style sheet can hide."""

    def only(text: PlacedText, width: str) -> PlacedText:
        return replace(text, kind=f"{text.kind} {width}".strip())

    first = (each if each in wide else only(each, "n") for each in narrow)
    return *first, *(only(each, "w") for each in wide if each not in narrow)
