"""How an issue's numbers have changed since it was sent. The issue itself never changes."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from glossary.prose.figures.readings import Reading, change_since_sent, newer_value, read_again
from glossary.prose.figures.series_view import SeriesView
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
        return [
            each
            for each in self.prose
            if (each.change or each.corrections) and each.said not in shown
        ]

    @property
    def other_corrections(self) -> list[Correction]:
        """The corrections of series that have no numbers any more."""
        told = {one.pk for each in (*self.points.values(), *self.prose) for one in each.corrections}
        return [each for each in self.corrections if each.pk not in told]


def changes_since_sent(issue: Issue, points: Iterable[DataPoint]) -> IssueChanges:
    """Read every frozen number again, with four queries; skip series that no longer exist."""
    kept = {each.position: Reading.from_json(each.reading) for each in points if each.reading}
    prose = list(frozen_readings(issue).values())
    now = views_of({reading.slug for reading in (*kept.values(), *prose)})
    corrections = tuple(issue.corrections.select_related("series")) if kept or prose else ()
    days = revised_on([*kept.values(), *prose])
    changes = {
        each: _change(each, now[each.slug], days.get(each), corrections)
        for each in (*kept.values(), *prose)
        if each.slug in now
    }
    return IssueChanges(
        {place: changes[each] for place, each in kept.items() if each in changes},
        tuple(changes[each] for each in prose if each in changes),
        corrections,
    )


def _change(
    as_sent: Reading, now: SeriesView, revised: date | None, corrections: Iterable[Correction]
) -> ReadingChange:
    label = label_of(as_sent)
    return ReadingChange(
        now.title,
        now.path,
        as_sent,
        read_again(as_sent, now).now,
        change_since_sent(as_sent, now, revised),
        tuple(
            each
            for each in corrections
            if each.as_sent == label and each.series and each.series.slug == as_sent.slug
        ),
    )
