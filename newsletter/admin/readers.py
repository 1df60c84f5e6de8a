"""Readers in admin: read only, because a subscription must not exist without recorded consent."""

from typing import Any

from django.contrib import admin
from django.db.models import Exists, OuterRef, Prefetch, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.formats import date_format
from django.utils.html import format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.timezone import localtime

from config.admin_pages import LookOnly
from newsletter.admin import reader_imports, reader_pages
from newsletter.admin.pages import LongList
from newsletter.models import ConsentEvent, Newsletter, ReaderImport, Subscriber, Subscription
from newsletter.subscribers import address_search

VIEW_CONSENT = "newsletter.view_consentevent"


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
        own = reader_imports.urls(ReaderImport.Kind.READERS)
        return [*own, *reader_pages.urls(), *super().get_urls()]

    def has_erase_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("newsletter.erase_subscriber")

    @admin.action(description="Erase", permissions=["erase"])
    def erase(self, request: HttpRequest, queryset: QuerySet[Subscriber]) -> HttpResponse:
        return reader_pages.ask_to_erase(request, queryset)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Subscriber]:
        own = Subscription.objects.select_related("newsletter").order_by("newsletter_id")
        return super().get_queryset(request).prefetch_related(Prefetch("subscriptions", own))

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        shown = ["address", "status", "created_at"]
        return [*shown, "consent"] if request.user.has_perm(VIEW_CONSENT) else shown

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
        return format_html_join(
            mark_safe("<br>"),
            "{}: {}, {} {} {}",
            (
                (
                    date_format(localtime(event.at), "DATETIME_FORMAT"),
                    event.get_kind_display().lower(),
                    event.newsletter,
                    event.source_page,
                    event.consent_text,
                )
                for event in events.select_related("newsletter")
            ),
        )

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
