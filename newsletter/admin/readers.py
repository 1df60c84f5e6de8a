"""Readers in admin: read only, because a subscription must not exist without recorded consent."""

from typing import Any
from unicodedata import normalize

from django.contrib import admin
from django.db.models import Prefetch, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.formats import date_format
from django.utils.html import format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.timezone import localtime

from glossary.admin import LookOnly
from newsletter.admin import reader_imports, reader_pages
from newsletter.models import ConsentEvent, ReaderImport, Subscriber, Subscription
from newsletter.values.addresses import AddressError, address_key

VIEW_CONSENT = "newsletter.view_consentevent"


class SubscriptionInline(LookOnly, admin.TabularInline[Any, Any]):
    template = "admin/edit_inline/table.html"
    model = Subscription
    fields = ("newsletter", "status", "confirmed_at", "paused_until", "unsubscribed_at")
    extra = 0


@admin.register(Subscriber)
class SubscriberAdmin(LookOnly, admin.ModelAdmin[Any]):
    list_display = ("address", "statuses", "created_at")
    list_filter = ("status", "subscriptions__status", "subscriptions__newsletter")
    # The beginning only: it uses the index at a million rows, which "contains" would not.
    search_fields = ("address_key__startswith",)
    search_help_text = "The address or its beginning."
    show_full_result_count = False
    inlines = (SubscriptionInline,)
    actions = ("erase",)
    readonly_fields = ("consent",)

    def get_urls(self) -> list[Any]:
        own = reader_imports.urls(self, ReaderImport.Kind.READERS)
        return [*own, *reader_pages.urls(self), *super().get_urls()]

    def has_erase_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("newsletter.erase_subscriber")

    @admin.action(description="Erase", permissions=["erase"])
    def erase(self, request: HttpRequest, queryset: QuerySet[Subscriber]) -> HttpResponse:
        return reader_pages.ask_to_erase(self, request, queryset)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Subscriber]:
        to_default = Subscription.objects.filter(newsletter__is_default=True)
        rows = Prefetch("subscriptions", to_default, to_attr="to_default")
        return super().get_queryset(request).prefetch_related(rows)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        shown = ["address", "status", "created_at"]
        return [*shown, "consent"] if request.user.has_perm(VIEW_CONSENT) else shown

    @admin.display(description="default newsletter")
    def statuses(self, reader: Subscriber) -> str:
        """Return the subscription's status, and the reader's own if no mail reaches them."""
        labels = [each.get_status_display() for each in reader.to_default]  # type: ignore[attr-defined]
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
        return queryset.filter(_is_addressed(search_term)), False


@admin.register(ConsentEvent)
class ConsentEventAdmin(LookOnly, admin.ModelAdmin[Any]):
    list_display = ("at", "kind", "newsletter", "source_page")
    list_filter = ("kind", "newsletter")
    list_select_related = ("newsletter",)
    show_full_result_count = False


def _is_addressed(text: str) -> Q:
    """Match addresses that begin with a text, normalized as addresses are."""
    try:
        return Q(address_key__startswith=address_key(text))
    except AddressError:
        local, at, domain = normalize("NFC", text.strip()).casefold().partition("@")
    if domain.isascii():
        return Q(address_key__startswith=f"{local}{at}{domain}")
    # Part of a domain in another script has no ASCII form. The index of the key finds candidates.
    return Q(address_key__startswith=f"{local}@", address__contains=f"@{domain}")
