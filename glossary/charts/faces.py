"""Letters of the bundled fonts and their widths, to measure texts in pictures.

They come from `fonts/widths.json`, which a test compares with the fonts. Kerning is left out: it
makes lines shorter, never much longer.
"""

import json
from dataclasses import dataclass
from functools import cache

from glossary.charts.pictures import FONTS

EM = 1000


@dataclass(frozen=True, slots=True)
class Face:
    widths: dict[str, int]  # by letter, in thousandths of an em

    def has(self, text: str) -> bool:
        return all(letter in self.widths for letter in text)

    def width(self, text: str, size: float) -> float:
        """Return the width in the unit of `size`; a missing letter counts as one em."""
        return size * sum(self.widths.get(letter, EM) for letter in text) / EM


def sans() -> Face:
    return _faces()["source-sans-3-latin-400"]


def bold_sans() -> Face:
    return _faces()["source-sans-3-latin-600"]


def serif() -> Face:
    return _faces()["source-serif-4-latin-600"]


@cache
def _faces() -> dict[str, Face]:
    widths = json.loads((FONTS / "widths.json").read_text(encoding="utf-8"))
    return {name: Face(measured) for name, measured in widths.items()}
