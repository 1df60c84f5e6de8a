"""The pages where files of readers or suppressions are uploaded, watched, accepted or dropped."""

from functools import partial
from itertools import islice
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern

from config.admin_pages import admin_page
from config.bodies import takes_files
from glossary.admin.uploads import CODECS, BoundedFileField
from glossary.ingest.tables import MAX_BYTES
from newsletter.admin.pages import download, page, require
from newsletter.models import Newsletter, ReaderImport, RowResult, Subscriber, Suppression
from newsletter.subscribers import imports
from newsletter.subscribers.signups import FOR_IMPORTED

Kind = ReaderImport.Kind
MOST_SENT = MAX_BYTES + 500_000
SHOWN_LINES = 500
AN_HOUR = FOR_IMPORTED[0].count
OPTS: dict[str, Any] = {Kind.READERS: Subscriber._meta, Kind.SUPPRESSIONS: Suppression._meta}
PERMISSIONS = {Kind.READERS: "import_subscriber", Kind.SUPPRESSIONS: "import_suppression"}
FORMATS = "CSV or Excel (.xlsx), 20 MB and 200,000 rows at most."
BY_SLUG = "For rows without the slug of a newsletter."


class ListFileField(BoundedFileField):
    most_bytes = MAX_BYTES


class ReadersForm(forms.Form):
    file = ListFileField(help_text=FORMATS)
    newsletter = forms.ModelChoiceField(Newsletter.objects.all(), help_text=BY_SLUG)
    stated = forms.CharField(
        label="Consent source",
        max_length=200,
        required=False,
        help_text="Where these readers agreed, for rows that do not say it: “form on example.org”.",
    )
    proof = forms.CharField(
        label="Confirmed at",
        max_length=150,
        required=False,
        help_text="Only if they clicked a link in a mail and you can prove it: where and how. It is"
        " kept with their consent, and they get the next issue. Empty: each is asked by mail.",
    )
    encoding = forms.ChoiceField(choices=CODECS, required=False)


class SuppressionsForm(forms.Form):
    file = ListFileField(help_text=FORMATS)
    newsletter = forms.ModelChoiceField(
        Newsletter.objects.all(), required=False, empty_label="all newsletters", help_text=BY_SLUG
    )
    stated = forms.ChoiceField(
        label="Reason",
        choices=Suppression.Reason,
        initial=Suppression.Reason.BY_HAND,
        help_text="For rows without one.",
    )
    encoding = forms.ChoiceField(choices=CODECS, required=False)


FORMS: dict[str, type[forms.Form]] = {
    Kind.READERS: ReadersForm,
    Kind.SUPPRESSIONS: SuppressionsForm,
}


def urls(kind: ReaderImport.Kind) -> list[URLPattern]:
    name = f"{OPTS[kind].model_name}_import"
    upload = takes_files(partial(_upload, kind=kind), MOST_SENT, f"newsletter.{PERMISSIONS[kind]}")
    return [
        page("import/", upload, name),
        page("import/<int:pk>/", _watch, f"{name}_file", kind=kind),
    ]


def _upload(request: HttpRequest, kind: ReaderImport.Kind) -> HttpResponse:
    by = require(request, PERMISSIONS[kind])
    initial = {"newsletter": Newsletter.objects.default()} if kind == Kind.READERS else {}
    form = FORMS[kind](request.POST or None, request.FILES or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data.pop("file")
        upload = ReaderImport(kind=kind, by=by, content=file.read(), **form.cleaned_data)
        upload.name = (file.name or "file")[:200]
        imports.add(upload)
        return redirect(f"{request.resolver_match.view_name}_file", upload.pk)  # type: ignore[union-attr]
    uploads = ReaderImport.objects.filter(kind=kind).select_related("by")
    context = {
        "title": f"Import {kind}",
        "opts": OPTS[kind],
        "kind": kind,
        "form": form,
        "an_hour": AN_HOUR,
        "uploads": uploads.defer("content", "report"),
    }
    return admin_page(request, "newsletter/import.html", context)


def _watch(request: HttpRequest, pk: int, kind: ReaderImport.Kind) -> HttpResponseBase:
    """Show how far a file is and what becomes of its rows; accept it or drop it."""
    require(request, PERMISSIONS[kind])
    upload = get_object_or_404(ReaderImport.objects.defer("content"), pk=pk, kind=kind)
    if request.method == "POST":
        return _decide(request, upload)
    if "report" in request.GET:
        columns = ("row", "result", "why")
        return download(columns, imports.report_lines(upload), f"import-{upload.pk}")
    told = (line for line in imports.report_lines(upload) if line[1] != RowResult.NEW.label)
    context = {
        "title": f"Import {kind}: {upload}",
        "opts": OPTS[kind],
        "upload": upload,
        "an_hour": AN_HOUR,
        "counts": [
            (each.label, upload.counts[each]) for each in RowResult if each in upload.counts
        ],
        "lines": [] if upload.is_moving else list(islice(told, SHOWN_LINES)),
        "told": sum(upload.counts.values()) - upload.new,
    }
    part = "#numbers" if request.GET.get("part") == "numbers" else ""
    return admin_page(request, f"newsletter/import_file.html{part}", context)


def _decide(request: HttpRequest, upload: ReaderImport) -> HttpResponse:
    if request.POST.get("action") == "drop":
        if imports.drop(upload):
            messages.success(request, f"“{upload}” was dropped.")
        return redirect(f"admin:newsletter_{OPTS[upload.kind].model_name}_import")
    if not imports.accept(upload):
        messages.info(request, "This file does not wait to be imported.")
    return redirect(request.path)
