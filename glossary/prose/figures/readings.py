"""A figure, read: from `{{ series-slug | change 1y | words }}` to "up 66%".

`syntax` parses, `measurement` takes the value from the series, `wording` writes it. This module
combines them and turns every error into a FigureProblem that says what to write instead.
"""

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, fields, replace
from datetime import date
from decimal import Decimal
from typing import Any, Self

from glossary.prose.figures.measurement import Measurement, measure_figure
from glossary.prose.figures.named_periods import NamedPeriod
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
        return " – ".join(filter(None, [self.since_label, self.period_label]))

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


# --- a figure of a sent issue, and what its series says now ---


@dataclass(frozen=True, slots=True)
class CurrentReadings:
    """A sent figure read again: as of now, and for the period it was sent with."""

    now: Reading | None
    same_period: Reading | None


def change_since_sent(as_sent: Reading, now: SeriesView, revised_on: date | None = None) -> str:
    """Return the difference in words, or "" if it reads the same for the same period.

    A new period and a revision of the old one are different: "as sent 3.9 (May 2026), now 4.2
    (June 2026)" against "as sent 3.9 (May 2026), now 4.1 (revised in June 2026)". `revised_on`
    is the day of the release that changed the number. Without it, only the newest release is known
    to have the new number, so the text says "revised by".
    """
    since = read_again(as_sent, now)
    was = f"as sent {as_sent.shown} ({as_sent.span_label}"
    if since.now is None:
        return f"{was}), no longer published"
    if since.now.period != as_sent.period:
        own, became = since.same_period, ""
        if own is None or own.period != as_sent.period:
            became = ", since withdrawn"
        elif own.shown != as_sent.shown:
            became = f", since revised to {own.shown}"
        return f"{was}{became}), {newer_value(as_sent, since.now)}"
    if since.now.shown != as_sent.shown:
        return f"{was}), now {since.now.shown} ({_revised(as_sent, now, revised_on)})"
    if as_sent.status is not Status.FINAL and since.now.status is Status.FINAL:
        return f"{was}, {as_sent.status.value}), now final and unchanged"
    return ""


def read_again(as_sent: Reading, now: SeriesView) -> CurrentReadings:
    """Read the same token in the current release: as it is, and for the period of the reading."""
    figure = parse_figure(as_sent.token)
    if isinstance(figure, FigureProblem):
        return CurrentReadings(None, None)
    projected = figure.projected or as_sent.status is Status.PROJECTED
    period = NamedPeriod(as_sent.period.isoformat(), as_sent.period, as_sent.period, 0)
    pinned = replace(figure, place="at", named_period=period, projected=projected)
    readings = (evaluate_figure(each, now) for each in (figure, pinned))
    return CurrentReadings(*(None if isinstance(r, FigureProblem) else r for r in readings))


def newer_value(as_sent: Reading, now: Reading) -> str:
    """Return "now 4.2 (June 2026)", for a reading of another period."""
    still = "still" if now.shown == as_sent.shown else "now"
    note = "" if now.status is Status.FINAL else f", {now.status.value}"
    return f"{still} {now.shown} ({now.span_label}{note})"


def _revised(as_sent: Reading, now: SeriesView, revised_on: date | None) -> str:
    if revised_on is not None:
        return f"revised in {revised_on:%B} {revised_on.year}"
    if now.released_on > as_sent.released_on:
        return f"revised by {now.released_on:%B} {now.released_on.year}"
    return "corrected"
