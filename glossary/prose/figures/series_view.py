"""A series for figures, claims and comparisons: values and words, without a database."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from glossary.values.numbers import check_size, shifted
from glossary.values.periods import Denotes, Frequency, period_label
from glossary.values.points import Point, Status


@dataclass(frozen=True, slots=True)
class SeriesView:
    """One series as of one release, with `points` in order, each period once.

    `scale` is the power of ten that values are multiplied by to be in `unit`: 9 where the
    publisher counts in billions (UNIT_MULT in SDMX). `decimals` are those of the stored values.
    `path` is the address of the series' page on this site.
    """

    slug: str
    title: str
    unit: str
    points: tuple[Point, ...]
    released_on: date
    path: str
    short_unit: str = ""
    scale: int = 0
    decimals: int = 0
    frequency: Frequency = Frequency.IRREGULAR
    denotes: Denotes = Denotes.AROUND
    publisher: str = ""

    def label(self, period: date) -> str:
        return period_label(period, self.frequency, self.denotes)

    def in_unit(self, value: Decimal) -> Decimal:
        """Turn a stored value into `unit`. Raises UnprintableNumber."""
        return shifted(check_size(value), self.scale)

    def visible(self, *, projected: bool) -> tuple[Point, ...]:
        """Return the points that a figure may use: projections only on request."""
        if projected:
            return self.points
        return tuple(point for point in self.points if point.status is not Status.PROJECTED)

    def valued(self, *, projected: bool = False) -> list[Point]:
        """Return the visible points that have a value."""
        return [point for point in self.visible(projected=projected) if point.value is not None]
