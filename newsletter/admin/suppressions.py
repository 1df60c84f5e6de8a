"""Suppressions in admin: found by address, exported, imported and lifted, never edited."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect

from config.admin_pages import LookOnly
from newsletter.admin import reader_imports
from newsletter.admin.pages import LongList, Question, ask, ask_first, download, page, require
from newsletter.models import ReaderAction, ReaderImport, Suppression
from newsletter.models.readers import SHOWN_HASH
from newsletter.subscribers import exports, suppression
from newsletter.values.addresses import AddressError, address_hash, address_key

LIFT = Question(
    "Lift this suppression?",
    "A reader who is still subscribed gets mail again at once, everybody else when they sign up "
    "and confirm. Do this only when the owner asked for it. Your name and the reason are recorded.",
    "Lift",
)
EXPORT = Question(
    "Export all suppressions?",
    "The file has hashes in place of addresses. Only a site with the same ADDRESS_KEY can use "
    "them. Your name is recorded.",
    "Export",
    word="",
)


class WhyForm(forms.Form):
    why = forms.CharField(
        max_length=400, help_text="Who asked and how, such as “by mail on May 3”. No address."
    )


@admin.register(Suppression)
class SuppressionAdmin(LongList):
    list_display = ("__str__", "reason", "scope", "created_at")
    list_filter = ("reason", "newsletter")
    list_select_related = ("newsletter",)
    search_fields = ("address_hash",)
    search_help_text = "A whole address, which is hashed and not kept, or the beginning of a hash."

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        meant = hash_of(search_term) or search_term.strip().lower()
        return queryset.filter(address_hash__startswith=meant), False

    def get_urls(self) -> list[Any]:
        return [
            page("export/", _export, "suppression_export"),
            page("<int:pk>/lift/", _lift, "suppression_lift"),
            *reader_imports.urls(ReaderImport.Kind.SUPPRESSIONS),
            *super().get_urls(),
        ]


def hash_of(text: str) -> str:
    """Return the hash of an address; "" for any other text."""
    try:
        return address_hash(address_key(text))
    except AddressError:
        return ""


def _export(request: HttpRequest) -> HttpResponseBase:
    by = require(request, "export_suppression")
    if asked := ask_first(request, EXPORT, opts=Suppression._meta):
        return asked
    rows, columns = Suppression.objects.order_by("pk"), exports.SUPPRESSION_COLUMNS
    ReaderAction.objects.record(ReaderAction.Kind.LIST_EXPORTED, by, count=rows.count())
    return download(columns, exports.cells(columns, rows), "suppressions")


def _lift(request: HttpRequest, pk: int) -> HttpResponse:
    by = require(request, "lift_suppression")
    found = get_object_or_404(Suppression.objects.select_related("newsletter"), pk=pk)
    form = WhyForm(request.POST or None)
    if request.method != "POST" or not form.is_valid():
        facts = f"{found}, {found.scope}"
        return ask(request, LIFT, opts=Suppression._meta, facts=facts, form=form)
    suppression.lift(Suppression.objects.filter(pk=pk), form.cleaned_data["why"], by)
    messages.success(request, f"Lifted: {found}, {found.scope}.")
    return redirect("admin:newsletter_suppression_changelist")


@admin.register(ReaderAction)
class ReaderActionAdmin(LookOnly, admin.ModelAdmin[Any]):
    list_display = ("at", "kind", "count", "by_name", "about", "why")
    list_filter = ("kind",)
    show_full_result_count = False
    search_fields = ("about",)
    search_help_text = "A whole address, which is hashed and not kept, or a part of “about”."

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        shown = hash_of(search_term)[:SHOWN_HASH] or search_term.strip()
        return queryset.filter(about__icontains=shown), False
