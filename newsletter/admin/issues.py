"""Issues in admin: written here, with a preview next to the form; sent issues are frozen.

And their newsletters: promise, schedule and sender.
"""

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.widgets import AdminTextareaWidget
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.decorators import method_decorator
from django.utils.formats import date_format
from django.utils.html import format_html

from glossary.admin.preview import WITH_FRAMES
from glossary.admin.terms import REVIEW_RULE
from glossary.admin.tokens import TEXT_HELP
from glossary.admin.versions import DeletionsAdmin, HistoryAdmin, is_restoring
from glossary.mentions import linked_names
from glossary.terms import reviews, text_problems
from newsletter.admin import composing, preview, sending, steps
from newsletter.admin.data_points import DataPointInline
from newsletter.admin.desk import TroubleFilter
from newsletter.admin.pages import step_url
from newsletter.issues import deletions, mentions
from newsletter.issues.composing import address_checks, approval, reviewing
from newsletter.issues.composing.reviewing import issue_fingerprint
from newsletter.issues.figure_texts import faults_in_texts
from newsletter.models import Issue, Newsletter

FOLDED: Any = {"classes": ("collapse",)}
REVIEW = ("reviewed_by", "reviewed_on", "reopened_on", "responsible", "drafting")


@admin.register(Issue)
@method_decorator(WITH_FRAMES, name="changeform_view")
class IssueAdmin(DeletionsAdmin):
    comes_back = "An issue comes back as a draft, with its data points."
    list_display = ("number_shown", "subject_shown", "newsletter", "status", "when")
    list_display_links = ("number_shown", "subject_shown")
    list_filter = ("status", TroubleFilter, "newsletter")
    list_select_related = ("newsletter",)
    search_fields = ("subject", "data_points__headline")
    fieldsets = (
        (None, {"fields": ("subject", "preheader", "intro")}),
        ("Address and number", FOLDED | {"fields": ("slug", "newsletter", "number")}),
        ("Review", FOLDED | {"description": REVIEW_RULE, "fields": REVIEW}),
        ("Links that need not answer", FOLDED | {"fields": ("waived_links",)}),
    )
    inlines = (DataPointInline,)
    long_lines = ("subject", "slug")
    change_form_template = "admin/newsletter/issue/change_form.html"

    def get_urls(self) -> list[Any]:
        return [*composing.urls(), *sending.urls(), *super().get_urls()]

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        is_open = not isinstance(obj, Issue) or obj.is_open
        return is_open and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        may_go = not isinstance(obj, Issue) or _may_go(obj)
        return may_go and super().has_delete_permission(request, obj)

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "intro":
            kwargs |= {"help_text": TEXT_HELP, "widget": AdminTextareaWidget({"rows": 5})}
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def get_readonly_fields(self, request: HttpRequest, obj: Issue | None = None) -> Any:
        # Number and day were given in the newsletter's own line.
        return ("newsletter", "reopened_on") if obj else ("reopened_on",)

    def get_fieldsets(self, request: HttpRequest, obj: Issue | None = None) -> Any:
        found = super().get_fieldsets(request, obj)
        if is_restoring(request):  # an old version brings its text back, not its review
            return [each for each in found if each[0] != "Review"]
        return found

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        return {"newsletter": Newsletter.objects.default()}

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        issue = kwargs.get("obj")
        context["standing"] = steps.StatusLine(issue, request.user) if issue else None
        may_write = issue is None or self.has_change_permission(request, issue)
        context["preview"] = [
            (way, label, composing.preview_url(issue, way))
            for way, label in (preview.WAYS if may_write else {}).items()
        ]
        context["time_url"] = composing.preview_url(issue, preview.TIME)
        context["show_save_and_add_another"] = False
        page: HttpResponse = super().render_change_form(request, context, *args, **kwargs)
        return page

    def hold(self) -> None:
        linked_names.hold()  # before the issue, in the order of the clock when it links texts

    def save_model(self, request: HttpRequest, obj: Issue, form: Any, change: bool) -> None:
        if change:
            stored = approval.lock_for_edit(obj)
            form.as_before = issue_fingerprint(stored)
            form.read_before = reviewing.read_stored(stored)
            if is_restoring(request):
                obj.keep_signed(stored)
            if obj.slug == stored.slug == stored.slug_from_subject():
                obj.slug = ""  # it follows the subject until an editor types another
        super().save_model(request, obj, form, change)
        # A restored version is saved without save_related.
        mentions.record_mentions(obj)
        self._follow_edit(request, form)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        mentions.record_mentions(form.instance)
        address_checks.queue_link_checks(form.instance)
        self._follow_edit(request, form)
        for problem in faults_in_texts(form.instance, text_problems.problems):
            said = f"Saved. Correct this before you send it. {problem}"
            self.message_user(request, said, messages.WARNING)

    def _follow_edit(self, request: HttpRequest, form: Any) -> None:
        """Take review and approval back if this save changed the stored issue."""
        issue = form.instance
        before = getattr(form, "as_before", None)
        if before is None or before == issue_fingerprint(issue):
            return
        if reviewing.settle_review(issue, form.read_before):
            self.message_user(request, reviews.REOPENED, messages.WARNING)
        if issue.status != Issue.Status.APPROVED:
            return
        approval.withdraw_approval(issue)
        issue.refresh_from_db(fields=approval.STATE)
        said = "The issue changed, so its approval was withdrawn: check and approve it again."
        self.message_user(request, said, messages.WARNING)

    def bring_back(self, pk: int) -> tuple[Issue, list[str]]:
        return deletions.bring_back(pk)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Issue]) -> None:
        """Delete all but sent, sending and approved issues; the list action checks no object."""
        for issue in queryset:
            if _may_go(issue):
                issue.delete()

    @admin.display(description="number", ordering="number")
    def number_shown(self, issue: Issue) -> int | str:
        return issue.number or "–"

    @admin.display(description="subject", ordering="subject")
    def subject_shown(self, issue: Issue) -> str:
        return issue.subject or "Without a subject yet"

    def get_list_display(self, request: HttpRequest) -> Any:
        """Let publishers pause from the list, and leave out the newsletter if there is only one."""
        shown: list[Any] = list(self.list_display)
        if Newsletter.objects.count() == 1:
            shown.remove("newsletter")
        if request.user.has_perm(approval.SEND):
            shown[shown.index("status")] = self.status_and_pause
        return shown

    @admin.display(description="status", ordering="status")
    def status_and_pause(self, issue: Issue) -> str:
        status = issue.get_status_display()
        if issue.status != Issue.Status.SENDING:
            return status
        return format_html(
            "{} <button type='submit' form='pause' formaction='{}' class='button'>Pause"
            "<span class='visually-hidden'> {}</span></button>",
            status,
            step_url(issue, "pause"),
            issue,
        )

    @admin.display(description="when")
    def when(self, issue: Issue) -> str:
        """Return when it was, will be, or should be sent, in its newsletter's time zone."""
        at = issue.moment
        return date_format(at, "D, M j, Y, H:i e") if at else ""


def _may_go(issue: Issue) -> bool:
    return not issue.is_frozen and issue.status != Issue.Status.APPROVED


@admin.register(Newsletter)
class NewsletterAdmin(HistoryAdmin):
    list_display = (
        "name", "frequency_text", "weekday", "local_time", "time_zone", "is_recurring",
        "is_default",
    )  # fmt: skip
    search_fields = ("name",)

    def get_readonly_fields(self, request: HttpRequest, obj: Newsletter | None = None) -> Any:
        return ("slug",) if obj else ()  # links and mail filters hold it

    def get_prepopulated_fields(self, request: HttpRequest, obj: Newsletter | None = None) -> Any:
        return {} if obj else {"slug": ("name",)}
