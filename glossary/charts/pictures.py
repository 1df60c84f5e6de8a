"""Charts as standalone files: an SVG with its own colors, and the same as a PNG.

The PNG is for mail and social cards. Its renderer supports neither CSS variables nor variable
fonts, so it gets plain rules in one palette and the static faces in fonts/. It never uses a system
font, so the same plot gives the same picture everywhere. Rendering takes about 40 ms, so callers
store the result for each release.
"""

from base64 import b64encode
from dataclasses import dataclass, replace
from functools import cache
from hashlib import sha256
from pathlib import Path

import resvg_py
from django.template.loader import render_to_string
from django.utils.safestring import mark_safe

from glossary.charts.drawing import draw
from glossary.charts.plots import Plot

FONTS = Path(__file__).parent / "fonts"
WIDTH = 640
ZOOM = 2  # sharp on dense screens; mail shows it at half its size


@dataclass(frozen=True, slots=True)
class Palette:
    """The site's tokens, resolved; the same as in static/css/site.css."""

    ground: str
    ink: str
    muted: str
    line: str
    edge: str
    signal: str
    band: str  # opacity


LIGHT = Palette("#fbfaf6", "#1b1d1f", "#5a6066", "#e5e1d7", "#83888d", "#b3391f", ".16")
DARK = Palette("#121416", "#eceae4", "#a0a6ab", "#2c3034", "#6f767c", "#ff8463", ".35")

# The family names are those inside the static files, which are unmodified.
SANS = "'Source Sans 3','Source Sans 3 ExtraLight',system-ui,'Segoe UI',Arial,sans-serif"
SERIF = "'Source Serif 4',Georgia,serif"
SHAPES = (
    f"text{{font:13px {SANS}}}"
    f".headline{{font:600 19px {SERIF}}}"
    ".direct,.notes text{paint-order:stroke;stroke-width:3px;stroke-linejoin:round}"
    ".direct{font-weight:600}"
    ".none{font-weight:400}"
    ".power{font-size:11px}"
    "path{fill:none;vector-effect:non-scaling-stroke}"
    ".tick{stroke-dasharray:2 2}"
    ".line{stroke-width:2.25px;stroke-linejoin:round;stroke-linecap:round}"
    ".dashed{stroke-dasharray:3 5}"
    ".dots{stroke-width:6.5px;stroke-linecap:round}"
    ".holes{stroke-width:3px;stroke-linecap:round}"
    ".whiskers{stroke-opacity:.55;stroke-width:1.5px}"
    ".end{stroke-width:1.5px}"
)


def colors(palette: Palette) -> str:
    p = palette
    return (
        f".ground{{fill:{p.ground}}}"
        f"text{{fill:{p.muted}}}.headline,.direct{{fill:{p.ink}}}.none{{fill:{p.muted}}}"
        f".direct,.notes text,.end,.holes{{stroke:{p.ground}}}"
        f".line,.dots{{stroke:{p.signal}}}"
        f".gap{{stroke:{p.ground};stroke-width:3px}}"
        f".grid{{stroke:{p.line}}}.axis,.break,.tick{{stroke:{p.edge}}}.whiskers{{stroke:{p.ink}}}"
        f".under{{fill:{p.ground}}}.bars,.end{{fill:{p.signal}}}"
        f".band{{fill:{p.signal};fill-opacity:{p.band}}}"
        f".pale{{fill-opacity:.35}}"
        f".bars.open{{fill-opacity:.12;stroke:{p.signal};stroke-width:1.5px}}"
        f".end.open{{fill:{p.ground};stroke:{p.signal};stroke-width:2px}}"
    )


# Not in a PNG, where a line thinner than a pixel would vanish.
CRISP = ".grid,.axis{shape-rendering:crispEdges}"
STYLE = f"{SHAPES}{CRISP}{colors(LIGHT)}@media(prefers-color-scheme:dark){{{colors(DARK)}}}"


@cache
def style_source() -> str:
    """Return the style-src source that the SVG file's Content-Security-Policy must allow: the hash
    of the style inside the file (CSP Level 3, hash sources)."""
    return f"'sha256-{b64encode(sha256(STYLE.encode()).digest()).decode()}'"


def chart_svg(plot: Plot) -> str:
    """Return a chart as an SVG file, light or dark as the reader's system is."""
    style = mark_safe(STYLE)  # noqa: S308 (a constant of this module)
    return _markup(plot, style)


def chart_png(plot: Plot, zoom: int = ZOOM, palette: Palette = LIGHT) -> bytes:
    """Return a chart as a PNG file, `zoom` times as wide in pixels as the plot."""
    return rasterized(_markup(plot), SHAPES + colors(palette), zoom)


def rasterized(svg: str, style: str, zoom: int = 1) -> bytes:
    """Return an SVG as a PNG, with the bundled fonts alone."""
    data = resvg_py.svg_to_bytes(
        svg_string=svg,
        style_sheet=style,
        font_files=[str(path) for path in sorted(FONTS.glob("*.ttf"))],
        skip_system_fonts=True,
        zoom=zoom,
    )
    return bytes(data)


def _markup(plot: Plot, style: str = "") -> str:
    chart = draw(plot if plot.width else replace(plot, width=WIDTH))
    return render_to_string("glossary/chart.svg", {"chart": chart, "id": "chart", "style": style})
