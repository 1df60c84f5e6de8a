"""Filters of admin's lists. The counts on the front page of admin link to them, and ask what they
ask."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from operator import methodcaller
from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone

from glossary.fetching import link_health
from glossary.models import CheckedAddress, Fetch, Series
from glossary.models.checked_addresses import CheckedAddressQuerySet
from glossary.models.relations import with_disagreeing_relations
from glossary.models.series import ReleaseQuerySet, SeriesQuerySet
from glossary.models.terms import TermQuerySet
from glossary.values.expectations import State

type QuerySetMethod = Callable[[Any], QuerySet[Any]]

SOON = timedelta(days=30)
LATELY = timedelta(days=7)
NO_DATA = "no data"
LATE = "late"


class QuestionFilter(admin.SimpleListFilter):
    """A filter by QuerySet methods. `questions` maps its query value to label and method."""

    parameter_name: str
    questions: dict[str, tuple[str, QuerySetMethod]] = {}

    @classmethod
    def asks(cls, value: str) -> tuple[dict[str, str], QuerySetMethod]:
        """Return the query of the list that has this value, and what it asks."""
        return {cls.parameter_name: value}, cls.questions[value][1]

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(asked, label) for asked, (label, _) in self.questions.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any] | None:
        _, question = self.questions.get(self.value() or "", ("", None))
        return question(queryset) if question else None


def asking(name: str, **questions: Any) -> type[QuestionFilter]:
    """Make a filter by QuerySet methods, whose title is also its parameter in the address."""
    parts = {"title": name, "parameter_name": name, "questions": questions}
    return type(f"{name.capitalize()}Filter", (QuestionFilter,), parts)


# --- terms ---


def _without(*parts: str) -> QuerySetMethod:
    return methodcaller("filter", **dict.fromkeys(parts))


ReviewFilter = asking(
    "review",
    due=("Due", lambda terms: terms.review_due().order_by("reviewed_on")),
    soon=("Due within 30 days", methodcaller("review_due_within", SOON)),
    changed=(
        "Changed since its review",
        lambda terms: terms.changed_since_review().order_by("reopened_on"),
    ),
    never=("Never reviewed", TermQuerySet.never_reviewed),
)
TextFilter = asking(
    "text",
    broken=("Broken", TermQuerySet.with_broken_text),
    faulty=("With a link or mark that does not work", TermQuerySet.with_text_remarks),
)
ClaimsFilter = asking("claims", broken=("Broken", TermQuerySet.with_broken_claims))
DataFilter = asking(
    "data",
    none=("None", TermQuerySet.without_data),
    some=("Some", lambda terms: terms.exclude(pk__in=terms.without_data())),
)
RelationsFilter = asking(
    "relations",
    none=("None", _without("relations", "incoming_relations")),
    disagreeing=("Told differently", with_disagreeing_relations),
)
CitationsFilter = asking("citations", none=("None", _without("citations")))
LinksFilter = asking("links", dead=("Dead", link_health.with_dead_links))
MentionsFilter = asking(
    "mentions",
    unlinked=("Not linked", TermQuerySet.with_unlinked_mentions),
    nobody=("Mentioned by no other term", TermQuerySet.mentioned_by_nobody),
)


# --- series, their releases and fetches ---


def state_of(series: Series) -> str:
    """Return the word for a series' state that pages and lists use, such as "late"."""
    state = series.state(timezone.localdate()) if series.current_release_id else None
    return state.label.lower() if state else NO_DATA


def _in_state(state: str, series: SeriesQuerySet) -> SeriesQuerySet:
    """Keep series in this state, which is computed for all: a few hundred at most."""
    every = Series.objects.select_related("current_release")
    found = series.filter(pk__in=[each.pk for each in every if state_of(each) == state])
    return found.order_by("current_release__released_on")


StateFilter = asking(
    "state",
    **{
        name: (name.capitalize(), partial(_in_state, name))
        for name in (*(state.label.lower() for state in State), NO_DATA)
    },
)
WaitingFilter = asking(
    "files",
    waiting=(
        "Waiting for an editor",
        lambda series: series.filter(uploads__isnull=False).distinct(),
    ),
)


def _fetched(failures: Q, rows: QuerySet[Any]) -> QuerySet[Any]:
    own = "pk" if rows.model is Fetch else "fetch"
    fetches = Fetch.objects.filter(failures, checked_at__isnull=False)
    return rows.filter(**{f"{own}__in": fetches})


# For lists of series and of fetches.
FetchingFilter = asking(
    "fetching",
    failed=("Failed", partial(_fetched, Q(failures__gt=0))),
    works=("Works", partial(_fetched, Q(failures=0))),
)


class TitleFilter(QuestionFilter):
    title = "chart title"
    parameter_name = "chart_title"
    questions = {"older": ("Older than the numbers", SeriesQuerySet.with_older_title)}


def accepted_lately(releases: ReleaseQuerySet) -> ReleaseQuerySet:
    lately = Q(is_automatic=True, imported_at__gte=timezone.now() - LATELY)
    return releases.filter(lately).select_related("series")


AcceptedFilter = asking(
    "accepted", lately=(f"Automatically, in the last {LATELY.days} days", accepted_lately)
)


# --- links to other sites ---


# Links that an editor has excused are not dead.
LinkStateFilter = asking(
    "state",
    **{
        state.value: (str(state.label).capitalize(), methodcaller("filter", state=state.value))
        for state in CheckedAddress.State
    }
    | {
        "dead": ("Dead", CheckedAddressQuerySet.dead),
        "excused": ("Works for an editor", methodcaller("exclude", excused_as=None)),
    },
)
