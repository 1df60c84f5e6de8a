"""Readers who leave the site as a file, and readers who are erased: asked first, then recorded."""

from django.contrib import admin, messages
from django.contrib.admin.options import IncorrectLookupParameters
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.template.defaultfilters import pluralize
from django.urls import URLPattern, reverse

from config.reauthentication import still_asked
from newsletter.admin.pages import Question, ask, ask_first, chosen_ids, download, page, require
from newsletter.models import ReaderAction, Subscriber
from newsletter.subscribers import exports, personal_data

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


def urls() -> list[URLPattern]:
    return [
        page("export/", _export, "subscriber_export"),
        page("<int:pk>/export/", _export_person, "subscriber_export_person"),
        page("erase/", _erase, "subscriber_erase"),
    ]


def _export(request: HttpRequest) -> HttpResponseBase:
    """Export the readers that the list would show with the same query."""
    by = require(request, "export_list")
    try:
        listed = admin.site.get_model_admin(Subscriber).get_changelist_instance(request)
        chosen = listed.get_queryset(request)
    except IncorrectLookupParameters:
        return redirect("admin:newsletter_subscriber_changelist")
    query = " and ".join(f"{name}: {text}" for name, text in request.GET.items())
    if asked := ask_first(request, EXPORT, opts=OPTS, facts=query or "All readers"):
        return asked
    rows = exports.subscriptions_of(chosen if query else None)
    ReaderAction.objects.record(Kind.EXPORTED, by, count=rows.count(), about=query or "all")
    return download(exports.READER_COLUMNS, exports.reader_rows(rows), "readers")


def _export_person(request: HttpRequest, pk: int) -> HttpResponse:
    by = require(request, "export_person")
    reader = get_object_or_404(Subscriber, pk=pk)
    if asked := ask_first(request, EXPORT_PERSON, opts=OPTS, facts=str(reader)):
        return asked
    ReaderAction.objects.record(Kind.PERSON_EXPORTED, by, about=reader.shown_hash)
    text = personal_data.as_json(personal_data.collect_data(reader))
    response = HttpResponse(text, content_type="application/json; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="reader-{pk}.json"'
    return response


def _erase(request: HttpRequest) -> HttpResponse:
    by = require(request, "erase_subscriber")
    sent = request.POST if request.method == "POST" else request.GET
    ids = chosen_ids(sent.get("ids", "").split(","))
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
        said = f"Choose 1 to {personal_data.MOST_ERASED} readers to erase."
        messages.info(request, said)
        return redirect("admin:newsletter_subscriber_changelist")
    facts = ", ".join(map(str, readers))
    hidden = {"ids": ",".join(str(reader.pk) for reader in readers)}
    action = reverse("admin:newsletter_subscriber_erase")
    return ask(request, ERASE, opts=OPTS, facts=facts, hidden=hidden, action=action)
