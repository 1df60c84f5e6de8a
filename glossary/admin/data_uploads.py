"""Import a file by hand: upload it, see what it would change, accept it or drop it.

The file waits on the server between these pages, so an error loses neither it nor what was typed.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.admin import ModelAdmin
from django.contrib.admin.widgets import AdminDateWidget, AdminTextInputWidget
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils import timezone

from config.bodies import takes_files
from glossary.admin.data_preview import preview
from glossary.admin.series_pages import series_page, series_to_change
from glossary.admin.uploads import CODECS, MOST_SENT, BoundedFileField, decide, gone, keep_file
from glossary.ingest.columns import NO_PICK, PICKS
from glossary.ingest.data_uploads import accept_data
from glossary.ingest.dates import DateFormat
from glossary.ingest.uploads import day_in_name
from glossary.models import Series, Upload

FORMATS = [(each.value, each.value or "as the dates show") for each in DateFormat]
PICKED = [
    ("", "as before"),
    (NO_PICK, "none: one row per period"),
    *((pick, pick) for pick in PICKS if pick),
]


class DataForm(forms.ModelForm[Any]):
    file = BoundedFileField(help_text="CSV, TSV, JSON records or Excel (.xlsx), 5 MB at most.")
    released_on = forms.DateField(
        required=False,
        widget=AdminDateWidget,
        help_text="The day the publisher released it. A day in the name of the file, such as"
        " 2026-02-06, is taken if this is empty.",
    )
    pick = forms.ChoiceField(
        choices=PICKED, required=False, help_text="Which row to use when a period has several."
    )
    date_format = forms.ChoiceField(choices=FORMATS, required=False)
    encoding = forms.ChoiceField(choices=CODECS, required=False)

    class Meta:
        model = Upload
        fields = (
            "file", "released_on", "note", "columns", "where", "pick", "date_format", "encoding",
        )  # fmt: skip
        widgets = {
            "note": AdminTextInputWidget,
            "columns": AdminTextInputWidget,
            "where": forms.Textarea(attrs={"rows": 2, "cols": 60}),
        }
        help_texts = {
            "note": "Shown with the release, for example why it was revised.",
            "columns": "Only if they are recognized wrongly: period=quarter, value=median, "
            "low=p5, high=p95, status=incomplete. “low=” means that there is none.",
            "where": "One condition per line, such as chip=A100. Empty keeps the earlier ones; "
            "“where=” removes them.",
        }

    def clean_released_on(self) -> Any:
        file = self.cleaned_data.get("file")
        name = file.name if file else self.instance.name
        day = self.cleaned_data["released_on"] or day_in_name(name)
        if day is None:
            raise ValidationError("Say on which day the publisher released it.")
        if day > timezone.localdate():
            raise ValidationError("The release date cannot be in the future.")
        return day


class KeptDataForm(DataForm):
    """The same form for a file that is already stored."""

    file = BoundedFileField(required=False, help_text="Only to replace the file.")


def urls(model_admin: ModelAdmin[Any]) -> list[Any]:
    def page(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        shown = model_admin.admin_site.admin_view(partial(view, model_admin))
        return takes_files(shown, MOST_SENT, "glossary.change_series")

    return [
        path("<int:pk>/import/", page(import_data), name="glossary_series_import"),
        path("<int:pk>/import/<int:upload>/", page(show_upload), name="glossary_series_upload"),
    ]


def import_data(model_admin: ModelAdmin[Any], request: HttpRequest, pk: int) -> HttpResponse:
    """Store an uploaded file, even if other fields of the form have errors."""
    series = series_to_change(model_admin, request, pk)
    if request.method != "POST":
        return _page(model_admin, request, series, DataForm())
    upload = Upload(kind=Upload.Kind.DATA, series=series, uploaded_by_id=request.user.pk)
    form = DataForm(request.POST, request.FILES, instance=upload)
    is_valid = form.is_valid()
    file = form.cleaned_data.get("file")
    if not file:
        return _page(model_admin, request, series, form)
    # Valid values are stored as well; the others stay in the form with their errors.
    keep_file(upload, file)
    if is_valid:
        return redirect("admin:glossary_series_upload", pk, upload.pk)
    return _page(model_admin, request, series, form, upload)


def show_upload(
    model_admin: ModelAdmin[Any], request: HttpRequest, pk: int, upload: int
) -> HttpResponse:
    """Show what a file would change; accept it, change how it is read, or drop it."""
    series = series_to_change(model_admin, request, pk)
    kept = Upload.objects.filter(pk=upload, series=series).select_related("series__source").first()
    away = reverse("admin:glossary_series_change", args=[pk])
    if kept is None:
        return gone(request, away)
    if request.POST.get("action") == "change" or "choose" in request.POST:
        return _change(model_admin, request, series, kept)
    accept = partial(_accept, model_admin, request, series, kept)
    answer = decide(request, kept, accept, away)
    return answer or _page(model_admin, request, series, KeptDataForm(instance=kept), kept)


def _accept(
    model_admin: ModelAdmin[Any], request: HttpRequest, series: Series, upload: Upload, seen: str
) -> HttpResponse:
    release = accept_data(upload, seen, request.user)
    if release is None:
        messages.info(request, "Nothing is new: the series has all data of the file already.")
    else:
        model_admin.log_change(request, series, f"Imported the release of {release.released_on}.")
        messages.success(request, f"Imported. {release.summary}")
    return redirect("admin:glossary_series_change", series.pk)


def _change(
    model_admin: ModelAdmin[Any], request: HttpRequest, series: Series, upload: Upload
) -> HttpResponse:
    typed = request.POST.copy()
    # A button of the preview names one column; the field keeps the others.
    typed["columns"] = ",".join(filter(None, (typed.get("columns"), typed.get("choose"))))
    form = KeptDataForm(typed, request.FILES, instance=upload)
    is_valid = form.is_valid()
    file = form.cleaned_data.get("file")
    if not is_valid:
        kept = Upload.objects.get(pk=upload.pk)
        if file:
            keep_file(kept, file)
        return _page(model_admin, request, series, form, kept)
    form.save()
    if file:
        keep_file(upload, file)
    return redirect("admin:glossary_series_upload", series.pk, upload.pk)


def _page(
    model_admin: ModelAdmin[Any],
    request: HttpRequest,
    series: Series,
    form: DataForm,
    upload: Upload | None = None,
) -> HttpResponse:
    context = {
        "title": f"Import data: {series}",
        "upload": upload,
        "preview": preview(upload) if upload else None,
    }
    return series_page(model_admin, request, series, "import", form, **context)
