"""Series that are the sum of other series of ours: capital expenditure of four companies together.

Their only step is "sum of" with the slugs. When a summand has another release, a newer one or the
one before a withdrawal, the clock adds up again; the sum is planned and accepted like a fetched
file, whose tag names the releases that it was made of.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from functools import reduce

from django.db.models import Q
from django.template.defaultfilters import pluralize
from django.utils import timezone

from glossary.fetching.errors import FetchError
from glossary.fetching.fetch import Fetched
from glossary.ingest import refreshing
from glossary.ingest.period_days import calendar_period
from glossary.ingest.steps.declaration import SUM_OF, read_steps
from glossary.models import Fetch, Series
from glossary.series.loading import load
from glossary.values.numbers import EXACT
from glossary.values.periods import Frequency
from glossary.values.points import Point, Status


def add_up_changed() -> str:
    """Make releases of the sums whose summands have newer ones (a job of every minute)."""
    outcomes = [_add_up(each) for each in Series.objects.with_page().filter(steps__contains=SUM_OF)]
    news = sum(outcome is not None and outcome.is_news for outcome in outcomes)
    return f"{news} sum{pluralize(news)} of series made" if news else ""


def total(summands: Sequence[Sequence[Point]], frequency: Frequency) -> list[Point]:
    """Return the sums of the periods that all summands have, each on its latest day.

    A sum is provisional if a summand is; projected values are left out.
    """
    of_each = [_by_period(points, frequency) for points in summands]
    shared = set(of_each[0]).intersection(*of_each[1:])
    return [_sum([found[period] for found in of_each]) for period in sorted(shared)]


def _by_period(points: Sequence[Point], frequency: Frequency) -> dict[date, Point]:
    """Return the values by period, without a period in which two end: October 1 and December 31."""
    found: dict[date, list[Point]] = defaultdict(list)
    for point in points:
        if point.value is not None and point.status is not Status.PROJECTED:
            found[calendar_period(point.period, frequency)].append(point)
    return {period: several[0] for period, several in found.items() if len(several) == 1}


def _sum(points: Sequence[Point]) -> Point:
    value = reduce(EXACT.add, (point.value for point in points if point.value is not None))
    is_sure = all(point.status is Status.FINAL for point in points)
    day = max(point.period for point in points)
    return Point(day, value, status=Status.FINAL if is_sure else Status.PROVISIONAL)


def _add_up(series: Series) -> refreshing.RefreshOutcome | None:
    """Return what came of a sum; None if its summands have the releases that it was made of.

    A sum that failed is tried again after a pause. The first waits until all summands are there.
    """
    slugs = read_steps(series.steps).sum_of
    found = Series.objects.published().filter(slug__in=slugs).order_by("slug")
    releases = [str(pk) for pk in found.values_list("current_release", flat=True)]
    if len(releases) < len(slugs) and series.current_release is None:
        return None
    made_of = "-".join(releases)
    looked = Fetch.objects.filter(series=series)
    if looked.filter(Q(etag=made_of) | Q(failures__gt=0, next_at__gt=timezone.now())).exists():
        return None
    return refreshing.settle(series, _added(series, slugs, made_of))


def _added(series: Series, slugs: Sequence[str], made_of: str) -> Fetched | FetchError:
    """Return the sum as a file in our own format, or why the series cannot be added."""
    summands = load(Series.objects.published().with_page().filter(slug__in=slugs))
    if missing := sorted(set(slugs) - summands.keys()):
        return FetchError(f"{missing[0]} has no values.")
    for each in (loaded.series for loaded in summands.values()):
        if (each.unit, each.scale) != (series.unit, series.scale):
            return FetchError(f"{each.slug} has another unit or scale than the sum.")
        if each.frequency != series.frequency:
            return FetchError(f"{each.slug} is {each.frequency}, and the sum {series.frequency}.")
    points = total([each.points for each in summands.values()], Frequency(series.frequency))
    rows = "".join(f"{point.period},{point.value},{point.status}\n" for point in points)
    return Fetched(f"period,value,status\n{rows}".encode(), "text/csv", made_of, "", "/sum.csv")
