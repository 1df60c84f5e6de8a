"""Write how wide the letters of the bundled fonts are: `python -m tests.glossary.charts.write_widths`."""

import json

from fontTools.ttLib import TTFont

from glossary.charts.faces import EM
from glossary.charts.pictures import FONTS

FILE = FONTS / "widths.json"


def measured() -> dict[str, dict[str, int]]:
    """Return for each font the width of each letter it has, in thousandths of an em."""
    return {path.stem: _widths(TTFont(path)) for path in sorted(FONTS.glob("*.ttf"))}


def _widths(font: TTFont) -> dict[str, int]:
    em, advances = font["head"].unitsPerEm, font["hmtx"].metrics
    glyphs = sorted(font.getBestCmap().items())
    return {chr(code): round(advances[name][0] * EM / em) for code, name in glyphs}


if __name__ == "__main__":
    faces = [f'"{name}": {json.dumps(widths)}' for name, widths in measured().items()]
    FILE.write_text("{\n" + ",\n".join(faces) + "\n}\n", encoding="utf-8")
