"""Admin of terms: their texts, names, relations, and the numbers in them."""

import re
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin import ActionLocation
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import Case, QuerySet, When
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.defaultfilters import pluralize
from django.template.loader import render_to_string
from django.urls import path
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString

from glossary import tasks
from glossary.admin import filters, preview, term_form, tokens
from glossary.admin.numbers import in_words, numbers_panel
from glossary.admin.rows import LongLine, folded, unnamed, with_held
from glossary.admin.term_exchange import TermExchange
from glossary.admin.versions import DeletionsAdmin, HistoryAdmin, Searched, is_restoring
from glossary.mentions import linked_names, stored_links
from glossary.models import Category, FormerSlug, Person, Term
from glossary.terms import history, publishing, reviews, text_problems
from glossary.values.names import name_key

OWN_FORM = re.compile(r"/glossary/term/(\d{1,18})/change/")
REVIEW_RULE = (
    "An edit of the text after its review reopens it: reviewer and day are emptied, unless you "
    "enter another review with the edit."
)
NOBODY = (
    "Nothing was marked: your account belongs to no person, and there is no editorial office. "
    "Add one under People."
)
BOTH = [ActionLocation.CHANGE_FORM, ActionLocation.CHANGE_LIST]


@admin.register(Term)
@method_decorator(preview.WITH_FRAMES, name="changeform_view")
class TermAdmin(Searched, TermExchange, DeletionsAdmin):
    searched_as = "term"
    comes_back = "A term comes back as a draft, with its names, relations, citations and addresses."
    then_do = "Choose its series under Live Data again."
    list_display = ("headword", "category", "status_shown", "review", "updated_at")
    form = term_form.TermForm
    list_filter = (
        "status", filters.ReviewFilter, filters.TextFilter, filters.ClaimsFilter,
        filters.LinksFilter, filters.RelationsFilter, filters.CitationsFilter,
        filters.DataFilter, filters.MentionsFilter, "category",
    )  # fmt: skip
    list_select_related = ("category",)
    search_fields = ("headword", "aliases__name", "definition")
    search_help_text = "Headword, alias or definition."
    ordering = ("headword_key",)
    autocomplete_fields = ("category",)
    readonly_fields = ("earlier_addresses", "numbers", "mentions", "reopened_on")
    inlines = (
        term_form.SeriesInline, term_form.AliasInline, term_form.RelationInline,
        term_form.CitationInline,
    )  # fmt: skip
    actions = ("publish", "mark_reviewed", "export", "withdraw")
    fieldsets = (
        unnamed(("headword", "category"), "definition", "explanation", "numbers", "mentions"),
        folded(
            "Address and links", "slug", "earlier_addresses", "is_autolinked", "is_case_sensitive"
        ),
        folded("State", "status", "publish_at"),
        folded(
            "Review", "reviewed_by", "reviewed_on", "review_interval", "reopened_on", "responsible",
            "drafting", description=REVIEW_RULE,
        ),
    )  # fmt: skip

    def get_urls(self) -> list[Any]:
        guard, here = self.admin_site.admin_view, {"admin": self}
        restore = "<int:pk>/restore/<str:kind>/<int:version>/"
        shown = guard(preview.preview)
        return [
            path(restore, guard(self.restore_part), name="glossary_term_restore_part"),
            path("preview/", shown, here, name="glossary_term_preview_new"),
            path("<int:pk>/preview/", shown, here, name="glossary_term_preview"),
            path("tokens/", guard(tokens.tokens), here, name="glossary_term_tokens"),
            *super().get_urls(),
        ]

    def history_context(self, row: Term | None) -> dict[str, Any]:
        return super().history_context(row) | {"parts": history.of_parts(row.pk) if row else []}

    def bring_back(self, pk: int) -> tuple[Term, list[str]]:
        return history.bring_back(pk)

    def restore_part(self, request: HttpRequest, pk: int, kind: str, version: int) -> HttpResponse:
        """Restore a deleted alias, relation or citation if it is still valid."""
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
            kwargs["widget"] = LongLine({"rows": 3})
        if db_field.name == "explanation":
            kwargs["help_text"] = tokens.TEXT_HELP
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def get_fieldsets(self, request: HttpRequest, obj: Term | None = None) -> Any:
        if is_restoring(request):
            words = ("headword", "category", "definition", "explanation", "drafting")
            return ((None, {"fields": words}),)
        # Read-only fields that are empty, as all are of a new term.
        silent = {"earlier_addresses", "reopened_on"} if obj else set(self.readonly_fields)
        if obj and obj.former_slugs.exists():
            silent.remove("earlier_addresses")
        if obj and obj.reopened_on:
            silent.remove("reopened_on")
        fieldsets = [
            (name, options | {"fields": [each for each in options["fields"] if each not in silent]})
            for name, options in super().get_fieldsets(request, obj)
        ]
        if obj is None:
            return fieldsets
        links = "" if obj.is_autolinked else ", no automatic links"
        held = {
            "Address and links": f"{obj.get_absolute_url()}{links}",
            "State": self.status_shown(obj),
            "Review": render_to_string("glossary/_reviewed.html", {"text": obj}),
        }
        return with_held(fieldsets, held)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Term], search_term: str
    ) -> tuple[QuerySet[Term], bool]:
        """For autocompletion search only names, and put those that begin with the text first."""
        if not request.path.endswith("/autocomplete/"):
            return super().get_search_results(request, queryset, search_term)
        begins = Case(When(headword_key__startswith=name_key(search_term), then=0), default=1)
        ordered = queryset.filter(pk__in=Term.objects.with_name_like(search_term).values("pk"))
        if own := OWN_FORM.search(request.headers.get("Referer", "")):  # no term relates to itself
            ordered = ordered.exclude(pk=own[1])
        return ordered.order_by(begins, "headword_key"), False

    def hold(self) -> None:
        linked_names.hold()  # relinking locks them before a term too

    def save_model(self, request: HttpRequest, obj: Term, form: Any, change: bool) -> None:
        obj.derive()
        stored = Term.objects.get(pk=obj.pk) if change else None
        form.before = stored and (stored.review, reviews.texts_of(stored))
        self._settle_review(request, obj, form)
        with publishing.saving(obj):
            super().save_model(request, obj, form, change)
        if term_form.PUBLISH in form.data:
            link = format_html('Published at <a href="{0}">{0}</a>.', obj.get_absolute_url())
            self.message_user(request, link, messages.SUCCESS)
        wrong = [
            f"Correct this before you publish it. {each}" for each in in_words(form.text_problems)
        ]
        is_renamed = "headword" in form.changed_data
        named = [text_problems.name_remark(obj.headword)] if is_renamed else []
        for said in filter(None, [*wrong, *in_words(text_problems.remarks(obj)), *named]):
            self.message_user(request, f"Saved. {said}", messages.WARNING)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        term = form.instance
        if self._settle_review(request, term, form):  # sources changed, no other text
            term.save()
        for said in text_problems.relation_remarks(term.relations.all())[term.pk]:
            self.message_user(request, f"Saved. {said}", messages.WARNING)

    def _settle_review(self, request: HttpRequest, term: Term, form: Any) -> bool:
        """Reopen the review of a stored term if its text changed; return whether it was."""
        if form.before is None:
            return False
        review, texts = form.before
        is_reopened = reviews.settle(term, review, reviews.texts_of(term) != texts)
        if is_reopened:
            self.message_user(request, reviews.REOPENED, messages.WARNING)
        return is_reopened

    @transaction.atomic
    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Term]) -> None:
        linked_names.hold()
        super().delete_queryset(request, queryset)
        transaction.on_commit(tasks.relink.enqueue)

    @admin.display(description="status", ordering="status")
    def status_shown(self, term: Term) -> str:
        """Return the status, and for a draft that is published later, when."""
        if term.publish_at is None:
            return term.get_status_display()
        at = date_format(timezone.localtime(term.publish_at), "DATETIME_FORMAT")
        return f"{term.get_status_display()}, to be published {at}"

    @admin.display(description="next review", ordering="reviewed_on")
    def review(self, term: Term) -> SafeString | str:
        """Return the due date of the next review, or by how many days it is overdue."""
        due_on = term.review_due_on
        days = (timezone.localdate() - due_on).days + 1 if due_on else 0
        if not term.reopened_on and days <= 0:
            return date_format(due_on) if due_on else "never reviewed"
        said = f"{days} day{pluralize(days)} overdue"
        said = "changed since its review" if term.reopened_on else said
        return format_html('<span class="overdue">{}</span>', said)

    @admin.display(description="Faults and numbers in the text")
    def numbers(self, term: Term) -> str:
        return numbers_panel(term)

    @admin.display(description="Terms in the text")
    def mentions(self, term: Term) -> str:
        return stored_links.links_panel(term)

    @admin.display(description="Earlier addresses")
    def earlier_addresses(self, term: Term) -> str:
        return ", ".join(f"/glossary/{each.slug}/" for each in term.former_slugs.all())

    @admin.action(description="Publish", permissions=["change"])
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
        self.message_user(request, f"{count} withdrawn.", messages.SUCCESS)

    @admin.action(description="Mark as reviewed today", permissions=["change"], location=BOTH)
    def mark_reviewed(self, request: HttpRequest, queryset: QuerySet[Term]) -> None:
        by = Person.objects.of_account(request.user)
        if by is None:
            self.message_user(request, NOBODY, messages.ERROR)
            return
        reviews.mark_reviewed(queryset, by)
        said = f"{len(queryset)} marked as reviewed by {by}."
        self.message_user(request, said, messages.SUCCESS)


@admin.register(Category)
class CategoryAdmin(HistoryAdmin):
    list_display = ("name", "slug", "position")
    search_fields = ("name",)
    prepopulated_fields = {"slug": ("name",)}


@admin.register(FormerSlug)
class FormerSlugAdmin(admin.ModelAdmin[Any]):
    """Earlier addresses. Deleting one frees it for another term."""

    list_display = ("slug", "term", "created_at")
    search_fields = ("slug", "term__headword")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: FormerSlug | None = None) -> bool:
        return False
