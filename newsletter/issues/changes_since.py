"""How an issue's numbers have changed since it was sent. The issue itself never changes."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from glossary.models import Series
from glossary.prose.figures.comparison import change_since_sent, read_again
from glossary.prose.figures.readings import Reading
from glossary.prose.figures.series_view import SeriesView
from glossary.series.loading import load, views
from newsletter.issues.freezing import frozen_readings
from newsletter.models import DataPoint, Issue


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


@dataclass(frozen=True)
class IssueChanges:
    """The numbers of one issue: `points` by position of the data point, `prose` from the texts."""

    points: dict[int, ReadingChange]
    prose: tuple[ReadingChange, ...]

    @property
    def elsewhere(self) -> list[ReadingChange]:
        """The changed figures in prose that are not shown with a data point already."""
        shown = {(each.path, each.change) for each in self.points.values()}
        return [
            each for each in self.prose if each.change and (each.path, each.change) not in shown
        ]


def changes_since_sent(issue: Issue, points: Iterable[DataPoint]) -> IssueChanges:
    """Read every frozen number again, with two queries; skip series that no longer exist."""
    kept = {each.position: Reading.from_json(each.reading) for each in points if each.reading}
    prose = list(frozen_readings(issue).values())
    now = _views({reading.slug for reading in (*kept.values(), *prose)})
    return IssueChanges(
        {place: _change(one, now[one.slug]) for place, one in kept.items() if one.slug in now},
        tuple(_change(each, now[each.slug]) for each in prose if each.slug in now),
    )


def _views(slugs: Collection[str]) -> dict[str, SeriesView]:
    if not slugs:
        return {}
    return views(load(Series.objects.published().with_page().filter(slug__in=slugs)))


def _change(as_sent: Reading, now: SeriesView) -> ReadingChange:
    again = read_again(as_sent, now).now
    return ReadingChange(now.title, now.path, as_sent, again, change_since_sent(as_sent, now))
