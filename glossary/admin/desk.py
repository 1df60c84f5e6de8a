"""The front page of admin: what needs work, and what the coming days bring.

Each count links to the admin list with the same filter. Another app registers its own function in
DESKS.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.contrib.auth.models import AbstractUser
from django.db.models import Max, Q
from django.urls import reverse
from django.utils import timezone

from config.registry import Registry
from glossary.admin.series_filters import LATE, accepted_lately
from glossary.fetching import link_health
from glossary.models import CheckedAddress, Fetch, Series, Term
from glossary.models.terms import TermQuerySet
from glossary.values.periods import day_label

SOON = timedelta(days=30)
MOST_COMING = 8


@dataclass(frozen=True, slots=True)
class Need:
    """A number of rows that need work, a text for that number, and the list that shows them."""

    count: int
    text: str
    url: str


@dataclass(frozen=True, slots=True)
class Coming:
    """An event on a coming day: automatic, or something that an editor has to do."""

    day: date
    text: str
    url: str


@dataclass(frozen=True, slots=True)
class Desk:
    """`urgent` is what readers notice when no person acts; it leads the whole page."""

    urgent: tuple[Need, ...] = ()
    needs: tuple[Need, ...] = ()
    coming: tuple[Coming, ...] = ()
    # Sentences about what has stopped until a person acts.
    alarms: tuple[str, ...] = ()


# Functions that return the open work of one app that a user may do.
DESKS = Registry[Callable[[AbstractUser], Desk]]()


def desk_of(user: AbstractUser) -> Desk:
    """Return the user's work: needs in the order of DESKS, urgent ones first, and coming
    events by day.
    """
    desks = [desk(user) for desk in DESKS]
    coming = (each for desk in desks for each in desk.coming)
    return Desk(
        urgent=tuple(need for desk in desks for need in desk.urgent if need.count),
        needs=tuple(need for desk in desks for need in desk.needs if need.count),
        coming=tuple(sorted(coming, key=lambda each: each.day)),
        alarms=tuple(alarm for desk in desks for alarm in desk.alarms),
    )


def term_work(user: AbstractUser) -> Desk:
    """Return the open work on terms."""
    if not may_change(user, "glossary.term"):
        return Desk()
    return Desk(needs=tuple(_needs_of_terms()), coming=(*_scheduled(), *_reviews()))


def series_work(user: AbstractUser) -> Desk:
    """Return the open work on series."""
    return Desk(needs=tuple(_needs_of_series())) if may_change(user, "glossary.series") else Desk()


def links(user: AbstractUser) -> Desk:
    if not may_change(user, "glossary.checkedaddress"):
        return Desk()
    count = CheckedAddress.objects.dead().count()
    page = _list_of("checkedaddress", state="dead")
    return Desk(needs=(Need(count, said(count, "dead link", "dead links"), page),))


def may_change(user: AbstractUser, model: str) -> bool:
    """Return whether rows of `model`, such as "glossary.term", are the user's work."""
    app, name = model.split(".")
    return user.has_perm(f"{app}.change_{name}")


def said(count: int, one: str, several: str) -> str:
    return one if count == 1 else several


type Question = Callable[[TermQuerySet], Any]

# Label for one term, for several, the query of admin's list, and the same filter of the QuerySet.
PUBLISHED: list[tuple[str, str, dict[str, str], Question]] = [
    (
        "term past its review date",
        "terms past their review date",
        {"review": "due"},
        TermQuerySet.review_due,
    ),
    (
        "term changed since its review",
        "terms changed since their review",
        {"review": "changed"},
        TermQuerySet.changed_since_review,
    ),
    (
        "term never reviewed",
        "terms never reviewed",
        {"review": "never"},
        TermQuerySet.never_reviewed,
    ),
    (
        "term with a figure or link that cannot be read",
        "terms with a figure or link that cannot be read",
        {"text": "broken"},
        TermQuerySet.with_broken_text,
    ),
    (
        "term with a claim that no longer holds",
        "terms with a claim that no longer holds",
        {"claims": "broken"},
        TermQuerySet.with_broken_claims,
    ),
    (
        "term with a dead link",
        "terms with a dead link",
        {"links": "dead"},
        link_health.with_dead_links,
    ),
    (
        "term without related terms",
        "terms without related terms",
        {"relations": "none"},
        TermQuerySet.without_relations,
    ),
    (
        "term without citations",
        "terms without citations",
        {"citations": "none"},
        TermQuerySet.without_citations,
    ),
    ("term without data", "terms without data", {"data": "none"}, TermQuerySet.without_data),
    (
        "term that mentions others without a link",
        "terms that mention others without a link",
        {"mentions": "unlinked"},
        TermQuerySet.with_unlinked_mentions,
    ),
    (
        "term that no other mentions",
        "terms that no other mentions",
        {"mentions": "nobody"},
        TermQuerySet.mentioned_by_nobody,
    ),
]


def _needs_of_terms() -> Iterator[Need]:
    drafts = Term.objects.filter(status=Term.Status.DRAFT).count()
    yield Need(drafts, said(drafts, "draft", "drafts"), _list_of("term", status__exact="draft"))
    faulty = Term.objects.with_text_remarks().count()
    one, several = (
        f"{terms} with a link or mark that does not work" for terms in ("term", "terms")
    )
    yield Need(faulty, said(faulty, one, several), _list_of("term", text="faulty"))
    for one, several, query, question in PUBLISHED:
        count = question(Term.objects.published()).count()
        page = _list_of("term", status__exact="published", **query)
        yield Need(count, said(count, one, several), page)


def _needs_of_series() -> Iterator[Need]:
    today = timezone.localdate()
    series = list(Series.objects.published().select_related("current_release"))
    overdue = sum(each.state(today).is_late for each in series)
    waiting = Series.objects.filter(uploads__isnull=False).distinct().count()
    failing = Series.objects.filter(fetch__failures__gt=0, fetch__checked_at__isnull=False).count()
    older = Series.objects.with_older_title().count()
    cannot = f"series that cannot be fetched ({_last_worked()})" if failing else ""
    for count, one, several, query in (
        (waiting, "series with a file to look at", "series with files to look at",
         {"files": "waiting"}),
        (overdue, "series overdue for new data", "series overdue for new data",
         {"state": LATE}),
        (failing, cannot, cannot, {"fetching": "failed"}),
        (older, "series with a chart title older than its numbers",
         "series with chart titles older than their numbers", {"chart_title": "older"}),
    ):  # fmt: skip
        yield Need(count, said(count, one, several), _list_of("series", **query))
    count = accepted_lately().count()
    yield Need(
        count,
        said(
            count,
            "release accepted automatically this week: see what it changed",
            "releases accepted automatically this week: see what they changed",
        ),
        _list_of("release", accepted="lately"),
    )


def _last_worked() -> str:
    """Return when a fetch last worked; without a network that is the same for all series."""
    newest = Fetch.objects.aggregate(at=Max("worked_at"))["at"]
    if newest is None:
        return "fetching has not worked yet"
    return f"fetching last worked on {day_label(timezone.localdate(newest))}"


def _scheduled() -> Iterator[Coming]:
    drafts = Term.objects.filter(Q(status=Term.Status.DRAFT), publish_at__isnull=False)
    for term in drafts.order_by("publish_at")[:MOST_COMING]:
        day = timezone.localdate(term.publish_at)
        yield Coming(day, f"“{term}” is published", _page_of(term))


def _reviews() -> Iterator[Coming]:
    due = list(Term.objects.published().review_due_within(SOON))
    due.sort(key=lambda term: term.review_due_on or date.max)
    for term in due[:MOST_COMING]:
        if day := term.review_due_on:
            yield Coming(day, f"“{term}” is due for review", _page_of(term))


def _list_of(model: str, **query: str) -> str:
    return reverse(f"admin:glossary_{model}_changelist", query=query)


def _page_of(term: Term) -> str:
    return reverse("admin:glossary_term_change", args=[term.pk])
