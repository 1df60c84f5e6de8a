"""What became of an issue's numbers after it was sent. The issue itself keeps what it said."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from glossary.models import Series
from glossary.prose.figures.comparison import compare, read_again
from glossary.prose.figures.readings import Reading
from glossary.prose.figures.series_view import SeriesView
from glossary.series.loading import load, views
from newsletter.issues.freezing import kept_readings
from newsletter.models import DataPoint, Issue


@dataclass(frozen=True)
class Since:
    """A number as it was sent and as it reads now; `said` is empty while a reader sees the same.

    `title` and `path` are those of its series.
    """

    title: str
    path: str
    as_sent: Reading
    now: Reading | None
    said: str


@dataclass(frozen=True)
class Changes:
    """All of one issue: `points` by the data points' positions, `prose` of figures in texts."""

    points: dict[int, Since]
    prose: tuple[Since, ...]

    @property
    def elsewhere(self) -> list[Since]:
        """What changed of the figures in prose, and does not stand under a data point already."""
        told = {(each.path, each.said) for each in self.points.values()}
        return [each for each in self.prose if each.said and (each.path, each.said) not in told]


def changes(issue: Issue, points: Iterable[DataPoint]) -> Changes:
    """Read every kept number again, in two queries. Series that are gone say nothing."""
    kept = {each.position: Reading.from_json(each.reading) for each in points if each.reading}
    prose = list(kept_readings(issue).values())
    now = _views({reading.slug for reading in (*kept.values(), *prose)})
    return Changes(
        {place: _since(one, now[one.slug]) for place, one in kept.items() if one.slug in now},
        tuple(_since(each, now[each.slug]) for each in prose if each.slug in now),
    )


def _views(slugs: Collection[str]) -> dict[str, SeriesView]:
    if not slugs:
        return {}
    return views(load(Series.objects.published().with_page().filter(slug__in=slugs)))


def _since(as_sent: Reading, now: SeriesView) -> Since:
    said = compare(as_sent, now)
    return Since(now.title, now.path, as_sent, read_again(as_sent, now).now, said)
