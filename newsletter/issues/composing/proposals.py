"""Filling a draft from what moved since the last issue: suggestions, and the editor decides."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from glossary.models import FigureUse, Release, Series, State, Term
from glossary.prose.figures.comparison import compare
from glossary.prose.figures.readings import Reading
from glossary.series import movement
from glossary.series.contents import terms_that_use
from glossary.series.latest import latest
from glossary.series.loading import Loaded, load
from glossary.values.periods import day_label
from glossary.values.points import Status
from newsletter.issues import mentions
from newsletter.issues.composing.candidates import Candidate, Evidence, choose, rank
from newsletter.models import DataPoint, Issue
from newsletter.models.issues import DATA_POINTS

# A release that reached us late is still news; one that is older was brought to fill the past.
LATE_NEWS = timedelta(days=31)
LONGEST_REASON = 300


class NotADraft(Exception):
    """The issue can no longer be filled; the text says what to do first."""


@dataclass(frozen=True)
class _Known:
    """What the database says of all series at once, by the series' id."""

    released: Mapping[int, list[Release]]
    broken: Mapping[int, list[str]]
    told: Mapping[int, DataPoint]


def candidates(issue: Issue) -> list[Candidate]:
    """Return every series an issue could tell of now, ranked: five queries, however many.

    Those whose newest value is overdue, or that ended, are left out: they are no news.
    """
    today = timezone.localdate()
    published = Series.objects.published().with_page()
    current = [each for each in published if each.state(today) in (State.FRESH, State.DUE)]
    known = _known(issue, current)
    found = (_evidence(each, known) for each in load(current).values())
    return rank(each for each in found if each)


@transaction.atomic
def propose(issue: Issue) -> list[DataPoint]:
    """Fill the empty places of a draft and return what was filled. What was typed stays.

    Raises NotADraft.
    """
    _hold(issue)
    ranked = candidates(issue)
    points = list(issue.data_points.select_related("series__category"))
    filled = [point for point in points if _complete(point, ranked)]
    free = [
        place for place in range(1, DATA_POINTS + 1) if place not in {p.position for p in points}
    ]
    told = {point.series.slug for point in points if point.series}
    topics = {point.series.category.name for point in points if point.series}
    fresh = [each for each in ranked if each.slug not in told]
    for place, chosen in zip(free, choose(fresh, len(free), topics), strict=False):
        filled.append(_place(issue, place, chosen))
    _suggest_subject(issue)
    return filled


@transaction.atomic
def use(issue: Issue, slug: str, position: int) -> DataPoint:
    """Put one candidate at a place, instead of whatever stands there: history keeps that.

    Raises NotADraft, and LookupError when the series is no candidate any more.
    """
    _hold(issue)
    chosen = next((each for each in candidates(issue) if each.slug == slug), None)
    if chosen is None or position not in range(1, DATA_POINTS + 1):
        raise LookupError(f"“{slug}” is no longer among what could be told.")
    for old in issue.data_points.filter(position=position):
        old.delete()
    point = _place(issue, position, chosen)
    mentions.record(Issue.objects.get(pk=issue.pk))  # the comment that is gone had its links
    _suggest_subject(issue)
    return point


def _hold(issue: Issue) -> None:
    """Let nobody else fill or approve it meanwhile."""
    held = Issue.objects.select_for_update(of=("self",), no_key=True).filter(pk=issue.pk)
    if held.values_list("status", flat=True).get() != Issue.Status.DRAFT:
        raise NotADraft("Only a draft can be filled. Take the approval back first.")


def _place(issue: Issue, position: int, chosen: Candidate) -> DataPoint:
    series = Series.objects.select_related("source").get(slug=chosen.slug)
    point = DataPoint(issue=issue, position=position, series=series)
    _fill(point, chosen)
    point.clean()  # takes the source of the series
    point.save()
    return point


def _complete(point: DataPoint, ranked: Iterable[Candidate]) -> bool:
    """Fill what an editor left open beside the series he chose; tell whether there was any."""
    if point.series is None or (point.headline and point.change and point.term_id):
        return False
    chosen = next((each for each in ranked if each.slug == point.series.slug), None)
    if chosen is None:
        return False
    before = (point.headline, point.change, point.term_id)
    _fill(point, chosen)
    point.save()
    return before != (point.headline, point.change, point.term_id)


def _fill(point: DataPoint, chosen: Candidate) -> None:
    point.headline = point.headline or chosen.headline
    point.change = point.change or chosen.change[:120]
    point.term = point.term or _term_of(point.series)
    point.proposed_because = " ".join(chosen.reasons)[:LONGEST_REASON]


def _term_of(series: Series | None) -> Term | None:
    """Find a term to explain it: one that shows the series, else one that reads it."""
    if series is None:
        return None
    shown = Term.objects.published().filter(shown_series__series=series)
    first = shown.order_by("shown_series__position", "shown_series__pk").first()
    return first or next(iter(terms_that_use(series)), None)


def _suggest_subject(issue: Issue) -> None:
    """Without a subject take the first headline, if it fits a subject line."""
    first = issue.data_points.order_by("position").first()
    longest = Issue._meta.get_field("subject").max_length or 0
    if not issue.subject and first and 0 < len(first.headline) <= longest:
        issue.subject = first.headline
        issue.save()


def _known(issue: Issue, series: list[Series]) -> _Known:
    since = _last_sent(issue)
    releases = _released_since(since, series)
    told = (
        DataPoint.objects.filter(issue__in=Issue.objects.in_archive(), series__in=series)
        .filter(reading__isnull=False)
        .select_related("issue")
        .order_by("issue__sent_at", "-position")
    )
    return _Known(
        released={each.pk: [r for r in releases if r.series_id == each.pk] for each in series},
        broken=_broken_by(releases),
        told={point.series_id: point for point in told if point.series_id},
    )


def _last_sent(issue: Issue) -> datetime | None:
    others = Issue.objects.in_archive().filter(newsletter=issue.newsletter_id).exclude(pk=issue.pk)
    return others.values_list("sent_at", flat=True).first()


def _released_since(since: datetime | None, series: list[Series]) -> list[Release]:
    releases = Release.objects.filter(series__in=series)
    if since is not None:
        oldest = timezone.localtime(since).date() - LATE_NEWS
        releases = releases.filter(imported_at__gt=since, released_on__gte=oldest)
    return list(releases.newest_first())


def _broken_by(releases: list[Release]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    for use in FigureUse.objects.filter(broken_in__in=releases).select_related("term"):
        found.setdefault(use.series_id, []).append(f"In “{use.term.headword}”: {use.finding}")
    return found


def _evidence(loaded: Loaded, known: _Known) -> Evidence | None:
    """Weigh one series; None where there is no number to tell of, or only a projected one."""
    view, series = loaded.view, loaded.series
    newest = latest(view)
    if newest is None or newest.status is Status.PROJECTED:
        return None
    released = known.released.get(series.pk, [])
    told, is_repeat = _told(known.told.get(series.pk), loaded)
    return Evidence(
        view=view,
        category=series.category.name,
        latest=newest,
        surprise=movement.surprise(view),
        is_new=bool(released),
        broken=tuple(known.broken.get(series.pk, [])),
        revised=_revised(released),
        told=told,
        is_repeat=is_repeat,
    )


def _told(point: DataPoint | None, loaded: Loaded) -> tuple[str, bool]:
    """Say what an earlier issue said of the series; whether a new one would say it again."""
    if point is None or point.reading is None:
        return "", False
    where = f"Issue {point.issue.number} told of it"
    change = compare(Reading.from_json(point.reading), loaded.view)
    return (f"{where}: {change}.", False) if change else (f"{where}, and it still holds.", True)


def _revised(released: list[Release]) -> str:
    for release in released:
        if release.kind == Release.Kind.REVISION:
            return f"Revised on {day_label(release.released_on)}. {release.summary}"
    return ""
