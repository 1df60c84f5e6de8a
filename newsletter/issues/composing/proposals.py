"""Suggestions for a draft from the numbers that changed since the last issue."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from glossary.mentions import linked_names
from glossary.models import FigureUse, Release, Series, Term
from glossary.prose.figures.readings import Reading, change_since_sent
from glossary.prose.figures.series_view import SeriesView
from glossary.series.contents import terms_that_use
from glossary.series.freshness import Freshness, freshness, shown_series
from glossary.series.latest import latest
from glossary.series.loading import Loaded, load, load_versions, revised_from, revised_on
from glossary.series.movement import last_movement
from glossary.series.revision_history import Version, against_usual
from glossary.values.expectations import State
from glossary.values.periods import day_label
from glossary.values.points import Status
from newsletter.issues import corrections, mentions
from newsletter.issues.composing.candidates import (
    Candidate,
    Evidence,
    choose_candidates,
    rank_candidates,
)
from newsletter.issues.composing.reviewing import reopens_review
from newsletter.models import Correction, DataPoint, Issue
from newsletter.models.issues import DATA_POINTS

# A release that reached us this late is still news, and so is a series' newest at any age; other
# releases only complete the past.
LATE_NEWS = timedelta(days=31)
MOST_CORRECTIONS = 5  # lines that one press adds to an intro


class NotADraft(Exception):
    """The issue can no longer be filled; the text says what to do first."""


@dataclass(frozen=True)
class _Known:
    """What the database knows about all series together, by series id."""

    released: Mapping[int, list[Release]]
    versions: Mapping[int, list[Version]]  # of revised series
    broken: Mapping[int, list[str]]
    earlier: Mapping[int, DataPoint]
    since: datetime | None
    revised: Mapping[Reading, date]  # the readings of `earlier`, by `revised_on`
    last: int | None  # the number of the last issue


def find_candidates(issue: Issue) -> list[Candidate]:
    """Return every series an issue could be about now, ranked, with a fixed number of queries.

    Series that are overdue or have ended are not news and are left out.
    """
    today = timezone.localdate()
    published = Series.objects.published().with_page()
    current = [each for each in published if each.state(today) in (State.FRESH, State.DUE)]
    known = _known(issue, current)
    found = (_evidence(each, known) for each in load(current).values())
    return rank_candidates(each for each in found if each)


def late_series() -> list[tuple[Series, Freshness]]:
    """Return the series that are left out because newer values are late, last updated first."""
    told = [(each, freshness(each)) for each in shown_series()]
    late = [(series, fresh) for series, fresh in told if fresh.state.is_late]
    return sorted(late, key=lambda each: each[1].updated_on, reverse=True)


@transaction.atomic
@reopens_review
def fill_draft(issue: Issue) -> list[DataPoint]:
    """Fill the empty places of a draft and return the points that were filled.

    Keeps what editors typed. Raises NotADraft.
    """
    _lock_draft(issue)
    ranked = find_candidates(issue)
    points = list(issue.data_points.select_related("series__category"))
    filled = [point for point in points if _complete(point, ranked)]
    free = [
        place for place in range(1, DATA_POINTS + 1) if place not in {p.position for p in points}
    ]
    used = {point.series.slug for point in points if point.series}
    topics = {point.series.category.name for point in points if point.series}
    fresh = [each for each in ranked if each.slug not in used]
    for place, chosen in zip(free, choose_candidates(fresh, len(free), topics), strict=False):
        filled.append(_place(issue, place, chosen))
    _suggest_subject(issue)
    return filled


@transaction.atomic
@reopens_review
def tell_corrections(issue: Issue) -> list[Correction]:
    """Add lines about untold corrections to the end of a draft's intro; return those added.

    Leaves out what its texts tell already, and all but the newest. Raises NotADraft.
    """
    _lock_draft(issue)
    issue.refresh_from_db(fields=["intro"])
    told = corrections.told_in(issue)
    new = [each for each in corrections.untold_corrections(issue) if each.pk not in told]
    new = new[:MOST_CORRECTIONS][::-1]
    if new:
        lines = map(corrections.correction_line, new)
        issue.intro = "\n\n".join(filter(None, [issue.intro.rstrip(), *lines]))
        issue.save()
        mentions.record_mentions(issue)
    return new


@transaction.atomic
@reopens_review
def use_candidate(issue: Issue, slug: str, position: int) -> DataPoint:
    """Put one candidate at a place and return the new point; history keeps the replaced one.

    Raises NotADraft, and LookupError when the series is no longer a candidate.
    """
    _lock_draft(issue)
    chosen = next((each for each in find_candidates(issue) if each.slug == slug), None)
    if chosen is None or position not in range(1, DATA_POINTS + 1):
        raise LookupError(f"“{slug}” is no longer among the candidates.")
    for old in issue.data_points.filter(position=position):
        old.delete()
    point = _place(issue, position, chosen)
    mentions.record_mentions(Issue.objects.get(pk=issue.pk))  # the replaced comment had links
    _suggest_subject(issue)
    return point


def _lock_draft(issue: Issue) -> None:
    """Lock the draft, so that no other request fills or approves it meanwhile."""
    linked_names.hold()  # before the issue, in the order of the clock when it links texts
    held = Issue.objects.select_for_update(of=("self",), no_key=True).filter(pk=issue.pk)
    if held.values_list("status", flat=True).get() != Issue.Status.DRAFT:
        raise NotADraft("Only a draft can be filled. Withdraw the approval first.")


def _place(issue: Issue, position: int, chosen: Candidate) -> DataPoint:
    series = Series.objects.select_related("source").get(slug=chosen.slug)
    point = DataPoint(issue=issue, position=position, series=series)
    _fill(point, chosen)
    point.clean()  # takes the source of the series
    point.save()
    return point


def _complete(point: DataPoint, ranked: Iterable[Candidate]) -> bool:
    """Fill the empty fields of an editor's data point; return whether anything changed."""
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
    point.proposed_because = " ".join(chosen.reasons)


def _term_of(series: Series | None) -> Term | None:
    """Return a term that explains the series: one that shows it, else one that uses it."""
    if series is None:
        return None
    shown = Term.objects.published().filter(shown_series__series=series)
    first = shown.order_by("shown_series__position", "shown_series__pk").first()
    return first or next(iter(terms_that_use(series)), None)


def _suggest_subject(issue: Issue) -> None:
    """Use the first headline as subject if there is none and it is short enough."""
    first = issue.data_points.order_by("position").first()
    longest = Issue._meta.get_field("subject").max_length or 0
    if not issue.subject and first and 0 < len(first.headline) <= longest:
        issue.subject = first.headline
        issue.save()


def _known(issue: Issue, series: list[Series]) -> _Known:
    last = Issue.objects.in_archive().filter(newsletter=issue.newsletter_id).exclude(pk=issue.pk)
    since, number = last.values_list("sent_at", "number").first() or (None, None)
    releases = _released_since(since, series)
    earlier = (
        DataPoint.objects.filter(issue__in=Issue.objects.in_archive(), series__in=series)
        .select_related("issue")
        .order_by("issue__sent_at", "-position")
    )
    told = {point.series_id: point for point in earlier if point.series_id}
    revised = [each.series_id for each in releases if each.kind == Release.Kind.REVISION]
    return _Known(
        versions=load_versions([each for each in series if each.pk in revised]) if revised else {},
        released={each.pk: [r for r in releases if r.series_id == each.pk] for each in series},
        broken=_broken_by(releases),
        earlier=told,
        since=since,
        revised=revised_on([Reading.from_json(p.reading) for p in told.values() if p.reading]),
        last=number,
    )


def _released_since(since: datetime | None, series: list[Series]) -> list[Release]:
    releases = Release.objects.filter(series__in=series)
    if since is not None:
        oldest = timezone.localtime(since).date() - LATE_NEWS
        is_news = Q(released_on__gte=oldest) | Q(pk=F("series__current_release"))
        releases = releases.filter(is_news, imported_at__gt=since)
    return list(releases.newest_first())


def _broken_by(releases: list[Release]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    for use in FigureUse.objects.filter(broken_in__in=releases).select_related("term"):
        found.setdefault(use.series_id, []).append(f"In “{use.term.headword}”: {use.finding}")
    return found


def _evidence(loaded: Loaded, known: _Known) -> Evidence | None:
    """Return the evidence for one series; None if it has no value or only a projected one."""
    view, series = loaded.view, loaded.series
    newest = latest(view)
    if newest is None or newest.status is Status.PROJECTED:
        return None
    released = known.released.get(series.pk, [])
    earlier, is_repeat = _earlier(known.earlier.get(series.pk), loaded, known)
    return Evidence(
        view=view,
        category=series.category.name,
        subject=series.chart_subject,
        latest=newest,
        movement=last_movement(view, revised_from(loaded)),
        is_new=bool(released),
        broken=tuple(known.broken.get(series.pk, [])),
        revised=_revised(released, known.versions.get(series.pk, []), view),
        earlier=earlier,
        is_repeat=is_repeat,
        late_on=_late_on(released, known.since),
    )


def _late_on(released: list[Release], since: datetime | None) -> date | None:
    """Return when the newest release came in, if it is dated before the day of the last issue."""
    is_late = since and released and released[0].released_on < timezone.localtime(since).date()
    return timezone.localtime(released[0].imported_at).date() if is_late else None


def _earlier(point: DataPoint | None, loaded: Loaded, known: _Known) -> tuple[str, bool]:
    """Return how the number of an earlier issue changed, and whether it is still the same."""
    if point is None:
        return "", False
    number = point.issue.number
    where = f"the last issue ({number})" if number == known.last else f"issue {number}"
    if point.reading is None:  # typed by hand
        return f"It was in {where}.", False
    as_sent = Reading.from_json(point.reading)
    change = change_since_sent(as_sent, loaded.view, known.revised.get(as_sent))
    return (
        (f"It was in {where}: {change}.", False)
        if change
        else (f"It was in {where} and has not changed since.", True)
    )


def _revised(released: list[Release], versions: list[Version], view: SeriesView) -> str:
    for release in released:
        if release.kind == Release.Kind.REVISION:
            how = against_usual(release.pk, versions, view)
            when = f"Revised on {day_label(release.released_on)}{', ' if how else ''}{how}"
            return f"{when}. {release.summary}"
    return ""
