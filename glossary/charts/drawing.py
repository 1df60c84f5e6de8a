"""Geometry of charts: from a Plot to everything that templates/glossary/chart.svg prints.

A plot has two drawings. In a page it fills its column: marks are in a nested picture that is
stretched both ways while its strokes are not, and texts are placed by percentages at one size, so
no label ever shrinks and one drawing fits every screen. Margins come from a few classes, in steps
of 8 px. Where a wide column has room for more dates than a phone, the drawing has both sets and the
style sheet shows one. With `Plot.width` it is a picture of that many pixels, with title and source
inside, made of the same parts.
"""

from dataclasses import dataclass, replace

from glossary.charts import paths
from glossary.charts.axes import Axes, axes_of
from glossary.charts.date_labels import date_labels, overhang
from glossary.charts.description import describe
from glossary.charts.marks import DRAWN_HEIGHT, DRAWN_WIDTH, Marks, bar_width, marks_of, spots_of
from glossary.charts.plots import Plot, bounds, prepared, scale_note, valued
from glossary.charts.texts import PlacedText, as_percent
from glossary.charts.ticks import TEXT_SIZE, Label, text_width
from glossary.values.charts import ChartForm
from glossary.values.points import Status

# All lengths are in CSS pixels at the usual size of labels.
NARROWEST = 250  # the column of a 320 px phone, inside a card
WIDE = 480  # from this width on the style sheet shows the wide set of dates; see charts.css
MARGIN_STEP = 8
MOST_STEPS = 12  # the number of margin classes in the style sheet
ROW = 18  # a line of text
HEADROOM = 24  # between the axis title and the plot, for the label of the highest value
FOOT = 28  # below the plot, for dates
PADDING = 16  # around a picture
TITLE_SIZE, TITLE_ROW = 19, 25

LEAST_PLOT = 80
LONG_LABEL = 44
LABEL_CLEARANCE = 26  # height in which two labels would touch, at the flattest a chart gets


@dataclass(frozen=True, slots=True)
class Frame:
    """Where the plot is: margins in both drawings, sizes only in a picture."""

    left: int
    right: int
    top: int
    width: int = 0
    height: int = 0
    picture_width: int = 0
    picture_height: int = 0
    zoom: float = 1  # of everything in a picture with labels of another size
    least_width: int = 0

    @property
    def shown_width(self) -> int:
        """Return the width of the picture in pixels: as asked for, unless nothing would fit."""
        return max(int(self.picture_width * self.zoom), self.least_width)

    @property
    def shown_height(self) -> int:
        return round(self.picture_height * self.zoom)

    @property
    def view_box(self) -> str:
        return f"0 0 {self.shown_width / self.zoom:g} {self.shown_height / self.zoom:g}"

    @property
    def date_widths(self) -> tuple[int, ...]:
        """Return the widths dates must fit: of the picture, or of a phone and a wide column."""
        if self.width:
            return (self.width,)
        margins = self.left + self.right
        return NARROWEST - margins, WIDE - margins

    @property
    def classes(self) -> str:
        step = MARGIN_STEP
        return f"chart l{self.left // step} r{self.right // step} t{(self.top - HEADROOM) // ROW}"


@dataclass(frozen=True, slots=True)
class Chart:
    title: str
    description: str
    frame: Frame
    marks: Marks
    subtitle: str = ""
    heads: tuple[PlacedText, ...] = ()
    heights: tuple[PlacedText, ...] = ()
    dates: tuple[PlacedText, ...] = ()
    direct: tuple[PlacedText, ...] = ()
    headline: tuple[PlacedText, ...] = ()  # the title in lines, in a picture
    source: tuple[PlacedText, ...] = ()
    end: PlacedText | None = None  # its label is empty: a dot at the last value
    scale_note: str = ""
    plot_x: int = 0  # in a picture
    view_box: str = f"0 0 {DRAWN_WIDTH} {DRAWN_HEIGHT}"


def draw(plot: Plot) -> Chart:
    """Lay out a plot. It may have no points, and any point may lack a value."""
    description, note = describe(plot), scale_note(plot)
    drawn = prepared(plot)
    if not valued(drawn.points):
        return _empty(drawn, description)
    axes = axes_of(drawn)
    heads = _head_lines(drawn, axes)
    frame = _frame(drawn, axes, len(heads))
    end = _end(drawn, axes)
    bar = bar_width(axes) if drawn.form is ChartForm.BAR else 0
    return Chart(
        title=plot.title,
        subtitle=plot.subtitle,
        description=description,
        frame=frame,
        marks=marks_of(drawn, axes, spots_of(drawn, axes), bar),
        heads=_heads(heads, frame),
        heights=tuple(
            PlacedText("-8", as_percent(1 - axes.up(tick)), label)
            for tick, label in zip(axes.ticks, axes.labels, strict=True)
        ),
        dates=date_labels(drawn, axes, frame.date_widths),
        direct=_direct_labels(drawn, axes, end, bar),
        headline=_title(drawn, frame),
        source=_source(drawn, frame),
        end=end if not bar else None,
        scale_note=note,
        plot_x=frame.left + PADDING,
    )


def _empty(plot: Plot, description: str) -> Chart:
    frame = _sized(plot, Frame(0, 0, HEADROOM))
    baseline = Marks(axis=paths.rules_path([DRAWN_HEIGHT * 10], DRAWN_WIDTH * 10))
    text = PlacedText("50%", "50%", Label("No data yet"), "none", "middle")
    return Chart(
        title=plot.title,
        subtitle=plot.subtitle,
        description=description,
        frame=frame,
        marks=baseline,
        direct=(text,),
        headline=_title(plot, frame),
        source=_source(plot, frame),
        plot_x=PADDING,
    )


# --- above and below the plot ---


def _head_lines(plot: Plot, axes: Axes) -> list[tuple[str, Label]]:
    """Return the axis title and the key to the marks, in lines that fit, each with its kind."""
    room = plot.room - 2 * PADDING if plot.width else NARROWEST
    lines = [("unit", Label(line)) for line in wrapped(axes.unit.text, room)]
    if axes.unit.power:
        lines[-1] = ("unit", Label(lines[-1][1].text, axes.unit.power))
    return lines + [("key", Label(line)) for line in joined_in_lines(_key(plot), room)]


def _key(plot: Plot) -> list[str]:
    """Return the key to the marks; plain values need none."""
    is_bar = plot.form is ChartForm.BAR
    known = [point for _, _, point in valued(plot.points)]
    statuses = {point.status for point in known}
    key = []
    if Status.PROJECTED in statuses:
        key.append("Pale: projected" if is_bar else "Dashed: projected")
    if Status.PROVISIONAL in statuses:
        key.append("Outlined: provisional" if is_bar else "Hollow: provisional")
    if any(point.low is not None and point.high is not None for point in known):
        key.append(f"{'Thin lines' if is_bar else 'Shaded'}: {plot.interval}")
    return key


def joined_in_lines(items: list[str], width: float) -> list[str]:
    """Put items on one line while they fit; break an item only when it is too long for a line."""
    lines: list[str] = []
    for item in items:
        if lines and text_width(f"{lines[-1]} · {item}") <= width:
            lines[-1] += f" · {item}"
        else:
            lines.extend(wrapped(item, width))
    return lines


def wrapped(text: str, width: float, size: float = TEXT_SIZE) -> list[str]:
    """Break a text between words into lines that fit; a longer word gets its own line."""
    lines: list[str] = []
    for word in text.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and text_width(longer, size) <= width:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


def _heads(lines: list[tuple[str, Label]], frame: Frame) -> tuple[PlacedText, ...]:
    above = frame.top - HEADROOM if not frame.width else len(lines) * ROW
    return tuple(
        PlacedText(str(-frame.left), str(row * ROW + 13 - above - HEADROOM), label, kind)
        for row, (kind, label) in enumerate(lines)
    )


def _headline(plot: Plot) -> list[str]:
    return wrapped(plot.title, plot.room - 2 * PADDING, TITLE_SIZE) if plot.width else []


def _title(plot: Plot, frame: Frame) -> tuple[PlacedText, ...]:
    return tuple(
        PlacedText(str(-frame.left), str(PADDING + row * TITLE_ROW + 15 - frame.top), Label(line))
        for row, line in enumerate(_headline(plot))
    )


def _source(plot: Plot, frame: Frame) -> tuple[PlacedText, ...]:
    return tuple(
        PlacedText(str(-frame.left), str(frame.height + FOOT + row * ROW + 15), Label(line))
        for row, line in enumerate(_source_lines(plot))
    )


def _source_lines(plot: Plot) -> list[str]:
    return wrapped(plot.source, plot.room - 2 * PADDING) if plot.width else []


# --- margins ---


def _frame(plot: Plot, axes: Axes, rows: int) -> Frame:
    """Return margins with room for the labels at the sides and for the dates at the ends."""
    left = _stepped(max(label.width for label in axes.labels) + 10)
    right = MARGIN_STEP if is_above(plot, axes) else _stepped(_last_label(plot, axes).width + 14)
    top = HEADROOM + rows * ROW
    frame = _sized(plot, Frame(left, right, top))
    before, after = overhang(plot, axes, frame.date_widths)
    return _sized(plot, Frame(max(left, _stepped(before)), max(right, _stepped(after)), top))


def _stepped(width: float) -> int:
    return min(int(-(-width // MARGIN_STEP)), MOST_STEPS) * MARGIN_STEP


def _sized(plot: Plot, frame: Frame) -> Frame:
    """Add the sizes, which only a picture has."""
    if not plot.width:
        return frame
    width = max(plot.room - frame.left - frame.right - 2 * PADDING, LEAST_PLOT)
    height = round(min(max(width * 0.42, 150), 330))
    top = PADDING + len(_headline(plot)) * TITLE_ROW + frame.top
    whole = top + height + FOOT + len(_source_lines(plot)) * ROW + PADDING
    return replace(
        frame,
        width=width,
        height=height,
        top=top,
        picture_height=whole,
        picture_width=width + frame.left + frame.right + 2 * PADDING,
        zoom=plot.text_size / TEXT_SIZE,
        least_width=plot.width,
    )


# --- labels of the line ---


def _end(plot: Plot, axes: Axes) -> PlacedText:
    """Place the dot of the last value: hollow when it is provisional."""
    day, value, point = valued(plot.points)[-1]
    kind = "end open" if point.status is Status.PROVISIONAL else "end"
    return PlacedText(
        as_percent(axes.across(day)), as_percent(1 - axes.up(value)), axes.label_of(value), kind
    )


def _direct_labels(plot: Plot, axes: Axes, end: PlacedText, bar: int) -> tuple[PlacedText, ...]:
    """Label the last value on its right, where nothing is drawn, and the highest value above it."""
    shift = bar / 20 / DRAWN_WIDTH
    day = valued(plot.points)[-1][0]
    if is_above(plot, axes):
        last = replace(end, kind="above", anchor="end")
    else:
        last = replace(end, x=as_percent(min(axes.across(day) + shift, 1)), kind="last")
    highest = _highest_label(plot, axes, end)
    return (last, highest) if highest else (last,)


def is_above(plot: Plot, axes: Axes) -> bool:
    """Return whether the last label goes above its dot, flush right, to leave the plot more room.

    It does when it is long and no value under it is as high."""
    day, value, _ = valued(plot.points)[-1]
    return (
        plot.form is not ChartForm.BAR
        and _last_label(plot, axes).width > LONG_LABEL
        and axes.first < day == axes.last
        and value == max(bounds(plot.points))
    )


def _last_label(plot: Plot, axes: Axes) -> Label:
    return axes.label_of(valued(plot.points)[-1][1])


def _highest_label(plot: Plot, axes: Axes, end: PlacedText) -> PlacedText | None:
    """Label the highest value, unless the last label has the same text or would touch it."""
    points = valued(plot.points)
    day, value, _ = max(points, key=lambda item: item[1])
    last_day, last_value, _ = points[-1]
    label = axes.label_of(value)
    x, last_x = axes.across(day), axes.across(last_day)
    reach = label.width / 2 / NARROWEST
    rise = (axes.up(value) - axes.up(last_value)) * DRAWN_HEIGHT
    if label == end.label or (rise < LABEL_CLEARANCE and abs(last_x - x) < 2 * reach):
        return None
    if plot.form is ChartForm.BAR and value <= 0:
        return None
    anchor = "start" if x < reach else "end" if x > 1 - reach else "middle"
    return PlacedText(as_percent(x), as_percent(1 - axes.up(value)), label, "highest", anchor)
