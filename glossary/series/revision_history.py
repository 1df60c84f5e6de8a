"""How much the numbers of a series are revised after they are first published. Pure.

A first print is the first value of a period that was newer than all others then, and that a later
release could have revised. What the series began with has none: it was published long before.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import groupby, pairwise
from statistics import median

from glossary.prose.figures.measurement import FigureKind, Measurement, measure_change, value_of
from glossary.prose.figures.series_view import SeriesView
from glossary.prose.figures.wording import wording
from glossary.series.latest import NO_FORMATS, WORDED, since_text
from glossary.series.movement import in_percent, step_sizes, times_text
from glossary.values.points import Point, Status

FEWEST = 3  # first prints, revisions or releases; fewer show nothing usual


@dataclass(frozen=True, slots=True)
class Version:
    """A value of a period, and the id and day of the release that brought it."""

    point: Point
    release: int
    released_on: date


@dataclass(frozen=True, slots=True)
class FirstPrint:
    """The first value of a period, and what it became."""

    first: Point
    last: Point

    @property
    def step(self) -> tuple[Decimal, Decimal]:
        return value_of(self.first), value_of(self.last)

    @property
    def is_revised(self) -> bool:
        return self.first.value != self.last.value


def first_prints(versions: Iterable[Version], newest: int) -> list[FirstPrint]:
    """Return the first prints by period; those of the `newest` release could not be revised yet.

    Projections and missing values do not count.
    """
    firsts: dict[date, Version] = {}
    lasts: dict[date, Point] = {}
    by_release = groupby(_valued(versions), lambda each: each.release)
    for begins, (_, brought) in enumerate(by_release):
        until = max(lasts, default=date.min)
        for each in brought:
            period = each.point.period
            if begins and period > until:
                firsts[period] = each
            lasts[period] = each.point
    return [
        FirstPrint(first.point, lasts[period])
        for period, first in sorted(firsts.items())
        if first.release < newest
    ]


def history_text(
    versions: Sequence[Version], newest: int, expected: int | None, view: SeriesView
) -> str:
    """Return how much first prints were revised, and how far apart releases came.

    `newest` is the id of the newest release; `expected` the days between releases, if known.
    """
    prints = first_prints(versions, newest)
    days = {each.released_on for each in versions}
    return " ".join(filter(None, [_revised_text(prints, view), _rhythm_text(days, expected)]))


def against_usual(release: int, versions: Sequence[Version], view: SeriesView) -> str:
    """Return how the largest change by a release compares with the revisions before it.

    That is "within its usual revision" or "2.3 times its usual revision"; "" without a change.
    """
    before = [each for each in versions if each.release < release]
    known = {each.point.period: each.point for each in _valued(before)}
    changes = [
        (value_of(known[each.point.period]), value_of(each.point))
        for each in _valued(versions)
        if each.release == release and each.point.period in known
    ]
    newest = max((each.release for each in before), default=0)
    revised = [each.step for each in first_prints(before, newest) if each.is_revised]
    sizes = step_sizes([*revised, *changes], view)
    usual, change = sizes[: len(revised)], max(sizes[len(revised) :], default=Decimal(0))
    if not change:
        return ""
    if len(usual) < FEWEST:
        return "too few revisions before it to say what is usual"
    multiple = change / median(usual)
    return (
        f"{times_text(multiple)} its usual revision"
        if multiple > 1
        else "within its usual revision"
    )


def _valued(versions: Iterable[Version]) -> list[Version]:
    """Return the versions with a value that is not projected, oldest release first."""
    return sorted(
        (
            each
            for each in versions
            if each.point.value is not None and each.point.status is not Status.PROJECTED
        ),
        key=lambda each: each.release,
    )


def _revised_text(prints: Sequence[FirstPrint], view: SeriesView) -> str:
    revised = [each for each in prints if each.is_revised]
    if len(prints) < FEWEST:
        return (
            "Too few values to say how much this number is usually revised: "
            f"{len(prints)} so far, {FEWEST} are needed."
        )
    if not revised:
        return f"None of the {len(prints)} values first published here was revised later."
    count = "All" if len(revised) == len(prints) else f"{len(revised)} of the"
    count = f"{count} {len(prints)} values first published here"
    sizes = step_sizes([each.step for each in revised], view)
    largest = revised[sizes.index(max(sizes))]
    change = wording(measure_change(largest.first, largest.last, view, WORDED), WORDED, view)
    which = f"{since_text(largest.last, view)}, {change}"
    if len(revised) == 1:
        return f"{count} was revised later: {which}."
    return f"{count} were revised later: {_usual_text(revised, sizes, view)}most for {which}."


def _usual_text(revised: Sequence[FirstPrint], sizes: Sequence[Decimal], view: SeriesView) -> str:
    """Return "usually by 0.4%, ", or "" with too few revisions."""
    if len(sizes) < FEWEST:
        return ""
    told_in_percent = in_percent([each.step for each in revised], view)
    size = median(sizes) if told_in_percent else view.in_unit(median(sizes))
    kind = FigureKind.PERCENT if told_in_percent else FigureKind.DIFFERENCE
    text = wording(Measurement(kind, revised[0].last, size), NO_FORMATS, view)
    return f"usually by {text.removeprefix('+')}, "


def _rhythm_text(days: Iterable[date], expected: int | None) -> str:
    released = sorted(set(days))
    if len(released) < FEWEST:
        return ""
    gaps = sorted((later - earlier).days for earlier, later in pairwise(released))
    apart = f"{gaps[0]} to {gaps[-1]}" if gaps[0] < gaps[-1] else f"{gaps[0]}"
    due = f"; one is expected every {expected} days" if expected else ""
    return f"Releases came {apart} days apart{due}."
