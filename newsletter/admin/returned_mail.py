"""Returned mail in admin: what could not be matched is assigned to a reader, done, or deleted."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.defaultfilters import pluralize
from django.urls import reverse

from newsletter.admin.pages import LongList, Question, ask, chosen_ids, page, require
from newsletter.models import MailEvent
from newsletter.returns import intake, matching
from newsletter.values.addresses import AddressError

OPTS = MailEvent._meta
LIST = "admin:newsletter_mailevent_changelist"
HANDLE = "handle_mailevent"
SHOWN = 20_000  # bytes of a mail
# Of these a person can vouch; what counts only with a message of ours is not among them.
KINDS = (MailEvent.Kind.HARD, MailEvent.Kind.COMPLAINT, MailEvent.Kind.LEAVE)
ASSIGN = Question(
    "Assign this mail to a reader?",
    "You vouch that it is about them, and they get no more mail: after a bounce or a complaint "
    "their address is suppressed, and readers who ask to leave leave all newsletters. Your name "
    "is recorded.",
    "Assign",
)
DONE = Question("Mark as done?", "No reader is affected. Your name is recorded.", "Mark as done")
DELETE = Question(
    "Delete this mail?", "No reader is affected. You cannot undo this.", "Delete", "danger"
)
DECISIONS = {"done": (DONE, intake.mark_done), "discard": (DELETE, intake.delete_unmatched)}


class AssignForm(forms.Form):
    address = forms.CharField(max_length=254, help_text="Of a reader who is on the list.")
    kind = forms.ChoiceField(
        label="What it says", choices=[(kind.value, kind.label) for kind in KINDS]
    )

    def clean_address(self) -> str:
        address: str = self.cleaned_data["address"]
        try:
            self.match = matching.of_address(address)
        except AddressError as error:
            raise forms.ValidationError(str(error)) from error
        if not self.match.is_found:
            raise forms.ValidationError("No reader has this address.")
        return address


@admin.register(MailEvent)
class MailEventAdmin(LongList):
    list_display = ("received_at", "kind", "state", "source", "status", "note")
    list_filter = ("state", "kind", "source")
    actions = tuple(DECISIONS)

    def get_queryset(self, request: HttpRequest) -> QuerySet[MailEvent]:
        return super().get_queryset(request).defer("raw")

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        shown = [*self.list_display, "is_proven", "done_by"]
        return [*shown, "mail"] if self.has_handle_permission(request) else shown

    @admin.display(description="mail")
    def mail(self, event: MailEvent) -> str:
        return bytes(event.raw)[:SHOWN].decode("utf-8", "replace").replace("\0", "�")

    def has_handle_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(f"newsletter.{HANDLE}")

    @admin.action(description="Mark as done", permissions=["handle"])
    def done(self, request: HttpRequest, queryset: QuerySet[MailEvent]) -> HttpResponse:
        return _ask(request, "done", queryset)

    @admin.action(description="Delete", permissions=["handle"])
    def discard(self, request: HttpRequest, queryset: QuerySet[MailEvent]) -> HttpResponse:
        return _ask(request, "discard", queryset)

    def get_urls(self) -> list[Any]:
        return [
            page("<int:pk>/assign/", _assign, "mailevent_assign"),
            *(page(f"{name}/", _decide, f"mailevent_{name}", name=name) for name in DECISIONS),
            *super().get_urls(),
        ]


def _assign(request: HttpRequest, pk: int) -> HttpResponse:
    by = require(request, HANDLE)
    event = get_object_or_404(MailEvent.objects.unmatched(), pk=pk)
    kind = event.kind if event.kind in KINDS else None
    # A letter of a reader names them.
    reader = event.delivery.subscriber if event.delivery else None
    initial = {"address": reader.address if reader else "", "kind": kind}
    form = AssignForm(request.POST or None, initial=initial)
    if request.method != "POST" or not form.is_valid():
        return ask(request, ASSIGN, opts=OPTS, facts=str(event), form=form)
    kind = MailEvent.Kind(form.cleaned_data["kind"])
    if intake.assign(event, form.match, kind, by):
        messages.success(request, "The mail was assigned.")
    else:
        messages.info(request, "Nothing was changed: somebody else decided about this mail.")
    return redirect(LIST)


def _decide(request: HttpRequest, name: str) -> HttpResponse:
    by = require(request, HANDLE)
    asked = request.POST if request.method == "POST" else request.GET
    ids = chosen_ids(asked.get("ids", "").split(","))
    if request.method != "POST":
        return _ask(request, name, MailEvent.objects.filter(pk__in=ids))
    count = DECISIONS[name][1](ids, by)
    messages.success(request, f"{count} mail{pluralize(count)} decided.")
    return redirect(LIST)


def _ask(request: HttpRequest, name: str, chosen: QuerySet[MailEvent]) -> HttpResponse:
    ids = list(chosen.filter(state=MailEvent.State.UNMATCHED).values_list("pk", flat=True))
    if not ids:
        messages.info(request, "Choose unmatched mail only: the rest has been acted on.")
        return redirect(LIST)
    hidden = {"ids": ",".join(map(str, ids))}
    facts = f"{len(ids)} mail{pluralize(ids)}"
    action = reverse(f"admin:newsletter_mailevent_{name}")
    question = DECISIONS[name][0]
    return ask(request, question, opts=OPTS, facts=facts, hidden=hidden, action=action)
