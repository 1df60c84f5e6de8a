"""Readers in admin: read only, because a subscription must not exist without recorded consent."""

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.options import IncorrectLookupParameters
from django.db.models import Exists, OuterRef, Prefetch, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.template.defaultfilters import pluralize
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.html import format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.timezone import localtime

from config.admin_pages import LookOnly, admin_page
from config.reauthentication import still_asked
from newsletter.admin import pages, reader_imports
from newsletter.admin.pages import LongList, Question, page
from newsletter.models import (
    ConsentEvent,
    HeldSignup,
    Newsletter,
    ReaderAction,
    ReaderImport,
    Subscriber,
    Subscription,
)
from newsletter.subscribers import (
    address_search,
    exports,
    held_signups,
    leaving_reasons,
    personal_data,
)

Kind = ReaderAction.Kind
OPTS = Subscriber._meta
EXPORT = Question(
    "Export these readers?",
    "The file has addresses, subscriptions and consent, one row for each subscription. Your "
    "name and the filter are recorded.",
    "Export",
    word="export",
)
EXPORT_PERSON = Question(
    "Export all data of this reader?",
    "The file has everything that we store about them, as they can download it themselves. Your "
    "name is recorded.",
    "Export",
    word="",
)
ERASE = Question(
    "Erase?",
    "Their data are deleted for good, and a hash of the address makes sure that nobody writes to "
    "it again. What was sent stays counted. You cannot undo this; your name and how many you "
    "erased are recorded.",
    "Erase",
    "danger",
    word="erase",
)


class StatusFilter(admin.SimpleListFilter):
    """Readers with a subscription in a state, of the newsletter that is chosen too, if one is.

    EXISTS, because joining two tables of a million rows and removing duplicates takes seconds.
    """

    title = "subscription"
    parameter_name = "subscription"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Any:
        return Subscription.Status.choices

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if not self.value():
            return queryset
        own = Subscription.objects.filter(subscriber=OuterRef("pk"), status=self.value())
        newsletter = _chosen_newsletter(request)
        return queryset.filter(Exists(own.filter(newsletter=newsletter) if newsletter else own))


class NewsletterFilter(admin.SimpleListFilter):
    title = "newsletter"
    parameter_name = "newsletter"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Any:
        return Newsletter.objects.values_list("slug", "name")

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if not self.value() or request.GET.get(StatusFilter.parameter_name):
            return queryset
        own = Subscription.objects.filter(newsletter=_chosen_newsletter(request))
        return queryset.filter(Exists(own.filter(subscriber=OuterRef("pk"))))


def _chosen_newsletter(request: HttpRequest) -> Newsletter | None:
    slug = request.GET.get(NewsletterFilter.parameter_name, "")
    return Newsletter.objects.filter(slug=slug).first()


class SubscriptionInline(LookOnly, admin.TabularInline[Any, Any]):
    template = "admin/edit_inline/table.html"
    model = Subscription
    fields = ("newsletter", "status", "confirmed_at", "paused_until", "unsubscribed_at")
    extra = 0


def _in_words(event: ConsentEvent) -> str:
    """Return what happened, to which newsletter, on which page, and what the reader was shown."""
    said = [event.get_kind_display().lower(), str(event.newsletter), event.source_page]
    shown = f": “{event.consent_text}”" if event.consent_text else ""
    return ", ".join(filter(None, said)) + shown


@admin.register(Subscriber)
class SubscriberAdmin(LongList):
    list_display = ("address", "statuses", "created_at")
    list_filter = ("status", StatusFilter, NewsletterFilter)
    search_fields = ("address_key",)
    search_help_text = "An address or a part of it."
    # The newest first, by the index that every table has; other orders would sort a million rows.
    ordering = ("-pk",)
    sortable_by = ()
    list_per_page = 50
    inlines = (SubscriptionInline,)
    actions = ("erase",)
    readonly_fields = ("consent",)

    def get_urls(self) -> list[Any]:
        return [
            *reader_imports.urls(ReaderImport.Kind.READERS),
            page("export/", _export, "subscriber_export"),
            page("<int:pk>/export/", _export_person, "subscriber_export_person"),
            page("erase/", _erase, "subscriber_erase"),
            page("leaving/", _why_they_left, "subscriber_leaving"),
            *super().get_urls(),
        ]

    def has_erase_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("newsletter.erase_subscriber")

    @admin.action(description="Erase", permissions=["erase"])
    def erase(self, request: HttpRequest, queryset: QuerySet[Subscriber]) -> HttpResponse:
        return ask_to_erase(request, queryset)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Subscriber]:
        own = Subscription.objects.select_related("newsletter").order_by("newsletter_id")
        return super().get_queryset(request).prefetch_related(Prefetch("subscriptions", own))

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        shown = ["address", "status", "created_at"]
        may_see = request.user.has_perm("newsletter.view_consentevent")
        return [*shown, "consent"] if may_see else shown

    @admin.display(description="newsletters")
    def statuses(self, reader: Subscriber) -> str:
        """Return the status of each subscription, and the reader's own if no mail reaches them."""
        labels = [
            f"{each.newsletter}: {each.get_status_display().lower()}"
            for each in reader.subscriptions.all()
        ]
        if reader.status != Subscriber.Status.OK:
            labels.append(reader.get_status_display().lower())
        return ", ".join(labels)

    @admin.display(description="consent")
    def consent(self, reader: Subscriber) -> SafeString:
        """List what the reader agreed to or withdrew, over all their subscriptions."""
        events = ConsentEvent.objects.filter(subscription__subscriber=reader)
        lines = (
            (date_format(localtime(event.at), "DATETIME_FORMAT"), _in_words(event))
            for event in events.select_related("newsletter")
        )
        return format_html_join(mark_safe("<br>"), "{}: {}", lines)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Subscriber], search_term: str
    ) -> tuple[QuerySet[Subscriber], bool]:
        found = address_search.matching(queryset, search_term) if search_term else queryset
        return found, False


@admin.register(ConsentEvent)
class ConsentEventAdmin(LongList):
    list_display = ("at", "kind", "newsletter", "source_page")
    list_filter = ("kind", "newsletter")
    list_select_related = ("newsletter",)


def _export(request: HttpRequest) -> HttpResponseBase:
    """Export the readers that the list would show with the same query."""
    by = pages.require(request, "export_list")
    try:
        listed = admin.site.get_model_admin(Subscriber).get_changelist_instance(request)
        chosen = listed.get_queryset(request)
    except IncorrectLookupParameters:
        return redirect("admin:newsletter_subscriber_changelist")
    query = " and ".join(f"{name}: {text}" for name, text in request.GET.items())
    if asked := pages.ask_first(request, EXPORT, opts=OPTS, facts=query or "All readers"):
        return asked
    rows = exports.subscriptions_of(chosen if query else None)
    ReaderAction.objects.record(Kind.EXPORTED, by, count=rows.count(), about=query or "all")
    columns = exports.READER_COLUMNS
    return pages.download(columns, exports.cells(columns, rows), "readers")


def _export_person(request: HttpRequest, pk: int) -> HttpResponse:
    by = pages.require(request, "export_person")
    reader = get_object_or_404(Subscriber, pk=pk)
    if asked := pages.ask_first(request, EXPORT_PERSON, opts=OPTS, facts=str(reader)):
        return asked
    ReaderAction.objects.record(Kind.PERSON_EXPORTED, by, about=reader.shown_hash)
    text = personal_data.as_json(personal_data.collect_data(reader))
    response = HttpResponse(text, content_type="application/json; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="reader-{pk}.json"'
    return response


def _erase(request: HttpRequest) -> HttpResponse:
    by = pages.require(request, "erase_subscriber")
    sent = request.POST if request.method == "POST" else request.GET
    ids = pages.chosen_ids(sent.get("ids", "").split(","))
    chosen = Subscriber.objects.filter(pk__in=ids[: personal_data.MOST_ERASED])
    if request.method != "POST":
        return ask_to_erase(request, chosen)
    if asked := still_asked(request, "erase"):
        return asked
    count = personal_data.erase_readers(chosen, by)
    messages.success(request, f"{count} reader{pluralize(count)} erased.")
    return redirect("admin:newsletter_subscriber_changelist")


def ask_to_erase(request: HttpRequest, chosen: QuerySet[Subscriber]) -> HttpResponse:
    readers = list(chosen[: personal_data.MOST_ERASED + 1])
    if not 0 < len(readers) <= personal_data.MOST_ERASED:
        messages.info(request, f"Choose 1 to {personal_data.MOST_ERASED} readers to erase.")
        return redirect("admin:newsletter_subscriber_changelist")
    facts = ", ".join(map(str, readers))
    hidden = {"ids": ",".join(str(reader.pk) for reader in readers)}
    action = reverse("admin:newsletter_subscriber_erase")
    return pages.ask(request, ERASE, opts=OPTS, facts=facts, hidden=hidden, action=action)


def _why_they_left(request: HttpRequest) -> HttpResponse:
    pages.require(request, "view_subscriber")
    found = [(each, leaving_reasons.after_issues(each)) for each in Newsletter.objects.all()]
    context = {"title": "Why readers left", "labels": leaving_reasons.LABELS, "newsletters": found}
    return admin_page(request, "newsletter/subscriber/leaving.html", context)


@admin.register(HeldSignup)
class HeldSignupAdmin(LookOnly, admin.ModelAdmin[Any]):
    """What was held back of the signups of the last week, for operators."""

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        pages.require(request, "view_heldsignup")
        context = {
            "title": "Held signups",
            "labels": HeldSignup.Reason.labels,
            "hours": held_signups.by_hour(),
            "networks": held_signups.by_network(),
        }
        return admin_page(request, "newsletter/heldsignup/change_list.html", context)
