"""Compares the figures of a sent issue with what the series says now."""

from dataclasses import dataclass, replace
from datetime import date

from glossary.prose.figures.named_periods import NamedPeriod
from glossary.prose.figures.readings import Reading, evaluate_figure
from glossary.prose.figures.series_view import SeriesView
from glossary.prose.figures.syntax import Figure, parse_figure
from glossary.prose.problems import FigureProblem
from glossary.values.points import Status


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
        return f"{was}{_own_period(as_sent, since)}), {newer_value(as_sent, since.now)}"
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
    pinned = replace(_held_to(figure, as_sent.period), projected=projected)
    return CurrentReadings(
        _known(evaluate_figure(figure, now)), _known(evaluate_figure(pinned, now))
    )


def _held_to(figure: Figure, period: date) -> Figure:
    named = NamedPeriod(period.isoformat(), period, period, 0)
    return replace(figure, place="at", named_period=named)


def _known(reading: Reading | FigureProblem) -> Reading | None:
    return None if isinstance(reading, FigureProblem) else reading


def _own_period(as_sent: Reading, since: CurrentReadings) -> str:
    """Return what happened to the value that was sent, as in ", since revised to 4.1", or ""."""
    if since.same_period is None or since.same_period.period != as_sent.period:
        return ", since withdrawn"
    if since.same_period.shown != as_sent.shown:
        return f", since revised to {since.same_period.shown}"
    return ""


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
