"""Suggestions for a draft from the numbers that changed since the last issue."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import date, timedelta
from functools import wraps
from typing import Concatenate

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from glossary.mentions import linked_names
from glossary.models import FigureUse, Release, Series, Term
from glossary.prose.figures.readings import Reading, change_since_sent
from glossary.series.contents import terms_that_use
from glossary.series.freshness import Freshness, freshness, shown_series
from glossary.series.latest import latest
from glossary.series.loading import Loaded, load, load_versions, revised_from, revised_on
from glossary.series.movement import last_movement
from glossary.series.revision_history import against_usual
from glossary.values.expectations import State
from glossary.values.periods import day_label
from glossary.values.points import Status
from newsletter.issues import corrections, mentions
from newsletter.issues.composing import reviewing
from newsletter.issues.composing.candidates import Candidate, choose_candidates, rank_candidates
from newsletter.models import Correction, DataPoint, Issue
from newsletter.models.issues import PLACES

# A release that reached us this late is still news, and so is a series' newest at any age; other
# releases only complete the past.
LATE_NEWS = timedelta(days=31)
MOST_CORRECTIONS = 5  # lines that one press adds to an intro


class NotADraft(Exception):
    """The issue can no longer be filled; the text says what to do first."""


def edits_draft[**More, Result](
    edit: Callable[Concatenate[Issue, More], Result],
) -> Callable[Concatenate[Issue, More], Result]:
    """Wrap a function that edits a draft, so that no other request fills or approves it meanwhile,
    and its review is reopened by the edit. The wrapped function raises NotADraft.
    """

    @wraps(edit)
    @transaction.atomic
    def edited(issue: Issue, /, *args: More.args, **kwargs: More.kwargs) -> Result:
        linked_names.hold()  # before the issue, in the order of the clock when it links texts
        held = Issue.objects.select_for_update(of=("self",), no_key=True).get(pk=issue.pk)
        if held.status != Issue.Status.DRAFT:
            raise NotADraft("Only a draft can be filled. Withdraw the approval first.")
        before = reviewing.read_stored(held)
        result = edit(issue, *args, **kwargs)
        stored = Issue.objects.get(pk=issue.pk)
        reviewing.settle_review(stored, before)
        issue.keep_signed(stored)
        return result

    return edited


def find_candidates(issue: Issue) -> list[Candidate]:
    """Return every series an issue could be about now, ranked, with a fixed number of queries.

    Series that are overdue or have ended are not news and are left out.
    """
    today = timezone.localdate()
    published = Series.objects.published().with_page()
    current = [each for each in published if each.state(today) in (State.FRESH, State.DUE)]
    news = _News(issue, current)
    found = (news.candidate(each) for each in load(current).values())
    return rank_candidates(each for each in found if each)


def late_series() -> list[tuple[Series, Freshness]]:
    """Return the series that are left out because newer values are late, last updated first."""
    told = [(each, freshness(each)) for each in shown_series()]
    late = [(series, fresh) for series, fresh in told if fresh.state.is_late]
    return sorted(late, key=lambda each: each[1].updated_on, reverse=True)


@edits_draft
def fill_draft(issue: Issue) -> list[DataPoint]:
    """Fill the empty places of a draft and return the points that were filled.

    Keeps what editors typed. Raises NotADraft.
    """
    ranked = find_candidates(issue)
    points = list(issue.data_points.select_related("series__category"))
    filled = [point for point in points if _complete(point, ranked)]
    free = sorted({*PLACES} - {point.position for point in points})
    topics = {point.series.slug: point.series.category.name for point in points if point.series}
    fresh = [each for each in ranked if each.slug not in topics]
    best = choose_candidates(fresh, len(free), topics.values())
    filled += [_place(issue, *each) for each in zip(free, best, strict=False)]
    _suggest_subject(issue)
    return filled


@edits_draft
def tell_corrections(issue: Issue) -> list[Correction]:
    """Add lines about untold corrections to the end of a draft's intro; return those added.

    Leaves out what its texts tell already, and all but the newest. Raises NotADraft.
    """
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


@edits_draft
def use_candidate(issue: Issue, slug: str, position: int) -> DataPoint:
    """Put one candidate at a place and return the new point; history keeps the replaced one.

    Raises NotADraft, and LookupError when the series is no longer a candidate.
    """
    chosen = next((each for each in find_candidates(issue) if each.slug == slug), None)
    if chosen is None or position not in PLACES:
        raise LookupError(f"“{slug}” is no longer among the candidates.")
    for old in issue.data_points.filter(position=position):
        old.delete()
    point = _place(issue, position, chosen)
    mentions.record_mentions(Issue.objects.get(pk=issue.pk))  # the replaced comment had links
    _suggest_subject(issue)
    return point


def _place(issue: Issue, position: int, chosen: Candidate) -> DataPoint:
    series = Series.objects.select_related("source").get(slug=chosen.slug)
    point = DataPoint(issue=issue, position=position, series=series)
    _fill(point, series, chosen)
    point.clean()  # takes the source of the series
    point.save()
    return point


def _complete(point: DataPoint, ranked: Iterable[Candidate]) -> bool:
    """Fill the empty fields of an editor's data point; return whether anything changed."""
    before = (point.headline, point.change, point.term_id)
    if point.series is None or all(before):
        return False
    chosen = next((each for each in ranked if each.slug == point.series.slug), None)
    if chosen is None:
        return False
    _fill(point, point.series, chosen)
    point.save()
    return before != (point.headline, point.change, point.term_id)


def _fill(point: DataPoint, series: Series, chosen: Candidate) -> None:
    """Fill the empty fields; the term is one that shows the series, else one that uses it."""
    point.headline = point.headline or chosen.headline
    point.change = point.change or chosen.change[:120]
    if point.term is None:
        shown = Term.objects.published().filter(shown_series__series=series)
        first = shown.order_by("shown_series__position", "shown_series__pk").first()
        point.term = first or next(iter(terms_that_use(series)), None)
    point.proposed_because = " ".join(chosen.reasons)


def _suggest_subject(issue: Issue) -> None:
    """Use the first headline as subject if there is none and it is short enough."""
    first = issue.data_points.order_by("position").first()
    longest = Issue._meta.get_field("subject").max_length or 0
    if not issue.subject and first and 0 < len(first.headline) <= longest:
        issue.subject = first.headline
        issue.save()


class _News:
    """What happened since the last issue, of all series together; dicts are by series id."""

    def __init__(self, issue: Issue, series: list[Series]) -> None:
        archive = Issue.objects.in_archive()
        self.last = archive.filter(newsletter=issue.newsletter_id).exclude(pk=issue.pk).first()
        releases = self._releases(series)
        self.released: dict[int, list[Release]] = defaultdict(list)
        for each in releases:
            self.released[each.series_id].append(each)
        self.broken: dict[int, list[str]] = defaultdict(list)
        for use in FigureUse.objects.filter(broken_in__in=releases).select_related("term"):
            self.broken[use.series_id].append(f"In “{use.term.headword}”: {use.finding}")
        revised = {each.series_id for each in releases if each.kind == Release.Kind.REVISION}
        self.versions = load_versions(each for each in series if each.pk in revised)
        told = DataPoint.objects.filter(issue__in=archive, series__in=series)
        told = told.select_related("issue").order_by("issue__sent_at", "-position")
        self.told = {point.series_id: point for point in told}
        as_sent = [point.reading for point in self.told.values() if point.reading]
        self.revised_on = revised_on([*map(Reading.from_json, as_sent)])

    def _releases(self, series: list[Series]) -> list[Release]:
        releases = Release.objects.filter(series__in=series)
        if self.last:
            is_news = Q(released_on__gte=self._day - LATE_NEWS) | Q(pk=F("series__current_release"))
            releases = releases.filter(is_news, imported_at__gt=self.last.sent_at)
        return list(releases.newest_first())

    @property
    def _day(self) -> date:
        """The day of the last issue, in the site's time zone; without one before all releases."""
        return timezone.localdate(self.last.sent_at) if self.last else date.min

    def candidate(self, loaded: Loaded) -> Candidate | None:
        """Return one series; None if it has no value or only a projected one."""
        view, series = loaded.view, loaded.series
        newest = latest(view)
        if newest is None or newest.status is Status.PROJECTED:
            return None
        released = self.released[series.pk]
        is_late = bool(released) and released[0].released_on < self._day
        earlier, is_repeat = self._earlier(loaded)
        return Candidate(
            view=view,
            category=series.category.name,
            subject=series.chart_subject,
            latest=newest,
            movement=last_movement(view, revised_from(loaded)),
            is_new=bool(released),
            broken=tuple(self.broken[series.pk]),
            revised=self._revised(loaded),
            earlier=earlier,
            is_repeat=is_repeat,
            late_on=timezone.localdate(released[0].imported_at) if is_late else None,
        )

    def _earlier(self, loaded: Loaded) -> tuple[str, bool]:
        """Return how the number of an earlier issue changed, and whether it is still the same."""
        point = self.told.get(loaded.series.pk)
        if point is None:
            return "", False
        number = point.issue.number
        is_last = self.last and number == self.last.number
        where = f"It was in the last issue ({number})" if is_last else f"It was in issue {number}"
        if point.reading is None:  # typed by hand
            return f"{where}.", False
        as_sent = Reading.from_json(point.reading)
        change = change_since_sent(as_sent, loaded.view, self.revised_on.get(as_sent))
        said = f"{where}: {change}." if change else f"{where} and has not changed since."
        return said, not change

    def _revised(self, loaded: Loaded) -> str:
        pk, view = loaded.series.pk, loaded.view
        for release in self.released[pk]:
            if release.kind == Release.Kind.REVISION:
                how = against_usual(release.pk, self.versions[pk], view)
                when = f"Revised on {day_label(release.released_on)}{', ' if how else ''}{how}"
                return f"{when}. {release.summary}"
        return ""
