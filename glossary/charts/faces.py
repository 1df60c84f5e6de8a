"""The bundled fonts as pictures need them measured: which letters they have, and how wide they are.

Only the tables that say so are read (OpenType 1.9: cmap format 4, hhea, hmtx, head); kerning is
left out, it makes lines shorter, never longer by much.
"""

import struct
from dataclasses import dataclass
from functools import cache

from glossary.charts.pictures import FONTS

UNICODE = 3, 1  # platform Windows, encoding Unicode BMP
MISSING = 0  # the glyph that is drawn, as a box, where a font has none


@dataclass(frozen=True, slots=True)
class Face:
    widths: dict[str, float]  # in em, of the letters it has

    def has(self, text: str) -> bool:
        return all(letter in self.widths for letter in text)

    def width(self, text: str, size: float) -> float:
        """Return the width in the unit of `size`; a letter that is missing counts as one em."""
        return size * sum(self.widths.get(letter, 1.0) for letter in text)


@cache
def sans() -> Face:
    return _read("source-sans-3-latin-400.ttf")


@cache
def bold_sans() -> Face:
    return _read("source-sans-3-latin-600.ttf")


@cache
def serif() -> Face:
    return _read("source-serif-4-latin-600.ttf")


def _read(name: str) -> Face:
    font = (FONTS / name).read_bytes()
    tables = _tables(font)
    em = _uint16(tables["head"], 18)
    advances = _advances(tables["hmtx"], _uint16(tables["hhea"], 34))
    glyphs = _glyphs(tables["cmap"])
    return Face(
        {
            chr(code): advances[min(glyph, len(advances) - 1)] / em
            for code, glyph in glyphs.items()
            if glyph != MISSING
        }
    )


def _tables(font: bytes) -> dict[str, bytes]:
    found = {}
    for index in range(_uint16(font, 4)):
        tag, _, start, length = struct.unpack_from(">4sIII", font, 12 + 16 * index)
        found[tag.decode()] = font[start : start + length]
    return found


def _advances(hmtx: bytes, count: int) -> list[int]:
    """Glyphs beyond the last one listed are as wide as it."""
    return [_uint16(hmtx, 4 * index) for index in range(count)]


def _glyphs(cmap: bytes) -> dict[int, int]:
    """Return the glyph of each character, from the segments of the format 4 table."""
    table = cmap[_unicode_table(cmap) :]
    count = _uint16(table, 6) // 2
    found: dict[int, int] = {}
    for index in range(count):
        end, start, delta, offset = (
            _uint16(table, base + 2 * index)
            for base in (14, 16 + 2 * count, 16 + 4 * count, 16 + 6 * count)
        )
        at = 16 + 6 * count + 2 * index + offset
        for code in range(start, min(end, 0xFFFE) + 1):
            glyph = _uint16(table, at + 2 * (code - start)) if offset else code
            found[code] = (glyph + delta) % 0x10000 if glyph or not offset else MISSING
    return found


def _unicode_table(cmap: bytes) -> int:
    for index in range(_uint16(cmap, 2)):
        platform, encoding, start = struct.unpack_from(">HHI", cmap, 4 + 8 * index)
        if (platform, encoding) == UNICODE:
            return int(start)
    raise ValueError("The font has no table of Unicode characters.")


def _uint16(data: bytes, at: int) -> int:
    return int(struct.unpack_from(">H", data, at)[0])
