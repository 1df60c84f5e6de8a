"""Which numbers an issue could be about, why, and how to word each. Pure.

A series earns points for a new value, a record, an unusually large step, a claim it broke, or a
revision of published values. Points only rank the series; the editor reads the reasons.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from functools import cached_property
from itertools import pairwise
from typing import NamedTuple

from glossary.prose.figures.growth import PERIODS_A_YEAR
from glossary.prose.figures.measurement import value_of
from glossary.prose.figures.series_view import SeriesView
from glossary.prose.figures.wording import UNCHANGED
from glossary.series.findings import AFTER_NUMBER
from glossary.series.latest import Change, Latest
from glossary.series.movement import Movement
from glossary.values.numbers import NO_BREAK, is_index, is_percent, rounded
from glossary.values.periods import day_label

# A step this many times the usual one is unusual; more than the maximum earns no more points.
UNUSUAL, MOST_UNUSUAL = Decimal("1.5"), Decimal(6)
# A record has to top at least this many values: among any three numbers one is the highest.
FEWEST_TOPPED, MOST_TOPPED = 4, 12
FEWEST_REPEATED = 3  # in a growing series every value is a record
LONGEST_HEADLINE = 160
POINTS = re.compile(r"(?P<value>\d+(?:\.\d+)?)[ \u00a0]percentage (?P<unit>points?)")
VERBS = {"up": "rose", "down": "fell"}


@dataclass(frozen=True)
class Candidate:
    """What happened to a series since the last issue; texts are sentences for the editor."""

    view: SeriesView
    category: str
    subject: str  # of its chart: “H100 rental prices”, or of a share “of US firms use AI”
    latest: Latest
    movement: Movement | None
    is_new: bool  # released since the last issue
    broken: tuple[str, ...] = ()
    revised: str = ""
    earlier: str = ""  # which earlier issue had this series, and how its number changed since
    is_repeat: bool = False  # the earlier issue gave the same number
    late_on: date | None = None  # when a new release came in that is dated before the last issue

    @property
    def slug(self) -> str:
        return self.view.slug

    @property
    def headline(self) -> str:
        return headline(self.view, self.latest, self.subject)

    @property
    def change(self) -> str:
        return _told(self.latest.change)

    @property
    def staleness(self) -> tuple[bool, bool]:
        """Return a sort key: what is told already comes after what is only not new."""
        return self.is_repeat, not self.is_new

    @property
    def is_news(self) -> bool:
        """Return whether an issue can be filled with it.

        It was released since the last issue, or it changed within a year and no issue has told it.
        """
        change = self.latest.change
        has_moved = change is not None and not change.text.endswith(UNCHANGED)
        return self.is_new or (has_moved and not self.is_repeat)

    @property
    def score(self) -> Decimal:
        return sum((points for points, _ in self._earned), Decimal(0))

    @property
    def reasons(self) -> tuple[str, ...]:
        return tuple(text for _, text in self._earned)

    @cached_property
    def _earned(self) -> list[tuple[Decimal, str]]:
        """The points and the sentence of each reason."""
        step, too_few, moved = (Decimal(0), ""), "", self.movement
        if moved and moved.surprise is None:
            too_few = f"{moved.how.capitalize()}."
        elif moved and moved.surprise is not None and moved.surprise >= UNUSUAL:
            step = min(moved.surprise, MOST_UNUSUAL), f"{moved.words.replace(NO_BREAK, ' ')}."
        found = [
            (Decimal(4), " ".join(self.broken)),
            _extreme_reason(self.view),
            step,
            (Decimal(2), self.revised),
            (Decimal(1), self.earlier),
            (Decimal(1), self._release_reason()),
            (Decimal(0), too_few),
        ]
        return [(points, text) for points, text in found if text]

    def _release_reason(self) -> str:
        day = day_label(self.view.released_on)
        if self.late_on:
            came = day_label(self.late_on)
            return f"New since the last issue: came in on {came}, although released {day}."
        if self.is_new:
            return f"New since the last issue: released {day}."
        untold = "" if self.earlier else ", which no issue has told yet"
        return f"No newer release than that of {day}{untold}."


class Extreme(NamedTuple):
    """The latest value is the `word` ("highest") of itself and the `topped` values before it.

    `since` is the period of the last value that was as extreme; if `is_all`, the first period.
    """

    word: str
    topped: int
    is_all: bool
    since: date


def rank_candidates(found: Iterable[Candidate]) -> list[Candidate]:
    """Return all candidates, highest score first; those without news, then repetitions, last.

    Equal scores are sorted by title, so that the order is always the same.
    """
    return sorted(found, key=lambda each: (*each.staleness, -each.score, each.view.title))


def choose_candidates(
    ranked: Sequence[Candidate], count: int, topics: Iterable[str] = ()
) -> list[Candidate]:
    """Take the best `count` of news, preferring new topics; the draft has `topics` already."""
    chosen: list[Candidate] = []
    used, rest = set(topics), [each for each in ranked if each.is_news]
    while rest and len(chosen) < count:
        best = min(rest, key=lambda each: (*each.staleness, each.category in used))
        rest.remove(best)
        chosen.append(best)
        used.add(best.category)
    return chosen


def find_extreme(view: SeriesView) -> Extreme | None:
    """Return how extreme the newest value is; None if it is nothing special."""
    points = view.valued()
    for word, sign in (("highest", 1), ("lowest", -1)) if len(points) > FEWEST_TOPPED else ():
        *before, newest = [sign * value_of(point) for point in points]
        equal = (back for back, each in enumerate(reversed(before)) if each >= newest)
        topped = next(equal, len(before))
        is_all = topped == len(before)
        # In a series that only grows, every value is a record and none is news.
        grows = all(later > earlier for earlier, later in pairwise(before[-FEWEST_REPEATED:]))
        if topped >= FEWEST_TOPPED and not (is_all and grows):
            return Extreme(word, topped, is_all, points[0 if is_all else -2 - topped].period)
    return None


def headline(view: SeriesView, newest: Latest, subject: str = "") -> str:
    """Word a headline: "H100 rental price fell 12% to $2.10 in October 2026"."""
    is_share = is_percent(view.unit, view.short_unit)
    tail = _share(view, newest, subject) if is_share else _tail(view.title, newest)
    title = "" if is_share and subject.startswith(AFTER_NUMBER) else view.title
    if len(title) + len(tail) > LONGEST_HEADLINE:
        title = f"{title[: LONGEST_HEADLINE - len(tail) - 1].rstrip()}…"
    # Editors edit this text, and a no-break space would surprise them.
    return (title + tail).replace(NO_BREAK, " ")


def _extreme_reason(view: SeriesView) -> tuple[Decimal, str]:
    found = find_extreme(view)
    if found is None:
        return Decimal(0), ""
    points = Decimal(min(found.topped, MOST_TOPPED)) / 4 + found.is_all
    on_record = " on record," if found.is_all else ""
    return points, f"Its {found.word} value{on_record} since {view.label(found.since)}."


def _tail(title: str, newest: Latest) -> str:
    """Return the end of a headline; a title such as “Jobs, world” needs a colon before it."""
    # The figure as shown, without the base of an index.
    shown = replace(newest, unit="") if is_index(newest.unit) else newest
    figure, change = f"{shown.text}{_when(newest.period)}", newest.change
    direction, _, size = change.text.partition(" ") if change else ("", "", "")
    if change is None or direction not in VERBS:
        times = f", {change.words}" if change and change.text.endswith("as much") else ""
        return f"{':' if ',' in title else ' is at'} {figure}{times}"
    verb = f": {direction}" if "," in title else f" {VERBS[direction]}"
    return f"{verb} {size}{' in a year' if change.is_yearly else ''} to {figure}"


def _share(view: SeriesView, newest: Latest, subject: str) -> str:
    """Return the words after the title of a share, or all if the subject follows the number.

    "46% of firms use AI, up 6 points in a year": what rises is the share, not the firms.
    """
    change = _told(newest.change)
    change = f", {change[0].lower()}{change[1:]}" if change else ""
    if not subject.startswith(AFTER_NUMBER):
        return f": {newest.text}{_when(newest.period)}{change}"
    # The present tense of “use AI” fits no single day.
    when = _when(newest.period) if view.frequency in PERIODS_A_YEAR else ""
    return f"{newest.text} {subject}{when}{change}"


def _told(change: Change | None) -> str:
    """Return a change as proposed; of a share in points with one decimal: "Up 6.5 points"."""
    return POINTS.sub(_brief, change.words).replace(NO_BREAK, " ") if change else ""


def _brief(found: re.Match[str]) -> str:
    value, short = found["value"], rounded(Decimal(found["value"]), 1)
    return f"{min(value, str(short), key=len) if short else value} {found['unit']}"


def _when(period: str) -> str:
    """Return a period label with the right preposition before it."""
    if " to " in period:
        return f" in the {period}"
    return f" on {period}" if "," in period else f" in {period}"
