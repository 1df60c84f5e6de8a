"""The editors' desk for terms: their texts, names and relations, and the numbers in them."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin import ActionLocation
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import path
from django.utils import timezone

from glossary import backlinks, history, publishing
from glossary.admin.numbers import in_words, panel
from glossary.admin.versions import HistoryAdmin
from glossary.figures.tokens import LocatedProblem
from glossary.models import Alias, Category, Citation, FormerSlug, Relation, Term, TermSeries
from glossary.names import name_key

BOTH = [ActionLocation.CHANGE_FORM, ActionLocation.CHANGE_LIST]


class TermForm(forms.ModelForm):
    """Figures that cannot be read block a published term; in a draft they are only said."""

    figure_problems: tuple[LocatedProblem, ...] = ()

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean() or self.cleaned_data
        self.figure_problems = backlinks.problems(cleaned.get("explanation") or "")
        if self.figure_problems and cleaned.get("status") == Term.Status.PUBLISHED:
            self.add_error("explanation", ValidationError(in_words(self.figure_problems)))
        return cleaned


class NamesOnce(forms.BaseInlineFormSet):
    """Two new lines with one name would only be refused by the database."""

    def clean(self) -> None:
        super().clean()
        seen: set[str] = set()
        for form in self.forms:
            name = form.cleaned_data.get("name") if hasattr(form, "cleaned_data") else None
            if not name or form.cleaned_data.get("DELETE"):
                continue
            if name_key(name) in seen:
                form.add_error("name", f"“{name}” is listed twice.")
            seen.add(name_key(name))


class AliasInline(admin.TabularInline):
    model = Alias
    formset = NamesOnce
    extra = 0


class RelationInline(admin.TabularInline):
    model = Relation
    fk_name = "from_term"
    fields = ("to_term", "kind", "reason", "position")
    autocomplete_fields = ("to_term",)
    extra = 0
    verbose_name_plural = "Related terms"


class CitationInline(admin.TabularInline):
    model = Citation
    fields = ("publisher", "title", "url", "read_on", "position")
    extra = 0


class SeriesInline(admin.TabularInline):
    model = TermSeries
    fields = ("series", "position")
    autocomplete_fields = ("series",)
    extra = 0
    verbose_name = "series"
    verbose_name_plural = "Live data: the series this term shows, in order"

    def get_queryset(self, request: HttpRequest) -> QuerySet[TermSeries]:
        return super().get_queryset(request).select_related("series")


class ReviewFilter(admin.SimpleListFilter):
    title = "review"
    parameter_name = "review"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("due", "Due"), ("never", "Never reviewed")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Term]) -> QuerySet[Term] | None:
        if self.value() == "never":
            return queryset.filter(reviewed_on__isnull=True)
        return queryset.review_due() if self.value() == "due" else None  # type: ignore[attr-defined]


class ClaimsFilter(admin.SimpleListFilter):
    title = "claims"
    parameter_name = "claims"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("broken", "Broken")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Term]) -> QuerySet[Term] | None:
        if self.value() != "broken":
            return None
        return queryset.filter(figure_uses__broken_in__isnull=False).distinct()


class DataFilter(admin.SimpleListFilter):
    title = "data"
    parameter_name = "data"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("none", "None"), ("some", "Some")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Term]) -> QuerySet[Term] | None:
        without = {"shown_series": None, "figure_uses": None}
        if self.value() == "none":
            return queryset.filter(**without)
        return queryset.exclude(**without) if self.value() == "some" else None


@admin.register(Term)
class TermAdmin(HistoryAdmin):
    list_display = ("headword", "category", "status", "publish_at", "reviewed_on", "updated_at")
    form = TermForm
    list_filter = ("status", ReviewFilter, ClaimsFilter, DataFilter, "category")
    list_select_related = ("category",)
    search_fields = ("headword", "aliases__name", "definition")
    search_help_text = "Headword, alias or definition."
    ordering = ("headword_key",)
    autocomplete_fields = ("category",)
    prepopulated_fields = {"slug": ("headword",)}
    readonly_fields = ("earlier_addresses", "numbers")
    inlines = (SeriesInline, AliasInline, RelationInline, CitationInline)
    actions = ("publish", "withdraw", "mark_reviewed")
    save_on_top = True
    fieldsets = (
        (None, {"fields": ("headword", "slug", "earlier_addresses", "category")}),
        ("Text", {"fields": ("definition", "explanation", "numbers")}),
        ("State", {"fields": ("status", "publish_at", "reviewed_on", "review_interval")}),
    )

    def get_urls(self) -> list[Any]:
        restore = path(
            "<int:pk>/restore/<str:kind>/<int:version>/",
            self.admin_site.admin_view(self.restore_part),
            name="glossary_term_restore_part",
        )
        return [restore, *super().get_urls()]

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if not object_id.isdigit():  # the library would ask the database for it
            raise Http404
        term = self.get_object(request, object_id)
        parts = history.of_parts(term.pk) if term else []
        context = {"parts": parts, **(extra_context or {})}
        return super().history_view(request, object_id, context)

    def restore_part(self, request: HttpRequest, pk: int, kind: str, version: int) -> HttpResponse:
        """Put a deleted alias, relation or citation back, unless something is against it now."""
        term = get_object_or_404(Term, pk=pk)
        if request.method != "POST" or not self.has_change_permission(request, term):
            raise PermissionDenied
        try:
            restored = history.restore_part(term, kind, version)
        except ValidationError as error:
            self.message_user(request, " ".join(error.messages), messages.ERROR)
        else:
            self.message_user(request, f"“{restored}” is back.", messages.SUCCESS)
        return redirect("admin:glossary_term_history", pk)

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "definition":
            kwargs["widget"] = forms.Textarea(attrs={"rows": 3, "cols": 80})
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def get_prepopulated_fields(self, request: HttpRequest, obj: Term | None = None) -> Any:
        # An address that exists changes only on purpose, never along with the headword.
        return {} if obj else self.prepopulated_fields

    def save_model(self, request: HttpRequest, obj: Term, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        backlinks.record(obj)
        for said in in_words(form.figure_problems):
            self.message_user(request, f"Saved, but mend this before publishing. {said}", "warning")

    @admin.display(description="Numbers in the text")
    def numbers(self, term: Term) -> str:
        return panel(term) if term.pk else "Shown once the term is saved."

    @admin.display(description="Earlier addresses")
    def earlier_addresses(self, term: Term) -> str:
        slugs = term.former_slugs.values_list("slug", flat=True) if term.pk else []
        return ", ".join(f"/glossary/{slug}/" for slug in slugs) or "none"

    @admin.action(description="Publish", permissions=["change"], location=BOTH)
    def publish(self, request: HttpRequest, queryset: QuerySet[Term]) -> None:
        try:
            count = publishing.publish(queryset)
        except publishing.Unfinished as unfinished:
            self.message_user(request, f"Nothing was published. {unfinished}", messages.ERROR)
        else:
            self.message_user(request, f"{count} published.", messages.SUCCESS)

    @admin.action(description="Withdraw", permissions=["change"], location=BOTH)
    def withdraw(self, request: HttpRequest, queryset: QuerySet[Term]) -> None:
        count = publishing.withdraw(queryset)
        self.message_user(request, f"{count} withdrawn; they are drafts now.", messages.SUCCESS)

    @admin.action(description="Mark as reviewed today", permissions=["change"], location=BOTH)
    def mark_reviewed(self, request: HttpRequest, queryset: QuerySet[Term]) -> None:
        for term in queryset:
            term.reviewed_on = timezone.localdate()
            term.save(update_fields=["reviewed_on"])
        self.message_user(request, f"{len(queryset)} marked as reviewed.", messages.SUCCESS)


@admin.register(Category)
class CategoryAdmin(HistoryAdmin):
    list_display = ("name", "slug", "position")
    list_editable = ("position",)
    search_fields = ("name",)
    prepopulated_fields = {"slug": ("name",)}


@admin.register(FormerSlug)
class FormerSlugAdmin(admin.ModelAdmin):
    """Earlier addresses, to be freed when one is really wanted for another term."""

    list_display = ("slug", "term", "created_at")
    search_fields = ("slug", "term__headword")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: FormerSlug | None = None) -> bool:
        return False
