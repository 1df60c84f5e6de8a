"""Admin of data: series and their sources, releases, and fetches."""

import re
from datetime import date, datetime
from typing import Any
from urllib.parse import urlsplit

from django import forms
from django.contrib import admin, messages
from django.contrib.admin import ActionLocation
from django.core.exceptions import ValidationError
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.defaultfilters import pluralize
from django.urls import reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.text import Truncator

from config.admin_pages import LookOnly
from glossary.admin import filters
from glossary.admin.numbers import in_words
from glossary.admin.preview import WITH_FRAMES
from glossary.admin.rows import Rows, folded, unfold_errors, unnamed, with_held
from glossary.admin.series_pages import SeriesPages
from glossary.admin.versions import HistoryAdmin, Searched
from glossary.ingest import refreshing
from glossary.ingest.columns import BadMapping, Mapping
from glossary.ingest.steps.declaration import BadSteps, read_steps, roles_not_made
from glossary.models import Fetch, Release, Series, SeriesNote, Source, Term
from glossary.models.series_notes import MOST_NOTES
from glossary.series.loading import load, title_problem
from glossary.terms import text_problems
from glossary.values.numbers import unit_in_scale

NO_STEP_MAKES = (
    "Saved. No step says which column is the {role}: write “{role}: COLUMN”, unless the file has a "
    "column called “{role}”."
)

OLDER_TITLE = "The numbers are newer than this title: check it, and save the series if it holds. "
NUMBERS, RELEASED = "What the numbers are", "When it is released"
NOTES, FILES = "Notes for readers", "Where files come from"
GUESSED = "Guessed from the first file, and shown before use."


@admin.register(Source)
class SourceAdmin(HistoryAdmin):
    list_display = ("title", "publisher", "licence", "may_redistribute")
    list_filter = ("may_redistribute", "publisher")
    search_fields = ("publisher", "title")
    fieldsets = (
        (None, {"fields": ("publisher", "title", "url")}),
        ("License", {"fields": ("licence", "licence_url", "may_redistribute")}),
        ("Credit", {"fields": ("attribution", "citation")}),
    )
    long_lines = ("licence",)


class NoteInline(Rows):
    model = SeriesNote
    fields = (("day", "text"),)
    named_by = "text"
    max_num = MOST_NOTES
    hint = f"Up to {MOST_NOTES} marks on the chart: a day, and what happened in a few words."

    def get_formset(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        return super().get_formset(request, obj, **{"validate_max": True} | kwargs)


class ReleaseInline(LookOnly, admin.TabularInline[Any, Any]):
    template = "admin/edit_inline/table.html"
    model = Release
    fields = ("released_on", "kind", "summary", "note", "imported_by", "imported_at", "file")
    readonly_fields = ("file",)
    named_by = "released_on"
    ordering = ("-released_on", "-pk")
    can_delete = False
    max_num = 0

    @admin.display(description="file")
    def file(self, release: Release) -> SafeString:
        """Show enough of the checksum to tell files apart; the rest on hover."""
        return format_html('<code title="{0}">{1}</code>', release.checksum, release.checksum[:8])


class SeriesForm(forms.ModelForm[Any]):
    """Refuses steps, and notes with a figure, that cannot be read: a series with data is public."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "chart_title" in self.fields and (loaded := load([self.instance])):
            older = Series.objects.with_older_title().filter(pk=self.instance.pk).exists()
            finding = loaded[self.instance.slug].finding  # what an empty title becomes
            said = format_html("{}Empty: “{}”.", OLDER_TITLE if older else "", finding)
            self.fields["chart_title"].help_text = said

    def clean_notes(self) -> str:
        notes: str = self.cleaned_data["notes"]
        if wrong := text_problems.problems(notes):
            raise ValidationError(in_words(wrong))
        return notes

    def clean_chart_title(self) -> str:
        title: str = self.cleaned_data["chart_title"]
        if wrong := text_problems.figure_problems(title):
            raise ValidationError(in_words(wrong))
        if said := title_problem(title, self.instance.slug):
            raise ValidationError(said)
        return title

    def clean_steps(self) -> str:
        steps: str = self.cleaned_data["steps"]
        try:
            if steps.strip():
                read_steps(steps)
        except BadSteps as error:
            raise ValidationError(str(error)) from error
        return steps.strip()


def _moment(at: datetime) -> str:
    return date_format(timezone.localtime(at), "DATETIME_FORMAT")


def _held(series: Series) -> dict[str, str]:
    """Return what is filled in in each folded part of the form of a stored series."""
    kind, unit = series.get_kind_display().lower(), unit_in_scale(series.unit, series.scale)
    next_on, host = series.expected_on, urlsplit(series.fetch_url).hostname
    steps = len(re.findall("(?m)^- ", series.steps))
    held = {
        NUMBERS: (unit, kind, series.price_basis, series.interval),
        RELEASED: (
            series.frequency,
            f"next expected {date_format(next_on)}" if next_on else "",
            filters.state_of(series),
        ),
        NOTES: (Truncator(series.notes).words(12) or "none yet",),
        FILES: (
            f"fetched from {host}" if host else "imported by hand",
            f"{steps} step{pluralize(steps)}" if steps else "",
        ),
    }
    return {name: ", ".join(filter(None, said)) for name, said in held.items()}


@admin.register(Series)
@method_decorator(WITH_FRAMES, name="changeform_view")
class SeriesAdmin(Searched, SeriesPages):
    searched_as = "series"
    form = SeriesForm
    list_display = (
        "title", "state", "latest_release", "uses", "frequency", "category", "source__publisher",
    )  # fmt: skip
    list_filter = (
        filters.StateFilter, filters.WaitingFilter, filters.FetchingFilter,
        filters.TitleFilter, "category", "source__publisher",
    )  # fmt: skip
    list_select_related = ("category", "source", "current_release")
    ordering = ("title",)
    search_fields = ("title", "slug", "description", "source__publisher")
    search_help_text = "Title, slug, description or publisher."
    autocomplete_fields = ("source", "category")
    inlines = (NoteInline, ReleaseInline)
    actions = ("refresh_now",)
    change_form_template = "admin/glossary/series/change_form.html"
    fieldsets = (
        unnamed(
            "title", "description", "chart_title", "chart_subject", ("chart_form", "chart_scale"),
            ("category", "source"), ("fetching", "slug"),
        ),
        folded(
            NUMBERS, ("unit", "short_unit"), ("kind", "scale", "decimals"),
            ("price_basis", "interval"),
        ),
        folded(RELEASED, ("frequency", "denotes"), ("expected_days", "ended_on")),
        folded(NOTES, "notes"),
        folded(FILES, "fetch_url", "steps", "columns_taken"),
    )  # fmt: skip
    readonly_fields = ("columns_taken", "fetching")

    def get_fieldsets(self, request: HttpRequest, obj: Series | None = None) -> Any:
        """Fold the parts of a stored series; a new one is filled in from top to bottom."""
        fieldsets = super().get_fieldsets(request, obj)
        if obj:
            return with_held(fieldsets, _held(obj))
        (_, first), *parts = fieldsets
        title, *others, _ = first["fields"]
        opened = [(name, {"fields": part["fields"]}) for name, part in parts]
        return [(None, {"fields": (title, "slug", *others)}), *opened]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Series]:
        uses = Count("figure_uses", distinct=True) + Count("shown_by", distinct=True)
        series: QuerySet[Series] = super().get_queryset(request)
        return series.annotate(use_count=uses)

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """Let users delete a series with its Fetch, for which they have no permission.

        A series with releases cannot be deleted.
        """
        deleted, counts, lacking, protected = super().get_deleted_objects(objs, request)
        return deleted, counts, lacking - {Fetch._meta.verbose_name}, protected

    def get_readonly_fields(self, request: HttpRequest, obj: Series | None = None) -> Any:
        # Texts and links contain the slug, so it never changes.
        return ("slug", *self.readonly_fields) if obj else self.readonly_fields

    def get_prepopulated_fields(self, request: HttpRequest, obj: Series | None = None) -> Any:
        return {} if obj else {"slug": ("title",)}

    def get_inlines(self, request: HttpRequest, obj: Series | None = None) -> Any:
        return self.inlines if obj else ()

    def save_model(self, request: HttpRequest, obj: Series, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        for role in roles_not_made(read_steps(obj.steps)) if obj.steps else ():
            self.message_user(request, NO_STEP_MAKES.format(role=role), messages.WARNING)
        text_problems.record_broken(Term.objects.filter(figure_uses__series=obj))
        if change and "fetch_url" in form.changed_data:
            # The results for the old address do not apply to the new one.
            Fetch.objects.filter(series=obj).delete()

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        unfold_errors(context["adminform"])
        series = kwargs.get("obj")
        context["uploads"] = series.uploads.defer("content") if series else ()
        if series and not series.fetch_url:
            context["action_form"] = None  # there is no address to refresh from
        return super().render_change_form(request, context, *args, **kwargs)

    @admin.display(description="latest release", ordering="current_release__released_on")
    def latest_release(self, series: Series) -> date | None:
        return series.current_release.released_on if series.current_release else None

    @admin.display(description="state")
    def state(self, series: Series) -> SafeString:
        state = filters.state_of(series)
        return format_html('<span class="state {}">{}</span>', state.replace(" ", "-"), state)

    @admin.display(description="uses", ordering="use_count")
    def uses(self, series: Any) -> int:
        return int(series.use_count)

    @admin.display(description="Fetching")
    def fetching(self, series: Series) -> SafeString | str:
        """Say whether the file is fetched, when that last worked, and what is wrong now."""
        if not series.fetch_url or series.ended_on:
            return "The series has ended." if series.ended_on else "Files are imported by hand."
        fetch: Fetch | None = getattr(series, "fetch", None)
        if fetch is None:
            return "Not fetched yet."
        worked = f"Last worked {_moment(fetch.worked_at)}" if fetch.worked_at else "Never worked"
        said = f"{worked}, next try {_moment(fetch.next_at)}."
        if not fetch.failures:
            return said
        times = f"Failed {fetch.failures} time{pluralize(fetch.failures)}: {fetch.problem}"
        return format_html('<span class="overdue">{}</span> {}', times, said)

    @admin.display(description="Columns")
    def columns_taken(self, series: Series) -> str:
        """Describe how files are read, as stored with the last accepted one."""
        try:
            mapping = Mapping.from_json(series.mapping) if series.mapping else None
        except BadMapping as error:
            return str(error)
        return str(mapping) if mapping else GUESSED

    @admin.action(
        description="Refresh now", permissions=["change"], location=[ActionLocation.CHANGE_FORM]
    )
    def refresh_now(self, request: HttpRequest, queryset: QuerySet[Series]) -> None:
        series = list(Series.objects.with_page().filter(pk__in=queryset).exclude(fetch_url=""))
        if not series:
            said = "There is no address to fetch from. Fill in “Fetch from” and save first."
            self.message_user(request, said, messages.ERROR)
        for outcome in refreshing.refresh_series(series, again=True):
            said, level = outcome.text, messages.SUCCESS
            if outcome.is_failure:
                said, level = f"Not fetched; the old data stay. {said}", messages.ERROR
            elif outcome.waits:
                ids = [outcome.series.pk, outcome.waits.pk]
                page = reverse("admin:glossary_series_upload", args=ids)
                said = format_html('{} <a href="{}">Look at it</a>', said, page)
                level = messages.WARNING
            self.message_user(request, said, level)


@admin.register(Release)
class ReleaseAdmin(LookOnly, admin.ModelAdmin[Any]):
    list_display = ("series", "released_on", "kind", "summary", "imported_by", "imported_at")
    list_filter = (filters.AcceptedFilter, "kind", "released_on")
    list_select_related = ("series", "imported_by")
    search_fields = ("series__title", "series__slug", "summary")
    ordering = ("-imported_at",)
    fields = (
        "series", "released_on", "kind", "summary", "changed_sentences", "note", "imported_by",
        "imported_at", "is_automatic", "checksum",
    )  # fmt: skip
    readonly_fields = ("changed_sentences",)

    @admin.display(description="sentences that changed")
    def changed_sentences(self, release: Release) -> SafeString:
        """Return a list of the sentences, each before and after, with a link to its text."""
        lines = format_html_join(
            "",
            '<li><a href="{}">{}</a>: <del>{}</del> <ins>{}</ins></li>',
            ((path, title, before, after) for title, path, before, after in release.sentences),
        )
        return format_html("<ul>{}</ul>", lines) if lines else format_html("{}", "None.")


@admin.register(Fetch)
class FetchAdmin(LookOnly, admin.ModelAdmin[Any]):
    list_display = (
        "series", "checked_at", "worked_at", "failures", "failing_since", "next_at", "problem",
    )  # fmt: skip
    list_filter = (filters.FetchingFilter,)
    list_select_related = ("series",)
    search_fields = ("series__title", "series__slug")
    ordering = ("-failures", "series__title")
