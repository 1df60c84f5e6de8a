"""Functions for the pages of data files and term files: store a file, accept it or drop it."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from glossary.exchange.term_files import TermsRefused
from glossary.ingest.encodings import NAMES
from glossary.ingest.problems import DataRefused
from glossary.ingest.uploads import Stale
from glossary.models import Upload

MOST_BYTES = 5_000_000  # of an uploaded file; fetches and commands take larger ones
# Bytes of a whole form with a file. A file that is a little too long is refused by its field, in
# words; a longer form by config/bodies.py, before it is read.
MOST_SENT = MOST_BYTES + 500_000
CODECS = [("", "UTF-8, or as the file says"), *((name, name) for name in reversed(NAMES.values()))]
CHANGED = "Nothing was imported: data or texts have changed since. This is the current preview."


class BoundedFileField(forms.FileField):
    """A file of at most `most_bytes`; larger ones are refused before they are read."""

    most_bytes = MOST_BYTES

    def clean(self, data: Any, initial: Any = None) -> Any:
        file = super().clean(data, initial)
        if file and file.size > self.most_bytes:
            size, most = f"{file.size / 1_000_000:.1f}", self.most_bytes // 1_000_000
            raise ValidationError(
                f"The file has {size} MB; the limit is {most} MB. Split or shorten it."
            )
        return file


def keep_file(upload: Upload, file: UploadedFile[Any]) -> None:
    """Store the file, so that an error elsewhere in the form does not lose it.

    A new upload of bytes that wait already for the same series takes the place of that upload.
    """
    upload.name = (file.name or "file")[:200]
    upload.content = file.read()
    upload.is_fetched = False
    if upload.pk is None:
        same = {name: getattr(upload, name) for name in ("kind", "series", "content", "is_fetched")}
        upload.pk = Upload.objects.filter(**same).values_list("pk", flat=True).first()
    upload.save()


def gone(request: HttpRequest, away: str) -> HttpResponse:
    messages.warning(request, "That file no longer waits: it was accepted or dropped.")
    return redirect(away)


def decide(
    request: HttpRequest, upload: Upload, accept: Callable[[str], HttpResponse], away: str
) -> HttpResponse | None:
    """Accept or drop the file as requested; return None if the request does neither.

    `accept` gets the fingerprint of the preview the user saw. `away` is the redirect after
    dropping.
    """
    action = request.POST.get("action")
    if action == "drop":
        upload.delete()
        messages.success(request, f"“{upload.name}” was dropped; nothing has changed.")
        return redirect(away)
    if action != "accept":
        return None
    try:
        return accept(request.POST.get("seen", ""))
    except (Stale, DataRefused, TermsRefused):
        messages.error(request, CHANGED)
        return redirect(request.path)
