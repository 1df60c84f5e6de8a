"""Which numbers an issue could be about, why, and how each would be told. No database.

A series earns points for a new value, a record, a step larger than its usual ones, a claim it
broke, a revision of what was published. Points only rank; the editor reads the reasons.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import pairwise

from glossary.prose.figures.series_view import SeriesView
from glossary.series.latest import RAISED, Latest
from glossary.values.numbers import NO_BREAK, write
from glossary.values.periods import day_label
from glossary.values.points import Point

# From here on a step is larger than usual; beyond the most, more is no news.
UNUSUAL, MOST_UNUSUAL = Decimal("1.5"), Decimal(6)
# A value that tops fewer before it is no record: in any three numbers one is the highest.
FEWEST_TOPPED, MOST_TOPPED = 4, 12
FEWEST_REPEATED = 3  # growing series top themselves with each value
RAISE = str.maketrans("0123456789−", RAISED)
LONGEST_HEADLINE = 160
VERBS = {"up": "rose", "down": "fell"}


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known of a series since the last issue; texts are sentences for the editor."""

    view: SeriesView
    category: str
    latest: Latest
    surprise: Decimal
    is_new: bool  # released since the last issue
    broken: tuple[str, ...] = ()
    revised: str = ""
    told: str = ""  # what an earlier issue said of it, and what became of that
    is_repeat: bool = False  # an earlier issue said the same


@dataclass(frozen=True, slots=True)
class Candidate:
    slug: str
    title: str
    category: str
    figure: str
    period: str
    headline: str
    change: str
    is_new: bool
    is_repeat: bool
    score: Decimal
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Record:
    """The latest value is beyond `topped` values before it, and if `is_all`, beyond every one."""

    word: str
    topped: int
    is_all: bool
    since: date  # of the last value that was as high or as low; the first one's if there is none


def rank(found: Iterable[Evidence]) -> list[Candidate]:
    """Return all candidates, the most telling first; then those without news, then repetitions.

    Equal points go by title, so that the list reads the same however often it is asked for.
    """
    made = [_candidate(each) for each in found]
    return sorted(made, key=lambda each: (*_last(each), -each.score, each.title))


def choose(
    ranked: Sequence[Candidate], count: int, told: Iterable[str] = ()
) -> tuple[Candidate, ...]:
    """Take the best, of each topic one before a second; `told` are topics the draft has already."""
    chosen: list[Candidate] = []
    topics = set(told)
    rest = list(ranked)
    while rest and len(chosen) < count:
        best = min(rest, key=lambda each: (*_last(each), each.category in topics))
        rest.remove(best)
        chosen.append(best)
        topics.add(best.category)
    return tuple(chosen)


def record(view: SeriesView) -> Record | None:
    """Tell whether the newest value is the highest or lowest for a while."""
    points = [point for point in view.visible(projected=False) if point.value is not None]
    if len(points) <= FEWEST_TOPPED:
        return None
    return _record(points, "highest", 1) or _record(points, "lowest", -1)


def headline(title: str, newest: Latest) -> str:
    """Say it plainly: "H100 rental price fell 12% to $2.10 in October 2026"."""
    tail = _tail(title, newest)
    if len(title) + len(tail) > LONGEST_HEADLINE:
        title = f"{title[: LONGEST_HEADLINE - len(tail) - 1].rstrip()}…"
    # An editor goes on typing here, where a space that does not break is a trap.
    return (title + tail).replace(NO_BREAK, " ")


def figure_text(newest: Latest) -> str:
    """Put the two parts of a figure together: "14.5 million H100-equivalents"."""
    number = f"{newest.number}{newest.power.translate(RAISE)}"
    return f"{number} {newest.unit}".strip()


def _last(candidate: Candidate) -> tuple[bool, bool]:
    return candidate.is_repeat, not candidate.is_new


def _candidate(found: Evidence) -> Candidate:
    reasons = [each for each in _reasons(found) if each[1]]
    change = found.latest.change
    return Candidate(
        slug=found.view.slug,
        title=found.view.title,
        category=found.category,
        figure=figure_text(found.latest),
        period=found.latest.period,
        headline=headline(found.view.title, found.latest),
        change=change.words.replace(NO_BREAK, " ") if change else "",
        is_new=found.is_new,
        is_repeat=found.is_repeat,
        score=sum((points for points, _ in reasons), Decimal(0)),
        reasons=tuple(text for _, text in reasons),
    )


def _reasons(found: Evidence) -> list[tuple[Decimal, str]]:
    """List (points, sentence); an empty sentence is no reason."""
    return [
        (Decimal(4), " ".join(found.broken)),
        _of_record(found.view),
        _of_surprise(found.surprise),
        (Decimal(2), found.revised),
        (Decimal(1), found.told),
        (Decimal(1), _of_release(found)),
    ]


def _of_record(view: SeriesView) -> tuple[Decimal, str]:
    found = record(view)
    if found is None:
        return Decimal(0), ""
    points = Decimal(min(found.topped, MOST_TOPPED)) / 4
    if found.is_all:
        return points + 1, f"Its {found.word} value on record, since {view.label(found.since)}."
    return points, f"Its {found.word} value since {view.label(found.since)}."


def _of_surprise(surprise: Decimal) -> tuple[Decimal, str]:
    if surprise < UNUSUAL:
        return Decimal(0), ""
    times = write(surprise.quantize(Decimal("0.1")))
    return min(surprise, MOST_UNUSUAL), f"Its last step was {times} times its usual one."


def _of_release(found: Evidence) -> str:
    day = day_label(found.view.released_on)
    if found.is_new:
        return f"New since the last issue: released {day}."
    return f"Nothing new since the last issue: released {day}."


def _record(points: Sequence[Point], word: str, sign: int) -> Record | None:
    heights = [sign * point.value for point in points if point.value is not None]
    *before, newest = heights
    topped = next((back for back, each in enumerate(reversed(before)) if each >= newest), None)
    is_all = topped is None
    count = len(before) if topped is None else topped
    # Where values only ever grow, each is a record and none is news.
    if count < FEWEST_TOPPED or (is_all and _grows(before)):
        return None
    since = points[0] if is_all else points[-2 - count]
    return Record(word, count, is_all, since.period)


def _grows(heights: Sequence[Decimal]) -> bool:
    """Tell whether the values before each topped the one before it as well."""
    last = heights[-FEWEST_REPEATED:]
    return all(later > earlier for earlier, later in pairwise(last))


def _tail(title: str, newest: Latest) -> str:
    """A title that ends in “, world” is no subject of a verb, so a colon stands behind it."""
    figure, change = f"{figure_text(newest)}{_when(newest.period)}", newest.change
    direction, _, size = change.text.partition(" ") if change else ("", "", "")
    if change is None or direction not in VERBS:
        return f": {figure}" if "," in title else f" stands at {figure}"
    verb = f": {direction}" if "," in title else f" {VERBS[direction]}"
    return f"{verb} {size}{' in a year' if change.is_yearly else ''} to {figure}"


def _when(period: str) -> str:
    """Put a preposition before a period as periods.label writes it."""
    if " to " in period:
        return f" in the {period}"
    return f" on {period}" if "," in period else f" in {period}"
