"""How an issue's numbers have changed since it was sent. The issue itself never changes."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from glossary.prose.figures.readings import Reading, change_since_sent, newer_value, read_again
from glossary.series.loading import revised_on, views_of
from newsletter.issues.corrections import label_of
from newsletter.issues.freezing import frozen_readings
from newsletter.models import Correction, DataPoint, Issue


@dataclass(frozen=True)
class ReadingChange:
    """A number as it was sent and as it is now; `change` is "" while readers see the same.

    `title` and `path` are those of its series.
    """

    title: str
    path: str
    as_sent: Reading
    now: Reading | None
    change: str
    corrections: tuple[Correction, ...] = ()

    @property
    def beyond_corrections(self) -> str:
        """The change, or only the part of it that the last correction does not say."""
        if not self.corrections:
            return self.change
        if self.now and self.now.period != self.as_sent.period:
            return newer_value(self.as_sent, self.now)
        shown = self.now.shown if self.now else ""
        return self.change if shown != self.corrections[-1].shown else ""

    @property
    def said(self) -> tuple[str, ...]:
        return (self.path, self.change, *(each.text for each in self.corrections))


@dataclass(frozen=True)
class IssueChanges:
    """The numbers of one issue: `points` by position of the data point, `prose` from the texts."""

    points: dict[int, ReadingChange]
    prose: tuple[ReadingChange, ...]
    corrections: tuple[Correction, ...] = ()

    @property
    def elsewhere(self) -> list[ReadingChange]:
        """The changed figures in prose that are not shown with a data point already."""
        shown = {each.said for each in self.points.values()}
        changed = (each for each in self.prose if each.change or each.corrections)
        return [each for each in changed if each.said not in shown]

    @property
    def other_corrections(self) -> list[Correction]:
        """The corrections of series that have no numbers any more."""
        told = {one.pk for each in (*self.points.values(), *self.prose) for one in each.corrections}
        return [each for each in self.corrections if each.pk not in told]


def changes_since_sent(issue: Issue, points: Iterable[DataPoint]) -> IssueChanges:
    """Read every frozen number again, with four queries; skip series that no longer exist.

    A draft has no changes.
    """
    if not issue.is_frozen:
        return IssueChanges({}, ())
    kept = {each.position: Reading.from_json(each.reading) for each in points if each.reading}
    prose = list(frozen_readings(issue).values())
    every = [*kept.values(), *prose]
    views, revised = views_of({each.slug for each in every}), revised_on(every)
    corrections = tuple(issue.corrections.select_related("series")) if every else ()
    told: dict[tuple[str, str], list[Correction]] = defaultdict(list)
    for correction in corrections:
        if correction.series:
            told[correction.series.slug, correction.as_sent].append(correction)
    changes = {
        each: ReadingChange(
            view.title,
            view.path,
            each,
            read_again(each, view).now,
            change_since_sent(each, view, revised.get(each)),
            tuple(told[each.slug, label_of(each)]),
        )
        for each in every
        if (view := views.get(each.slug))
    }
    return IssueChanges(
        {place: changes[each] for place, each in kept.items() if each in changes},
        tuple(changes[each] for each in prose if each in changes),
        corrections,
    )
