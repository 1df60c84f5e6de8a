"""Export and import of terms. A file waits here until a person has seen what it would change."""

from collections.abc import Sequence
from functools import partial
from io import BytesIO
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils import timezone

from config.bodies import takes_files
from config.forms import ID
from glossary.admin import uploads
from glossary.admin.uploads import CODECS, BoundedFileField
from glossary.admin.versions import HistoryAdmin
from glossary.exchange.export_formats import FORMATS, TooLong, term_records
from glossary.exchange.term_files import TermsRefused
from glossary.exchange.term_import import accept_terms, try_terms
from glossary.exchange.term_keys import COLUMNS, ITEM_KEYS, MAY_BE_EMPTY
from glossary.ingest.uploads import fingerprint
from glossary.models import Term, Upload

SHOWN_LINES = 500


class TermsForm(forms.Form):
    file = BoundedFileField(
        help_text="CSV, Excel (.xlsx), JSON, one Markdown file or a ZIP of them; 5 MB at most."
    )
    encoding = forms.ChoiceField(choices=CODECS, required=False)


class TermExchange(HistoryAdmin):
    """Adds the pages that export terms and import them."""

    def get_urls(self) -> list[Any]:
        guard = self.admin_site.admin_view
        files = takes_files(
            guard(self.import_view), uploads.MOST_SENT, "glossary.add_term", "glossary.change_term"
        )
        return [
            path("export/", guard(self.export_view), name="glossary_term_export"),
            path("import/", files, name="glossary_term_import"),
            path("import/<int:upload>/", guard(self.upload_view), name="glossary_term_upload"),
            *super().get_urls(),
        ]

    @admin.action(description="Export", permissions=["view"])
    def export(self, request: HttpRequest, queryset: QuerySet[Term]) -> HttpResponse:
        ids = ",".join(str(pk) for pk in queryset.values_list("pk", flat=True))
        return self._ask_format(request, ids)

    def export_view(self, request: HttpRequest) -> HttpResponse:
        """Return all terms, or those selected in the list, as a file in the requested format.

        Selected ids come by POST, because a URL is too short for a thousand of them. It changes
        nothing.
        """
        if not self.has_view_permission(request):
            raise PermissionDenied
        asked = request.POST if request.method == "POST" else request.GET
        ending = asked.get("as", "")
        if ending not in FORMATS:
            return self._ask_format(request)
        terms = Term.objects.in_index_order()
        ids = [each for each in asked.get("ids", "").split(",") if ID.fullmatch(each)]
        chosen, content = FORMATS[ending], BytesIO()
        try:
            chosen.write(term_records(terms.filter(pk__in=ids) if ids else terms), content)
        except TooLong as error:
            self.message_user(request, f"Nothing was exported. {error}", messages.ERROR)
            return redirect("admin:glossary_term_export")
        response = HttpResponse(content.getvalue(), content_type=chosen.media_type)
        name = f"terms-{timezone.localdate()}.{ending}"
        response["Content-Disposition"] = f'attachment; filename="{name}"'
        return response

    def import_view(self, request: HttpRequest) -> HttpResponse:
        """Store an uploaded file, so that an error never loses it."""
        self._refuse_who_may_not(request)
        form = TermsForm(request.POST or None, request.FILES or None)
        if request.method == "POST" and form.is_valid():
            upload = Upload(
                kind=Upload.Kind.TERMS,
                uploaded_by_id=request.user.pk,
                encoding=form.cleaned_data["encoding"],
            )
            uploads.keep_file(upload, form.cleaned_data["file"])
            return redirect("admin:glossary_term_upload", upload.pk)
        context = {
            "form": form,
            "columns": COLUMNS,
            "may_be_empty": MAY_BE_EMPTY,
            "lists": {name: " | ".join(keys) for name, keys in ITEM_KEYS.items()},
            "waiting": _waiting().defer("content").select_related("uploaded_by"),
        }
        return self.show(request, "glossary/term/import.html", "Import terms", **context)

    def upload_view(self, request: HttpRequest, upload: int) -> HttpResponse:
        """Show what a file would change; import it or drop it."""
        self._refuse_who_may_not(request)
        kept = _waiting().filter(pk=upload).first()
        away = reverse("admin:glossary_term_import")
        if kept is None:
            return uploads.gone(request, away)
        answer = uploads.decide(request, kept, partial(_accept, request, kept), away)
        if answer is None:
            template, title = "glossary/term/import_preview.html", f"Import terms: {kept}"
            answer = self.show(request, template, title, **_preview(kept))
        return answer

    def _ask_format(self, request: HttpRequest, ids: str = "") -> HttpResponse:
        template = "glossary/term/export.html"
        return self.show(request, template, "Export terms", formats=FORMATS, ids=ids)

    def _refuse_who_may_not(self, request: HttpRequest) -> None:
        if not (self.has_add_permission(request) and self.has_change_permission(request)):
            raise PermissionDenied


def _waiting() -> QuerySet[Upload]:
    return Upload.objects.filter(kind=Upload.Kind.TERMS)


def _preview(upload: Upload) -> dict[str, Any]:
    try:
        report = try_terms(upload)
    except TermsRefused as refused:
        return _shown("problems", refused.problems) | {"upload": upload}
    told = [line for line in report.lines if line.is_new or line.changes]
    seen = fingerprint(upload, report)
    return _shown("lines", told) | {"upload": upload, "report": report, "seen": seen}


def _shown(name: str, rows: Sequence[object]) -> dict[str, Any]:
    return {name: rows[:SHOWN_LINES], "more": len(rows[SHOWN_LINES:]), "count": len(rows)}


def _accept(request: HttpRequest, upload: Upload, seen: str) -> HttpResponse:
    report = accept_terms(upload, seen)
    counts = f"{len(report.created)} new, {len(report.updated)} changed"
    messages.success(request, f"Imported “{upload.name}”: {counts}.")
    return redirect("admin:glossary_term_changelist")
