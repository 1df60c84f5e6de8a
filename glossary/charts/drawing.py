"""Geometry of charts: from a Plot to everything that templates/glossary/chart.svg prints.

A plot has two drawings. In a page it fills its column: marks are in a nested picture that is
stretched both ways while its strokes are not, and texts are placed by percentages at one size, so
no label ever shrinks and one drawing fits every screen. Margins come from a few classes, in steps
of 8 px. Where a wide column has room for more dates than a phone, the drawing has both sets and the
style sheet shows one. With `Plot.width` it is a picture of that many pixels, with title and source
inside, made of the same parts.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from glossary.charts import paths
from glossary.charts.axes import Axes, axes_of, with_shared_axes
from glossary.charts.date_labels import date_labels, overhang
from glossary.charts.description import marked, sentences
from glossary.charts.labels import (
    BESIDE,
    BOLD,
    Space,
    beside_first,
    direct_labels,
    dots_of,
    drawing_of,
    is_above,
)
from glossary.charts.marks import Canvas, Marks, bar_width, marks_of
from glossary.charts.notes import HEADROOM, ROW, Flags, flags_of, height_of, texts_of
from glossary.charts.plots import Plot, has_band, has_range, prepared, valued
from glossary.charts.texts import PlacedText, as_percent, for_widths
from glossary.charts.ticks import TEXT_SIZE, Label, text_width
from glossary.values.points import Status

# All lengths are in CSS pixels at the usual size of labels.
NARROWEST = 250  # the column of a 320 px phone, inside a card
WIDE = 480  # from this width on the style sheet shows the wide set of dates; see charts.css
MARGIN_STEP = 8
MOST_STEPS = 12  # the number of margin classes in the style sheet
BRIEF = 2  # sentences that a page shows of the description before a reader asks for more
FOOT = 28  # below the plot, for dates
PADDING = 16  # around a picture
TITLE_SIZE, TITLE_ROW = 19, 25

LEAST_PLOT = 80
FLATTEST, FLATTEST_COMPACT = 120, 46  # heights of the plot in a page; see charts.css

Line = tuple[str, Label]  # a kind and a text


@dataclass(frozen=True, slots=True)
class Frame:
    """Where the plot is: margins in both drawings, sizes only in a picture."""

    left: int
    right: int
    top: int
    flags: tuple[Flags, ...] = ()  # for each of the widths
    is_compact: bool = False
    # Of a picture, where lengths are in pixels at the usual size of labels:
    above: int = 0  # the part of `top` that a page's drawing has too
    width: int = 0
    height: int = 0
    view_box: str = ""
    shown_width: int = 0  # in pixels of the picture
    shown_height: int = 0

    @property
    def widths(self) -> tuple[int, ...]:
        """Return the widths that texts must fit: a picture's, or those of a phone and a column."""
        if self.width:
            return (self.width,)
        margins = self.left + self.right
        return NARROWEST - margins, WIDE - margins

    @property
    def drawn(self) -> tuple[int, int]:
        """Return the size that marks are drawn in, which a page stretches."""
        return self.width or 640, self.height or 240

    @property
    def spaces(self) -> list[Space]:
        """Return the smallest plots in which labels must not overlap, one for each width."""
        height = self.height or (FLATTEST_COMPACT if self.is_compact else FLATTEST)
        return [Space(width, height, self.right) for width in self.widths]

    @property
    def classes(self) -> str:
        """Return the classes that set margins: at the sides, and for head lines and notes."""
        narrow, wide = (height_of(self.flags[place]) for place in (0, -1)) if self.flags else (0, 0)
        names = [
            "chart",
            f"l{self.left // MARGIN_STEP}",
            f"r{self.right // MARGIN_STEP}",
            f"t{(self.top - HEADROOM - narrow) // ROW}",
            f"n{narrow // ROW}" if narrow else "",
            f"w{wide // ROW}" if wide < narrow else "",
            "compact" if self.is_compact else "",
        ]
        return " ".join(filter(None, names))


@dataclass(frozen=True, slots=True)
class Chart:
    title: str
    sentences: tuple[str, ...]  # what it shows, in words
    frame: Frame
    marks: Marks
    subtitle: str = ""
    key: tuple[str, ...] = ()  # to marks, where the drawing itself has none
    heads: tuple[PlacedText, ...] = ()
    heights: tuple[PlacedText, ...] = ()
    dates: tuple[PlacedText, ...] = ()
    direct: tuple[PlacedText, ...] = ()
    headline: tuple[PlacedText, ...] = ()  # the title in lines, in a picture
    source: tuple[PlacedText, ...] = ()
    notes: tuple[PlacedText, ...] = ()
    dots: tuple[PlacedText, ...] = ()  # without their labels: at the compared and the last value
    is_cut: bool = False  # whether the axis leaves out zero

    @property
    def plot_x(self) -> int:
        """Return where a picture has the plot."""
        return self.frame.left + PADDING

    @property
    def description(self) -> str:
        return " ".join(self.sentences)

    @property
    def caption(self) -> str:
        """Return the line under the title: series, unit, scale and the key to the marks."""
        return " · ".join(filter(None, [self.subtitle, *self.key]))

    @property
    def brief(self) -> str:
        return " ".join(self.sentences[:BRIEF])

    @property
    def details(self) -> str:
        """Return the sentences after the brief ones, or ""."""
        return " ".join(self.sentences[BRIEF:])


def draw(plot: Plot) -> Chart:
    """Lay out a plot. It may have no points, and any point may lack a value."""
    said, drawn = sentences(plot), prepared(plot)
    if not valued(drawn.points):
        return _empty(drawn, said)
    axes = axes_of(drawn)
    heads = [] if drawn.is_compact else _head_lines(drawn, axes)
    frame = _frame(drawn, axes, len(heads))
    noted = frame.flags[0] if frame.flags else ()
    canvas = Canvas(axes, *frame.drawn)
    bar = bar_width(canvas) if drawn.has_bars else 0
    drawing = drawing_of(drawn, axes, bar / 20 / canvas.width)
    labels = [direct_labels(drawing, space) for space in frame.spaces]
    notes = [texts_of(flags) for flags in frame.flags] or [[]]
    said.append(marked(flag.note for flag in noted))
    heights = (
        PlacedText("-8", as_percent(1 - axes.up(tick)), label)
        for tick, label in zip(axes.ticks, axes.labels, strict=True)
    )
    return replace(
        _captioned(drawn, frame, said, marks_of(drawn, canvas, bar)),
        key=tuple(_key(drawn)) if _is_keyed_above(drawn) else (),
        heads=_placed(heads, frame, 13, ROW),
        heights=() if drawn.is_compact else tuple(heights),
        dates=date_labels(drawn, axes, frame.widths),
        direct=for_widths(labels[0], labels[-1]),
        notes=for_widths(notes[0], notes[-1]),
        dots=() if bar else dots_of(drawn, axes),
        is_cut=bool(axes.note),
    )


def draw_together(plots: Sequence[Plot]) -> list[Chart]:
    """Draw charts that are seen together on shared axes: the first in full, the others compact."""
    drawn = with_shared_axes(plots)
    compact = [replace(plot, is_compact=True) for plot in drawn[1:]]
    return [*map(draw, drawn[:1]), *draw_in_line(compact)]


def draw_in_line(plots: Sequence[Plot]) -> list[Chart]:
    """Draw charts of one column with the left ends of their plots in line."""
    charts = [draw(plot) for plot in plots]
    lefts = {chart.frame.left for chart in charts}
    if len(lefts) < 2:
        return charts
    return draw_in_line([replace(plot, left=max(lefts)) for plot in plots])


def _empty(plot: Plot, said: list[str]) -> Chart:
    frame = _sized(plot, Frame(plot.left, 0, HEADROOM, is_compact=plot.is_compact))
    width, height = frame.drawn
    baseline = Marks(axis=paths.rules_path([height * 10], width * 10))
    text = PlacedText("50%", "50%", Label("No data yet"), "none", "middle", dy="-10")
    return replace(_captioned(plot, frame, said, baseline), direct=(text,))


# --- above and below the plot ---


def _captioned(plot: Plot, frame: Frame, said: list[str], marks: Marks) -> Chart:
    return Chart(
        title=plot.title,
        subtitle=plot.subtitle,
        sentences=tuple(filter(None, said)),
        frame=frame,
        marks=marks,
        headline=_placed(_title_lines(plot), frame, PADDING + 15 - frame.top, TITLE_ROW),
        source=_placed(_source_lines(plot), frame, frame.height + FOOT + 15, ROW),
    )


def _title_lines(plot: Plot) -> list[Line]:
    room = plot.room - 2 * PADDING
    return [("", Label(line)) for line in wrapped(plot.title, room, TITLE_SIZE) if plot.width]


def _source_lines(plot: Plot) -> list[Line]:
    room = plot.room - 2 * PADDING
    return [("", Label(line)) for line in wrapped(plot.source, room) if plot.width]


def _placed(lines: list[Line], frame: Frame, first: int, step: int) -> tuple[PlacedText, ...]:
    """Place lines of text from a height down, flush with the left edge."""
    return tuple(
        PlacedText(str(-frame.left), str(first + row * step), label, kind)
        for row, (kind, label) in enumerate(lines)
    )


def _head_lines(plot: Plot, axes: Axes) -> list[Line]:
    """Return the axis title and the key to the marks, in lines that fit, each with its kind; before
    them the subtitle of a picture. What the subtitle says is not repeated."""
    room = plot.room - 2 * PADDING if plot.width else NARROWEST
    above = plot.subtitle if plot.width or plot.is_captioned else ""
    lines = [("subtitle", Label(line)) for line in wrapped(above, room)] if plot.width else []
    is_said = bool(plot.unit) and plot.unit.casefold() in above.casefold()
    # Of "people, billions" only "Billions" where the unit is above.
    unit = axes.unit.text.removeprefix(plot.unit).lstrip(", ") if is_said else axes.unit.text
    if not is_said or (unit and not unit.startswith("(")):
        unit = unit[:1].upper() + unit[1:]
        lines += [("unit", Label(line)) for line in wrapped(unit, room)]
        if axes.unit.power:
            lines[-1] = ("unit", Label(lines[-1][1].text, axes.unit.power))
    # In a page the note is a line of its own, which js/series.js corrects for a shorter time.
    key = [] if _is_keyed_above(plot) else _key(plot)
    if plot.width and axes.note:
        key = [axes.note, *key]
    if axes.note and not plot.width:
        lines.append(("cut", Label(axes.note)))
    return lines + [("key", Label(line)) for line in joined_in_lines(key, room)]


def _is_keyed_above(plot: Plot) -> bool:
    """Return whether the page has the key to the marks in its caption."""
    return not plot.width and (plot.is_captioned or plot.is_compact)


def _key(plot: Plot) -> list[str]:
    """Return the key to the marks; plain values need none."""
    statuses = {point.status for _, _, point in valued(plot.points)}
    pale, outlined = ("Pale", "Outlined") if plot.has_bars else ("Dashed", "Hollow")
    key = [f"{pale}: projected"] if Status.PROJECTED in statuses else []
    if Status.PROVISIONAL in statuses:
        key.append(f"{outlined}: provisional")
    if any(map(has_range, plot.points)):
        key.append(f"{'Shaded' if has_band(plot) else 'Thin lines'}: {plot.interval}")
    return key


def joined_in_lines(items: list[str], width: float) -> list[str]:
    """Put items on one line while they fit; break an item only when it is too long for a line."""
    return _filled([line for item in items for line in wrapped(item, width)], " · ", width)


def wrapped(text: str, width: float, size: float = TEXT_SIZE) -> list[str]:
    """Break a text between words into lines that fit; a longer word gets its own line."""
    return _filled(text.split(), " ", width, size)


def _filled(parts: list[str], between: str, width: float, size: float = TEXT_SIZE) -> list[str]:
    lines: list[str] = []
    for part in parts:
        longer = f"{lines[-1]}{between}{part}" if lines else part
        if lines and text_width(longer, size) <= width:
            lines[-1] = longer
        else:
            lines.append(part)
    return lines


# --- margins ---


def _frame(plot: Plot, axes: Axes, heads: int) -> Frame:
    """Return margins with room for the labels at the sides, for the dates at the ends, and for the
    rows of text above: `heads`, then notes."""
    labels = () if plot.is_compact else axes.labels
    left = max(plot.left, _stepped(max((label.width + 10 for label in labels), default=0)))
    last = axes.label_of(valued(plot.points)[-1][1])
    right = MARGIN_STEP if is_above(plot, axes) else _stepped(BESIDE + last.width * BOLD)
    top = HEADROOM + heads * ROW
    frame = _sized(plot, Frame(left, right, top, is_compact=plot.is_compact))
    before, after = overhang(plot, axes, frame.widths)
    if plot.is_compact and not plot.has_bars:
        before = max(before, beside_first(drawing_of(plot, axes, 0), frame.spaces[0]))
    left, right = max(left, _stepped(before)), max(right, _stepped(after))
    frame = _sized(plot, replace(frame, left=left, right=right, top=top))
    if plot.is_compact or not plot.notes:
        return frame
    flags = tuple(flags_of(plot, axes, width, left, right) for width in frame.widths)
    return _sized(plot, replace(frame, flags=flags, top=top + max(map(height_of, flags))))


def _stepped(width: float) -> int:
    return min(int(-(-width // MARGIN_STEP)), MOST_STEPS) * MARGIN_STEP


def _sized(plot: Plot, frame: Frame) -> Frame:
    """Add the sizes, which only a picture has."""
    if not plot.width:
        return frame
    width = max(plot.room - frame.left - frame.right - 2 * PADDING, LEAST_PLOT)
    height = round(min(max(width * 0.42, 150), 330))
    top = PADDING + len(_title_lines(plot)) * TITLE_ROW + frame.top
    whole = top + height + FOOT + len(_source_lines(plot)) * ROW + PADDING
    zoom = plot.text_size / TEXT_SIZE
    shown = max(int((width + frame.left + frame.right + 2 * PADDING) * zoom), plot.width)
    return replace(
        frame,
        width=width,
        height=height,
        top=top,
        above=frame.top,
        view_box=f"0 0 {shown / zoom:g} {round(whole * zoom) / zoom:g}",
        shown_width=shown,
        shown_height=round(whole * zoom),
    )
