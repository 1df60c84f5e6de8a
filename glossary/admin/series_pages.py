"""The pages around a series' form: import a file by hand, withdraw the newest release.

A file waits on the server until it is accepted or dropped, so an error loses neither it nor what
was typed.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.admin.widgets import AdminDateWidget, AdminTextInputWidget
from django.core.exceptions import PermissionDenied, ValidationError
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import path, reverse
from django.utils import timezone

from config.bodies import takes_files
from glossary.admin.data_preview import preview
from glossary.admin.uploads import CODECS, MOST_SENT, BoundedFileField, decide, gone, keep_file
from glossary.admin.versions import HistoryAdmin
from glossary.ingest.columns import NO_PICK, PICKS
from glossary.ingest.data_uploads import accept_data
from glossary.ingest.dates import DateFormat
from glossary.ingest.encodings import first_name
from glossary.ingest.uploads import Stale, day_in_name
from glossary.ingest.withdrawals import plan_withdrawal, withdraw_release
from glossary.models import Series, Upload, WithdrawnRelease

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
            "columns": "Empty, unless they are recognized wrongly: period=quarter, value=median, "
            "low=p5, high=p95, status=incomplete. “low=” means that there is none.",
            "where": "One condition per line, such as chip=A100. Empty keeps the earlier ones; "
            "“where=” removes them.",
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["encoding"] = first_name(self.initial.get("encoding", ""))

    def about_the_release(self) -> list[forms.BoundField]:
        return [self[name] for name in ("file", "released_on", "note")]

    def how_it_is_read(self) -> list[forms.BoundField]:
        return [self[name] for name in ("columns", "where", "pick", "date_format", "encoding")]

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


class WithdrawalForm(forms.ModelForm[Any]):
    # The release that the person saw: a newer one may have come in since.
    release = forms.IntegerField(widget=forms.HiddenInput)

    class Meta:
        model = WithdrawnRelease
        fields = ("reason",)
        widgets = {"reason": AdminTextInputWidget}


class SeriesPages(HistoryAdmin):
    """Adds the pages that import data into a series and withdraw its newest release."""

    def get_urls(self) -> list[Any]:
        guard = self.admin_site.admin_view

        def files(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
            return takes_files(guard(view), MOST_SENT, "glossary.change_series")

        return [
            path("<int:pk>/import/", files(self.import_data), name="glossary_series_import"),
            path(
                "<int:pk>/import/<int:upload>/",
                files(self.show_upload),
                name="glossary_series_upload",
            ),
            path("<int:pk>/withdraw/", guard(self.withdraw), name="glossary_series_withdraw"),
            *super().get_urls(),
        ]

    def import_data(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Store an uploaded file, even if other fields of the form have errors."""
        series = self._series(request, pk)
        if request.method != "POST":
            return self._import_page(request, series, DataForm())
        upload = Upload(kind=Upload.Kind.DATA, series=series, uploaded_by_id=request.user.pk)
        form = DataForm(request.POST, request.FILES, instance=upload)
        is_valid = form.is_valid()
        file = form.cleaned_data.get("file")
        if not file:
            return self._import_page(request, series, form)
        # Valid values are stored as well; the others stay in the form with their errors.
        keep_file(upload, file)
        if is_valid:
            return redirect("admin:glossary_series_upload", pk, upload.pk)
        return self._import_page(request, series, form, upload)

    def show_upload(self, request: HttpRequest, pk: int, upload: int) -> HttpResponse:
        """Show what a file would change; accept it, change how it is read, or drop it."""
        series = self._series(request, pk)
        uploads = Upload.objects.filter(pk=upload, series=series)
        kept = uploads.select_related("series__source").first()
        away = reverse("admin:glossary_series_change", args=[pk])
        if kept is None:
            return gone(request, away)
        if request.POST.get("action") == "change" or "choose" in request.POST:
            return self._change_upload(request, series, kept)
        answer = decide(request, kept, partial(self._accept, request, series, kept), away)
        return answer or self._import_page(request, series, KeptDataForm(instance=kept), kept)

    def withdraw(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Show what a withdrawal of the newest release would change; ask why, and do it."""
        series = self._series(request, pk)
        planned = plan_withdrawal(series)
        if planned is None:
            messages.info(request, "There is no release to withdraw.")
            return redirect("admin:glossary_series_change", pk)
        form = WithdrawalForm(request.POST or None, initial={"release": planned.release.pk})
        if not form.is_valid():
            title = f"Withdraw the newest release: {series}"
            return self._page(request, series, "withdraw", form, title=title, plan=planned)
        typed = form.cleaned_data
        try:
            gone = withdraw_release(series, typed["release"], typed["reason"], request.user)
        except Stale as stale:
            messages.error(request, f"Nothing was withdrawn. {stale}")
            return redirect("admin:glossary_series_withdraw", pk)
        said = f"Withdrew the release of {gone.released_on}: {gone.reason}"
        self.log_change(request, series, said)
        messages.success(request, said)
        return redirect("admin:glossary_series_change", pk)

    def _series(self, request: HttpRequest, pk: int) -> Series:
        """Return the series. Raises Http404; PermissionDenied to users who may not change it."""
        series = get_object_or_404(Series.objects.with_page(), pk=pk)
        if not self.has_change_permission(request, series):
            raise PermissionDenied
        return series

    def _accept(
        self, request: HttpRequest, series: Series, upload: Upload, seen: str
    ) -> HttpResponse:
        release = accept_data(upload, seen, request.user)
        if release is None:
            messages.info(request, "Nothing is new: the series has all data of the file already.")
        else:
            self.log_change(request, series, f"Imported the release of {release.released_on}.")
            messages.success(request, f"Imported. {release.summary}")
        return redirect("admin:glossary_series_change", series.pk)

    def _change_upload(self, request: HttpRequest, series: Series, upload: Upload) -> HttpResponse:
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
            return self._import_page(request, series, form, kept)
        form.save()
        if file:
            keep_file(upload, file)
        return redirect("admin:glossary_series_upload", series.pk, upload.pk)

    def _import_page(
        self, request: HttpRequest, series: Series, form: DataForm, upload: Upload | None = None
    ) -> HttpResponse:
        shown = preview(upload) if upload else None
        title = f"Import data: {series}"
        return self._page(
            request, series, "import", form, title=title, upload=upload, preview=shown
        )

    def _page(
        self, request: HttpRequest, series: Series, name: str, form: BaseForm, **context: Any
    ) -> HttpResponse:
        """Render templates/admin/glossary/series/`name`.html as a page of admin with a form."""
        context |= {"media": self.media + form.media, "original": series, "form": form}
        return self.show(request, f"glossary/series/{name}.html", **context)
