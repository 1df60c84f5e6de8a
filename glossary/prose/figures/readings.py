"""A figure, read: from `{{ series-slug | change 1y | words }}` to "up 66%".

`syntax` parses, `measurement` takes the value from the series, `wording` writes it. This module
combines them and turns every error into a FigureProblem that says what to write instead.
"""

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, fields
from datetime import date
from decimal import Decimal
from typing import Any, Self

from glossary.prose.figures.measurement import Measurement, measure_figure
from glossary.prose.figures.series_view import SeriesView
from glossary.prose.figures.syntax import Figure, did_you_mean, parse_figure
from glossary.prose.figures.wording import wording
from glossary.prose.problems import FigureError, FigureProblem
from glossary.values.numbers import UnprintableNumber
from glossary.values.points import Status


@dataclass(frozen=True, slots=True)
class Reading:
    """All that a sent issue stores of a figure.

    `value` is in `unit`; None for a date or a range, which `machine` has. `since` is the earlier
    end of a change, a ratio, a yearly rate or a doubling time.
    """

    token: str
    shown: str
    value: Decimal | None
    unit: str
    period: date
    period_label: str
    slug: str
    released_on: date
    status: Status
    machine: str  # the shown figure for a program: digits, an ISO date, or low/high
    since: date | None = None
    since_label: str = ""

    @property
    def span_label(self) -> str:
        """Return the period of the reading: "May 2026", "May 2025 – May 2026"."""
        if not self.since_label:
            return self.period_label
        return f"{self.since_label} – {self.period_label}"

    def as_json(self) -> dict[str, str | None]:
        """Return a dict that JSON can hold; numbers stay texts, so that no digit is lost."""
        return {
            **asdict(self),
            "value": None if self.value is None else str(self.value),
            "period": self.period.isoformat(),
            "released_on": self.released_on.isoformat(),
            "since": None if self.since is None else self.since.isoformat(),
            "status": self.status.value,
        }

    @classmethod
    def from_json(cls, kept: dict[str, str | None]) -> Self:
        """Read back what as_json returned. Raises KeyError when a part is missing."""
        said: dict[str, Any] = {each.name: kept[each.name] or "" for each in fields(cls)}
        said |= {name: date.fromisoformat(said[name]) for name in ("period", "released_on")}
        said["status"] = Status(said["status"])
        said["value"] = Decimal(said["value"]) if said["value"] else None
        said["since"] = date.fromisoformat(said["since"]) if said["since"] else None
        return cls(**said)


def evaluate_figure(figure: Figure, view: SeriesView) -> Reading | FigureProblem:
    """Read one figure from its series."""
    try:
        measured = measure_figure(figure, view)
        return reading_of(measured, figure.token, wording(measured, figure.formats, view), view)
    except (FigureError, UnprintableNumber) as error:
        return FigureProblem.of(view.slug, error)


def read_figure(
    inside: str, series: Mapping[str, SeriesView], known: Collection[str] = ()
) -> Reading | FigureProblem:
    """Parse and evaluate. `known` are further slugs to suggest from, without their data."""
    figure = parse_figure(inside)
    if isinstance(figure, FigureProblem):
        return FigureProblem.of(inside.strip()[:60], figure.message)
    if view := series.get(figure.slug):
        return evaluate_figure(figure, view)
    return unknown_series(figure.slug, {*series, *known})


def unknown_series(slug: str, known: Collection[str]) -> FigureProblem:
    """Return a problem that suggests the most similar slug."""
    return FigureProblem(f"There is no series “{slug}”{did_you_mean(slug, known) or '.'}")


def reading_of(measured: Measurement, token: str, shown: str, view: SeriesView) -> Reading:
    period, since = measured.point.period, measured.since
    return Reading(
        token=token,
        shown=shown,
        value=measured.value if measured.upper is None else None,
        unit=measured.unit,
        period=period,
        period_label=view.label(period),
        slug=view.slug,
        released_on=view.released_on,
        status=measured.point.status,
        machine=measured.machine,
        since=since,
        since_label="" if since is None else view.label(since),
    )
