"""What a chart or description needs of a series: values and their meaning, without pixels."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

from glossary.charts.ticks import TEXT_SIZE
from glossary.values.charts import ChartForm, ChartScale
from glossary.values.numbers import names_unit
from glossary.values.periods import MONTHS, Denotes, Frequency
from glossary.values.points import Point, Status

FEW = 12  # up to this many values each have a mark, and a range its own line

# Between two dates farther apart than this, a period was never published.
LONGEST_STEP = {
    Frequency.DAILY: 5,  # over a weekend with a holiday
    Frequency.WEEKLY: 10,
    Frequency.MONTHLY: 45,
    Frequency.QUARTERLY: 135,
    Frequency.ANNUAL: 550,
}
WEEK = timedelta(weeks=1)

NOT_LOG = "The scale is linear: a logarithmic one has no place for zero or less."
# Below twice the lowest number the marks of a logarithmic axis would be one decade apart.
NARROW = 2
NARROW_NOT_LOG = "The scale is linear: over so small a range a logarithmic one looks the same."
BARS_NOT_LOG = "The scale is linear: bars are measured from zero."


@dataclass(frozen=True, slots=True)
class DatedNote:
    """What happened on a day, in at most 24 characters."""

    day: date
    text: str


@dataclass(frozen=True, slots=True)
class Plot:
    """A series prepared for a chart.

    `title` is what it shows, in a sentence; `subtitle` names the series, its unit and the scale.
    `unit` is the axis title ("H100 equivalents", "Index, December 2000 = 100"),
    `short_unit` goes with numbers in sentences ("$", "%", "MW"). `magnitude` is the power of ten
    of the values: 9 for billions. `interval` says what low and high are. With `width` 0 the
    drawing fills its column; any other number is the width of a picture in pixels, with title and
    source inside. `text_size` is the size of its labels in pixels; all other lengths follow it.
    `domain` is the range of the axis in ones, where charts share one. A compact drawing has only a
    baseline and a few labels. Notes outside the time that is drawn are left out. `compared` has the
    days of the values that the title compares. `written` puts a value in ones as the page around
    the chart writes it: "$51.2 billion". `left` is the least room at the left, in pixels, where
    charts are in line.
    """

    title: str
    points: tuple[Point, ...]
    form: ChartForm = ChartForm.LINE
    scale: ChartScale = ChartScale.LINEAR
    frequency: Frequency = Frequency.IRREGULAR
    denotes: Denotes = Denotes.AROUND
    unit: str = ""
    short_unit: str = ""
    magnitude: int = 0
    interval: str = "range"
    source: str = ""
    width: int = 0
    subtitle: str = ""
    text_size: int = TEXT_SIZE
    domain: tuple[Decimal, Decimal] | None = None
    is_compact: bool = False
    is_captioned: bool = False  # whether the page has the subtitle above the drawing
    notes: tuple[DatedNote, ...] = ()
    compared: tuple[date, ...] = ()
    written: Callable[[Decimal], str] | None = None
    left: int = 0

    @property
    def room(self) -> int:
        """Return the picture's width at the usual text size: a larger text leaves less room."""
        return self.width * TEXT_SIZE // self.text_size

    @property
    def has_bars(self) -> bool:
        """Whether values are measured from zero, each with room of its own, as bars are."""
        return self.form is ChartForm.BAR

    @property
    def is_log(self) -> bool:
        """Whether the scale that is used is logarithmic."""
        return self.scale is ChartScale.LOG and not scale_note(self)


def subtitle(series: str, plot: Plot) -> str:
    """Return "H100 rental price, US dollars per hour, log scale"; no unit that the name has."""
    unit = "" if names_unit(series, plot.unit) else plot.unit
    return ", ".join(filter(None, [series, unit, "log scale" if plot.is_log else ""]))


def prepared(plot: Plot) -> Plot:
    """Return the plot with points sorted by date, values in ones, and the scale that is used."""

    def in_ones(number: Decimal | None) -> Decimal | None:
        return number and number.scaleb(plot.magnitude)

    points = tuple(sorted(plot.points, key=lambda point: point.period))
    if plot.magnitude:  # a copy of each takes time, and scaleb rounds to 28 digits
        points = tuple(
            replace(each, value=in_ones(each.value), low=in_ones(each.low), high=in_ones(each.high))
            for each in points
        )
    scale = ChartScale.LINEAR if scale_note(plot) else plot.scale
    return replace(plot, points=points, magnitude=0, scale=scale)


def scale_note(plot: Plot) -> str:
    """Return why the chosen logarithmic scale is not used; "" if it is used or not chosen."""
    if plot.scale is not ChartScale.LOG:
        return ""
    if plot.has_bars:
        return BARS_NOT_LOG
    numbers = bounds(plot.points)
    low, high = min(numbers, default=Decimal(1)), max(numbers, default=Decimal(1))
    if low <= 0:
        return NOT_LOG
    return NARROW_NOT_LOG if low < high < NARROW * low else ""


def bounds(points: tuple[Point, ...]) -> list[Decimal]:
    """Return every number the axis must cover: values, and the bounds of intervals."""
    return [
        number
        for point in points
        if point.value is not None or has_range(point)
        for number in (point.value, point.low, point.high)
        if number is not None
    ]


def has_range(point: Point) -> bool:
    return point.low is not None and point.high is not None


def has_band(plot: Plot) -> bool:
    """Return whether ranges are shaded. Between few values a band would look like data."""
    if plot.has_bars or len(valued(plot.points)) <= FEW:
        return False
    return any(
        has_range(before) and after.value is not None and has_range(after)
        and follows(after, before, plot.frequency)
        for before, after in pairwise(plot.points)
    )  # fmt: skip


def valued(points: tuple[Point, ...]) -> list[tuple[date, Decimal, Point]]:
    """Return date, value and point of each point that has a value."""
    return [(point.period, point.value, point) for point in points if point.value is not None]


def is_gap(before: date, after: date, frequency: Frequency) -> bool:
    """Return whether at least one whole period without a row lies between two dates."""
    longest = LONGEST_STEP.get(frequency)
    return longest is not None and (after - before).days > longest


def follows(point: Point, before: Point | None, frequency: Frequency) -> bool:
    """Return whether the chart joins a point to the one before.

    That one has to have a value, and no period may lie between.
    """
    if before is None or before.value is None:
        return False
    return not is_gap(before.period, point.period, frequency)


def gaps(plot: Plot) -> list[tuple[date, date]]:
    """Return the dates around each stretch of periods that have no row; in a prepared plot."""
    pairs = pairwise(point.period for point in plot.points)
    return [(before, after) for before, after in pairs if is_gap(before, after, plot.frequency)]


def absent_periods(plot: Plot) -> list[date]:
    """Return a day in each period that has no row, between the first and the last; not for days,
    because publishers leave out weekends and holidays."""
    step = MONTHS.get(plot.frequency)
    absent: list[date] = []
    for before, after in gaps(plot):
        first = before.year * 12 + before.month - 1
        if step:
            count = round(((after.year - before.year) * 12 + after.month - before.month) / step)
            months = (first + step * each for each in range(1, count))
            absent += [date(month // 12, month % 12 + 1, 1) for month in months]
        elif plot.frequency is Frequency.WEEKLY:
            weeks = round((after - before) / WEEK)
            absent += [before + WEEK * each for each in range(1, weeks)]
    return absent


def is_projected(point: Point) -> bool:
    return point.status is Status.PROJECTED
