"""The front page of admin (what needs work, what is due soon, what colleagues changed), and the
navigation of all its pages.

Each count links to the admin list with the same filter. Another app registers its own function in
DESKS, and its rooms in ROOMS: what editors work on each day by name, all else together as System.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import IntEnum
from operator import itemgetter
from typing import Any

from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import AbstractUser
from django.contrib.contenttypes.models import ContentType
from django.db.models import Count, Max, Model, Q, QuerySet
from django.urls import reverse
from django.utils import timezone

from config.registry import Registry
from glossary.admin import filters
from glossary.models import CheckedAddress, Release, Series, Term
from glossary.series.freshness import expected_releases
from glossary.values.periods import day_label

EXPECTED_WITHIN = timedelta(days=14)
MOST_COMING = 8
MOST_NAMED = 3
MOST_CHANGES = 10
SYSTEM = "System"
TOLD_DIFFERENTLY = "with a relation that the other term tells differently"
NOT_LINKED = "with a mention of another that is not linked"
DOES_NOT_WORK = "with a link or mark that does not work"
NEVER_WORKED = "has not worked yet"
UNPUBLISHED = "scheduled but not published: a figure or link cannot be read"


class Urgency(IntEnum):
    """The order of the lines. TROUBLE is what readers notice when no person acts; TIDY can wait."""

    TROUBLE = 0
    DATA = 1
    CLAIM = 2
    LINK = 3
    REVIEW = 4
    OTHER = 5
    TIDY = 6


@dataclass(frozen=True, slots=True)
class Need:
    """A number of rows that need work, a text for that number, the list that shows them, and
    (name, address) of the first.
    """

    urgency: Urgency
    count: int
    text: str
    url: str
    rows: tuple[tuple[str, str], ...] = ()

    @property
    def is_urgent(self) -> bool:
        return self.urgency == Urgency.TROUBLE


@dataclass(frozen=True, slots=True)
class Coming:
    """An event on a coming day: automatic, or something that an editor has to do."""

    day: date
    text: str
    url: str


@dataclass(frozen=True, slots=True)
class Desk:
    needs: tuple[Need, ...] = ()
    coming: tuple[Coming, ...] = ()
    # Releases of data that are expected in the next days.
    expected: tuple[Coming, ...] = ()
    # Sentences about what has stopped until a person acts.
    alarms: tuple[str, ...] = ()
    # (text, address) of what begins an empty site.
    starts: tuple[tuple[str, str], ...] = ()

    @property
    def pressing(self) -> tuple[Need, ...]:
        return tuple(need for need in self.needs if need.urgency < Urgency.TIDY)

    @property
    def tidy(self) -> tuple[Need, ...]:
        return tuple(need for need in self.needs if need.urgency == Urgency.TIDY)


# Functions that return the open work of one app that a user may do.
DESKS = Registry[Callable[[AbstractUser], Desk]]()


def desk_of(user: AbstractUser) -> Desk:
    """Return the user's work: needs by urgency, then in the order of DESKS, and events by day."""
    desks = [desk(user) for desk in DESKS]
    needs = (need for desk in desks for need in desk.needs if need.count)
    coming = (each for desk in desks for each in desk.coming)
    return Desk(
        needs=tuple(sorted(needs, key=lambda need: need.urgency)),
        coming=tuple(sorted(coming, key=lambda each: each.day)),
        expected=tuple(each for desk in desks for each in desk.expected),
        alarms=tuple(alarm for desk in desks for alarm in desk.alarms),
        starts=tuple(start for desk in desks for start in desk.starts),
    )


@dataclass(frozen=True, slots=True)
class Line:
    """A question about rows, with a text for one row and for several, and the same question as the
    query of admin's list.
    """

    urgency: Urgency
    one: str
    several: str
    query: dict[str, str]
    question: filters.QuerySetMethod
    name: Callable[[Any], str] = str


def needs_of(rows: QuerySet[Any], lines: Sequence[Line]) -> tuple[Need, ...]:
    """Count the rows of every line in one query, and name the first of each that has any."""
    found = [line.question(rows) for line in lines]
    counts = rows.aggregate(
        **{
            str(n): Count("pk", filter=Q(pk__in=each.order_by().values("pk")))
            for n, each in enumerate(found)
        }
    )
    needs = []
    for n, (line, each) in enumerate(zip(lines, found, strict=True)):
        count = counts[str(n)]
        text = line.one if count == 1 else line.several
        first = each[:MOST_NAMED] if count else ()
        named = tuple((line.name(row), form_of(row)) for row in first)
        url = _address(rows.model, "changelist", query=line.query)
        needs.append(Need(line.urgency, count, text, url, named))
    return tuple(needs)


def form_of(row: Model) -> str:
    return _address(type(row), "change", args=[row.pk])


def _address(model: type[Model], page: str, **options: Any) -> str:
    name = f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}"
    return reverse(name, **options)


def term_work(user: AbstractUser) -> Desk:
    if not user.has_perm("glossary.change_term"):
        return Desk()
    return Desk(
        needs=needs_of(Term.objects.all(), (*PUBLISHED, *OF_ANY_STATUS)),
        coming=tuple(_coming()),
        starts=() if Term.objects.published().exists() else _first_terms(),
    )


def series_work(user: AbstractUser) -> Desk:
    """Return the open work on series; what is expected also for those who may only look."""
    today = timezone.localdate()
    expected = tuple(
        Coming(each.on, each.series.title, form_of(each.series))
        for each in (expected_releases() if user.has_perm("glossary.view_series") else ())
        if today <= each.on <= today + EXPECTED_WITHIN
    )
    if not user.has_perm("glossary.change_series"):
        return Desk(expected=expected)
    needs = (
        *needs_of(Series.objects.all(), _series_lines()),
        *needs_of(Release.objects.all(), [ACCEPTED]),
    )
    return Desk(needs, expected=expected)


def links(user: AbstractUser) -> Desk:
    if not user.has_perm("glossary.change_checkedaddress"):
        return Desk()
    return Desk(needs_of(CheckedAddress.objects.all(), [DEAD]))


def _terms(
    status: str, urgency: Urgency, which: str, asked: type[filters.QuestionFilter], value: str
) -> Line:
    """Ask what a filter of the list of terms asks, of those in one state or ("") of all."""
    query, question = asked.asks(value)
    one, several = f"term {which}", f"terms {which}"
    if not status:
        return Line(urgency, one, several, query, question)
    query = {"status__exact": status, **query}
    return Line(urgency, one, several, query, lambda terms: question(terms.filter(status=status)))


OF_PUBLISHED = (
    (Urgency.CLAIM, "with a claim that no longer holds", filters.ClaimsFilter, "broken"),
    (Urgency.CLAIM, "with a figure or link that cannot be read", filters.TextFilter, "broken"),
    (Urgency.LINK, "with a dead link", filters.LinksFilter, "dead"),
    (Urgency.REVIEW, "past the review date", filters.ReviewFilter, "due"),
    (Urgency.REVIEW, "changed since the review", filters.ReviewFilter, "changed"),
    (Urgency.REVIEW, "never reviewed", filters.ReviewFilter, "never"),
    (Urgency.TIDY, "without related terms", filters.RelationsFilter, "none"),
    (Urgency.TIDY, TOLD_DIFFERENTLY, filters.RelationsFilter, "disagreeing"),
    (Urgency.TIDY, "without citations", filters.CitationsFilter, "none"),
    (Urgency.TIDY, "without data", filters.DataFilter, "none"),
    (Urgency.TIDY, NOT_LINKED, filters.MentionsFilter, "unlinked"),
    (Urgency.TIDY, "that no other mentions", filters.MentionsFilter, "nobody"),
)
PUBLISHED = tuple(_terms("published", *line) for line in OF_PUBLISHED)
OF_ANY_STATUS = (
    _terms("draft", Urgency.CLAIM, UNPUBLISHED, filters.TextFilter, "broken"),
    _terms("", Urgency.LINK, DOES_NOT_WORK, filters.TextFilter, "faulty"),
    Line(
        Urgency.TIDY,
        "draft",
        "drafts",
        {"status__exact": "draft"},
        lambda terms: terms.filter(status=Term.Status.DRAFT),
    ),
)
DEAD = Line(
    Urgency.LINK,
    "dead link",
    "dead links",
    *filters.LinkStateFilter.asks("dead"),
    lambda address: address.url.partition("//")[2],
)
ACCEPTED = Line(
    Urgency.OTHER,
    "release accepted automatically this week: see what it changed",
    "releases accepted automatically this week: see what they changed",
    *filters.AcceptedFilter.asks("lately"),
    lambda release: release.series.title,
)


def _series_lines() -> tuple[Line, ...]:
    worked = Series.objects.fetched().aggregate(at=Max("fetch__worked_at"))["at"]
    # Without a network that is the same for all series.
    since = f"last worked on {day_label(timezone.localdate(worked))}" if worked else NEVER_WORKED
    late = "series late: newer values are missing"
    cannot = f"series that cannot be fetched (fetching {since})"
    return (
        Line(
            Urgency.DATA,
            "series with a file to look at",
            "series with files to look at",
            *filters.WaitingFilter.asks("waiting"),
        ),
        Line(Urgency.DATA, late, late, *filters.StateFilter.asks(filters.LATE)),
        Line(Urgency.DATA, cannot, cannot, *filters.FetchingFilter.asks("failed")),
        Line(
            Urgency.CLAIM,
            "series with a chart title older than its numbers",
            "series with chart titles older than their numbers",
            *filters.TitleFilter.asks("older"),
        ),
    )


def _first_terms() -> tuple[tuple[str, str], ...]:
    drafts = reverse("admin:glossary_term_changelist", query={"status__exact": "draft"})
    if Term.objects.exists():
        return (("Publish the first term", drafts),)
    return (
        ("Write the first term", reverse("admin:glossary_term_add")),
        ("Import terms from a file", reverse("admin:glossary_term_import")),
    )


def _coming() -> Iterator[Coming]:
    drafts = Term.objects.filter(
        status=Term.Status.DRAFT, publish_at__isnull=False, has_broken_text=False
    )
    for term in drafts.order_by("publish_at")[:MOST_COMING]:
        day = timezone.localdate(term.publish_at)
        yield Coming(day, f"“{term}” is published", form_of(term))
    due = Term.objects.published().review_due_within(filters.SOON)
    days = sorted(((term.review_due_on or date.max, term) for term in due), key=itemgetter(0))
    for day, term in days[:MOST_COMING]:
        yield Coming(day, f"“{term}” is due for review", form_of(term))


def last_changes(apps: Iterable[dict[str, Any]]) -> list[LogEntry]:
    """Return the newest entries about rows that a user may see, newest first.

    `apps` is the app list of Django's admin, which holds only models that the user may see.
    """
    models = [model["model"] for app in apps for model in app["models"]]
    types = ContentType.objects.get_for_models(*models).values()
    entries = LogEntry.objects.filter(content_type__in=types)
    return list(entries.select_related("user", "content_type").order_by("-pk")[:MOST_CHANGES])


# --- navigation ---


@dataclass(frozen=True, slots=True)
class Room:
    """A name, and models of an app such as "Term", the main one first."""

    name: str
    app: str
    models: tuple[str, ...]


ROOMS = Registry[Room]()


def shown_rooms(apps: Iterable[dict[str, Any]], path: str) -> Iterator[dict[str, Any]]:
    """Yield the rooms with a list that the user may see, and System with what is in no room.

    `main` is the list that has the room's name, `others` are its other lists; System, which is
    folded, has no main list. A list is a model of `apps`, the app list of Django's admin, with
    `is_current` besides; `path` is that of the page.
    """

    def shown(name: str, main: Any, others: list[Any]) -> dict[str, Any]:
        is_current = any(each["is_current"] for each in (main, *others) if each)
        return {"name": name, "main": main, "others": others, "is_current": is_current}

    lists = {
        model["model"]._meta.label: model | {"is_current": path.startswith(url)}
        for app in apps
        for model in app["models"]
        if (url := model["admin_url"])
    }
    for room in ROOMS:
        labels = [f"{room.app}.{model}" for model in room.models]
        found = [lists.pop(label) for label in labels if label in lists]
        if found:
            yield shown(room.name, found[0], found[1:])
    if lists:
        yield shown(SYSTEM, None, list(lists.values()))
