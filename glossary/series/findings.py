"""What a chart shows, as its title: one sentence without a full stop, made from the values.

"H100 rental fell 30% in a year, to $2.99 per hour in Q1 2025". It compares the newest observed
value with that of a year before, else with the first one; on a logarithmic scale it tells how the
whole series grew. Of several wordings the first that is short enough is taken, so a long sentence
loses its period, then its value.

The subject comes from an editor: "H100 rental", or for a share the words that follow its number,
"of US firms use AI". The verbs are in the past tense, which fits one and many. Without a subject
the sentence begins "Up 30% in a year": the subtitle says what the numbers are.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from itertools import pairwise

from django.utils.text import capfirst

from glossary.charts.plots import is_gap
from glossary.prose.figures.growth import PERIODS_A_YEAR, annual_growth, ratio, years_between
from glossary.prose.figures.measurement import FigureKind, measure_change, value_of
from glossary.prose.figures.series_view import SeriesView
from glossary.prose.figures.wording import wording
from glossary.prose.problems import FigureError
from glossary.series.latest import WORDED, about_a_year_before, figure, since_text
from glossary.values.changes import Telling, fold, telling
from glossary.values.numbers import (
    UnprintableNumber,
    brief_style,
    format_number,
    is_index,
    is_percent,
    names_unit,
    rounded,
)
from glossary.values.periods import Frequency, period_when
from glossary.values.points import Point, Status

LONGEST = 84  # characters: about two lines on a phone
NO_VALUE = "No value yet"
AFTER_NUMBER = "of "  # a subject that begins so follows the number
YEARS_OF_GROWTH = 2  # fewer are no course of years
YEARS_OF_RECORD = 5  # fewer make no value remarkable
DAYS_UNTIL, MONTHS_UNTIL = 60, 24  # shorter times are told in days, and these in months
NEARLY = Decimal("0.03")  # of a time: by so much it may differ from the whole number that is said
# Without a row or a value in one of their periods nobody knows how high it was.
COMPLETE = frozenset({Frequency.WEEKLY, *PERIODS_A_YEAR})


@dataclass(frozen=True, slots=True)
class Sentence:
    """The sentence, "" if a number cannot be printed, and the periods of the values it compares."""

    text: str = ""
    compared: tuple[date, ...] = ()


def finding(view: SeriesView, subject: str = "", *, is_log: bool = False) -> Sentence:
    """Return the sentence above a chart, the first that fits its length; an empty one if none does.

    `subject` names the series in it; `is_log` says that the scale of the chart is logarithmic.
    """
    if names_unit(subject, view.unit):
        view = replace(view, unit=view.short_unit)
    try:
        fitting = (said for said in _wordings(view, subject, is_log) if len(said.text) <= LONGEST)
        return next(fitting, Sentence())
    except (FigureError, UnprintableNumber):
        return Sentence()


def _wordings(view: SeriesView, subject: str, is_log: bool) -> Iterator[Sentence]:
    known, observed = view.valued(projected=True), view.valued()
    if len(observed) < 2:
        few = _only(observed[0], known[-1], view, subject) if observed else _ahead(known, view)
        yield from map(Sentence, few)
        return
    first, last = observed[0], observed[-1]
    told = telling(
        value_of(first), value_of(last), is_percent=is_percent(view.unit, view.short_unit)
    )
    if is_log and told is Telling.MULTIPLE and _years(first, last, view) >= YEARS_OF_GROWTH:
        yield from _comparing(first, last, _growth(first, last, view, subject))
    near, is_year = about_a_year_before(observed, view)
    earlier, time = (near, "a year") if near and is_year else (first, span(first, last, view))
    yield from _comparing(earlier, last, _change(earlier, last, f"in {time}", view, subject))


def _comparing(earlier: Point, last: Point, wordings: Iterable[str]) -> Iterator[Sentence]:
    return (Sentence(text, (earlier.period, last.period)) for text in wordings)


# --- one value, or none that was observed ---


def _ahead(known: list[Point], view: SeriesView) -> Iterator[str]:
    """Say where projections lead, if there are any."""
    if not known:
        yield NO_VALUE
        return
    said = _aim(known[0], known[-1], view) if len(known) > 1 else f"at {_value(known[0], view)}"
    yield f"Projected {said} {_when(known[-1], view)}"
    yield f"Projected {said}"
    yield "Projected values only"


def _only(point: Point, last: Point, view: SeriesView, subject: str) -> Iterator[str]:
    """Say the only observed value, and where projections after it lead."""
    value, when, mark = _value(point, view), _when(point, view), _mark(point)
    said = f"{value} {subject}" if subject.startswith(AFTER_NUMBER) else value
    if last.period > point.period:
        aim = f"projected {_aim(point, last, view)}"
        yield f"{said} {when}, {aim} {_when(last, view)}{mark}"
        yield f"{value} {when}, {aim}{mark}"
    else:
        yield f"{said} {when}, the only value so far{mark}"
    yield f"{value} {when}{mark}"
    yield f"One value so far{mark}"


def _aim(before: Point, after: Point, view: SeriesView) -> str:
    old, new = value_of(before), value_of(after)
    verb = "rise to" if new > old else "fall to" if new < old else "stay at"
    return f"to {verb} {_value(after, view)}"


# --- the course of the whole series ---


def _growth(first: Point, last: Point, view: SeriesView, subject: str) -> Iterator[str]:
    """Return "Records grew 9.3 billion-fold in 15 years, or 4.7-fold a year"."""
    old, new, years = value_of(first), value_of(last), _years(first, last, view)
    times = fold(ratio(old, new))
    rate = annual_growth(old, new, years)
    yearly = fold(1 + rate / 100) if rate >= 100 else f"{format_number(rate, brief_style(rate))}%"
    grown = f"{_moved(subject, f'grew {times}', f'up {times}')} in {span(first, last, view)}"
    yield f"{grown}, or {yearly} a year{_mark(first, last)}"
    yield f"{grown}{_mark(first, last)}"


# --- the change to the newest value ---


def _change(
    earlier: Point, last: Point, time: str, view: SeriesView, subject: str
) -> Iterator[str]:
    """Return "Revenue rose 26% in a year, to $41.1 billion in Q2 2026", then shorter ones."""
    (verb, particle, to), mark = _course(earlier, last, view), _mark(earlier, last)
    if subject.startswith(AFTER_NUMBER):
        said = f"{_value(last, view)} {subject}"
        if view.frequency in PERIODS_A_YEAR:
            yield f"{said} {_when(last, view)}, {particle} {time}{mark}"
        yield f"{said}, {particle} {time}{mark}"
    moved = f"{_moved(subject, verb, particle)} {time}"
    if to:
        value = f"{moved}, {to} {_value(last, view)}"
        if record := _record(earlier, last, view):
            yield f"{value}, {record}{mark}"
        yield f"{value} {_when(last, view)}{mark}"
        yield f"{value}{mark}"
    yield f"{moved}{mark}"
    yield f"{capfirst(particle)} {time}{mark}"


def _course(earlier: Point, last: Point, view: SeriesView) -> tuple[str, str, str]:
    """Return a change as a verb and as a particle, "rose 26%" and "up 26%", and what precedes the
    value: "" where it is in them."""
    old, new = value_of(earlier), value_of(last)
    measured = measure_change(earlier, last, view, WORDED)
    text = wording(measured, WORDED, view).replace("percentage ", "")
    if old == new:
        return "showed no net change", text, "at"
    if text == "almost unchanged":
        return "barely changed", text, "at"
    if measured.kind is FigureKind.GROWTH:
        times = fold(ratio(old, new))
        return f"grew {times}", f"up {times}", "to"
    direction, _, size = text.partition(" ")
    if not old:
        size = f"from 0 to {_value(last, view)}"
    verb = f"{'rose' if new > old else 'fell'} {size}" if text != "up 100%" else "doubled"
    return verb, f"{direction} {size}", "to" if old else ""


def _record(earlier: Point, last: Point, view: SeriesView) -> str:
    """Return "the highest since March 2009", "the lowest in 12 years", or ""."""
    rises = value_of(last) > value_of(earlier)
    edge, stretch = _beaten(last, view, rises)
    years = _years(stretch[0], last, view)
    holes = any(is_gap(a.period, b.period, view.frequency) for a, b in pairwise(stretch))
    is_known = view.frequency in COMPLETE and not holes and (not edge or edge.value is not None)
    if not is_known or years < YEARS_OF_RECORD or earlier.value == last.value:
        return ""
    since = f"since {since_text(edge, view)}" if edge else f"in {int(years)} years"
    return f"the {'highest' if rises else 'lowest'} {since}"


def _beaten(last: Point, view: SeriesView, rises: bool) -> tuple[Point | None, tuple[Point, ...]]:
    """Return the newest earlier point that is not below `last` (above it, unless it `rises`), or
    that has no value; and the points from there, or else from the first."""
    points = view.visible(projected=False)
    until, value = points[: points.index(last) + 1], value_of(last)
    for index in range(len(until) - 2, -1, -1):
        other = until[index].value
        if other is None or (other >= value if rises else other <= value):
            return until[index], until[index:]
    return None, until


# --- words ---


def _moved(subject: str, verb: str, particle: str) -> str:
    """Return "Revenue rose 26%", or "Up 26%" without a subject before the number."""
    is_named = subject and not subject.startswith(AFTER_NUMBER)
    return f"{subject} {verb}" if is_named else capfirst(particle)


def span(earlier: Point, last: Point, view: SeriesView) -> str:
    """Return the time between two points: "9 months", "15 years", "more than 4 years"."""
    days, years = (last.period - earlier.period).days, _years(earlier, last, view)
    if not years or (days < DAYS_UNTIL and view.frequency not in PERIODS_A_YEAR):
        return _counted(Decimal(days), "day")
    months = years * 12
    return _counted(months, "month") if months < MONTHS_UNTIL else _counted(years, "year")


def _counted(amount: Decimal, noun: str) -> str:
    whole = rounded(amount, 0)
    off = amount - whole
    about = "" if abs(off) <= amount * NEARLY else "more than " if off > 0 else "less than "
    return f"{about}{whole} {noun}{'' if whole == 1 else 's'}"


def _years(first: Point, last: Point, view: SeriesView) -> Decimal:
    return years_between(first.period, last.period, view.frequency)


def _value(point: Point, view: SeriesView) -> str:
    """Return the value as beside the chart; of an index in points."""
    number, unit = figure(view.in_unit(value_of(point)), view, point)
    return f"{number} {'points' if is_index(view.unit) else unit}".strip()


def _when(point: Point, view: SeriesView) -> str:
    return period_when(point.period, view.frequency, view.denotes)


def _mark(*points: Point) -> str:
    """Return " (provisional)" if one of the values is, else "": the end of a sentence."""
    return " (provisional)" if any(each.status is Status.PROVISIONAL for each in points) else ""
