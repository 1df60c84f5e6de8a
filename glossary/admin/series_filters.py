"""Filters of the list of series. State is computed, so its filter loads every series: a few
hundred at most."""

from datetime import timedelta
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from glossary.models import Fetch, Release, Series
from glossary.models.series import ReleaseQuerySet
from glossary.values.expectations import State

NO_DATA = "no data"
LATE = "overdue or stale"
LATELY = timedelta(days=7)


def state_of(series: Series) -> str:
    """Return the state of a series today, or NO_DATA."""
    return series.state(timezone.localdate()).value if series.current_release_id else NO_DATA


class StateFilter(admin.SimpleListFilter):
    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        names = (*(state.value for state in State), LATE, NO_DATA)
        return [(name, name.capitalize()) for name in names]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Series]) -> QuerySet[Series] | None:
        if not self.value():
            return None
        late = [state.value for state in State if state.is_late]
        wanted = late if self.value() == LATE else [self.value()]
        all_series = Series.objects.select_related("current_release")
        return queryset.filter(pk__in=[s.pk for s in all_series if state_of(s) in wanted])


class WaitingFilter(admin.SimpleListFilter):
    title = "files"
    parameter_name = "files"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("waiting", "Waiting for an editor")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Series]) -> QuerySet[Series] | None:
        return queryset.filter(uploads__isnull=False).distinct() if self.value() else None


class FetchingFilter(admin.SimpleListFilter):
    """Works for lists of series and of fetches."""

    title = "fetching"
    parameter_name = "fetching"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("failed", "Failed"), ("works", "Works")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any] | None:
        if not self.value():
            return None
        failed = Fetch.objects.filter(checked_at__isnull=False)
        failed = (
            failed.filter(failures__gt=0) if self.value() == "failed" else failed.filter(failures=0)
        )
        own = "pk" if queryset.model is Fetch else "fetch"
        return queryset.filter(**{f"{own}__in": failed})


class TitleFilter(admin.SimpleListFilter):
    title = "chart title"
    parameter_name = "chart_title"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("older", "Older than the numbers")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Series]) -> QuerySet[Series] | None:
        older = Series.objects.with_older_title()
        return queryset.filter(pk__in=older) if self.value() else None


class AcceptedFilter(admin.SimpleListFilter):
    title = "accepted"
    parameter_name = "accepted"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("lately", f"Automatically, in the last {LATELY.days} days")]

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[Release]
    ) -> QuerySet[Release] | None:
        return accepted_lately().filter(pk__in=queryset) if self.value() else None


def accepted_lately() -> ReleaseQuerySet:
    """Return the releases that no person accepted, of the last days."""
    return Release.objects.automatic_since(timezone.now() - LATELY)
