"""Series that are the sum of other series of ours: capital expenditure of four companies together.

Their only step is "sum of" with the slugs. When a summand has a newer release, the clock adds up
again; the sum is planned and accepted like a fetched file.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date

from django.template.defaultfilters import pluralize

from glossary.fetching.errors import FetchError
from glossary.fetching.fetch import Fetched
from glossary.ingest import refreshing
from glossary.ingest.period_days import calendar_period
from glossary.ingest.steps.declaration import SUM_OF, read_steps
from glossary.models import Fetch, Series
from glossary.series.loading import Loaded, load
from glossary.values.numbers import EXACT
from glossary.values.periods import Frequency
from glossary.values.points import Point, Status


def add_up_changed() -> str:
    """Make releases of the sums whose summands have newer ones (a job of every minute)."""
    outcomes = [_add_up(each) for each in Series.objects.with_page().filter(steps__contains=SUM_OF)]
    news = sum(outcome is not None and outcome.is_news for outcome in outcomes)
    return f"{news} sum{pluralize(news)} of series made" if news else ""


def total(summands: Sequence[Sequence[Point]], frequency: Frequency) -> list[Point]:
    """Add the values of the periods that all summands have, and date each by its latest day.

    A sum is provisional if a summand is; projected values are left out.
    """
    found: dict[date, list[Point]] = defaultdict(list)
    for points in summands:
        for point in points:
            if point.value is not None and point.status is not Status.PROJECTED:
                found[calendar_period(point.period, frequency)].append(point)
    return [_sum(points) for _, points in sorted(found.items()) if len(points) == len(summands)]


def _sum(points: Sequence[Point]) -> Point:
    value = points[0].value
    for point in points[1:]:
        if value is not None and point.value is not None:
            value = EXACT.add(value, point.value)
    is_sure = all(point.status is Status.FINAL for point in points)
    day = max(point.period for point in points)
    return Point(day, value, status=Status.FINAL if is_sure else Status.PROVISIONAL)


def _add_up(series: Series) -> refreshing.RefreshOutcome | None:
    """Return what came of a sum; None if no summand has changed since the last look."""
    slugs = read_steps(series.steps).sum_of
    summands = load(Series.objects.published().with_page().filter(slug__in=slugs))
    looked_at = Fetch.objects.filter(series=series).values_list("checked_at", flat=True).first()
    newest = max((each.release.imported_at for each in summands.values()), default=None)
    if len(summands) < len(slugs) or newest is None or (looked_at and newest < looked_at):
        return None
    return refreshing.settle(series, _added(series, list(summands.values())))


def _added(series: Series, summands: Sequence[Loaded]) -> Fetched | FetchError:
    """Return the sum as a file in our own format, or why the series cannot be added."""
    for each in summands:
        if (each.series.unit, each.series.scale) != (series.unit, series.scale):
            return FetchError(f"{each.series.slug} has another unit or scale than the sum.")
    points = total([each.points for each in summands], Frequency(series.frequency))
    rows = "".join(f"{point.period},{point.value},{point.status}\n" for point in points)
    return Fetched(f"period,value,status\n{rows}".encode(), "text/csv", "", "", "/sum.csv")
