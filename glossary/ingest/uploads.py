"""Uploaded files, which change nothing until a person has seen what they would change.

A file is stored unchanged, and each view of it repeats a dry run. Accepting sends the fingerprint
of the preview that the person saw; if the result has changed since, nothing is imported and they
see the new preview. `data_uploads` and `exchange.term_import` import their kind of file.
"""

import hashlib
import re
from datetime import date, timedelta

from django.template.defaultfilters import pluralize
from django.utils import timezone

from glossary.models import Fetch, Upload

KEPT = timedelta(days=14)
ISO_DAY = re.compile(r"(?<![0-9])[0-9]{4}-[0-9]{2}-[0-9]{2}(?![0-9])")


class Stale(Exception):
    """The result has changed since it was shown; nothing is stored."""


def day_in_name(name: str) -> date | None:
    """Return the day in a file's name; None without a valid one, or for one in the future."""
    found = ISO_DAY.search(name)
    try:
        day = date.fromisoformat(found[0]) if found else None
    except ValueError:
        return None
    return day if day and day <= timezone.localdate() else None


def content_of(upload: Upload) -> bytes:
    """Return the file; PostgreSQL returns a memoryview, SQLite bytes."""
    return bytes(upload.content)


def fingerprint(upload: Upload, shown: object) -> str:
    """Return a hash of the file and of what people see of it, for accepting exactly that.

    The file is part of it, because another one may have the same summary.
    """
    checksum = hashlib.sha256(content_of(upload)).hexdigest()
    return hashlib.sha256(repr((checksum, shown)).encode()).hexdigest()[:16]


def require_seen(upload: Upload, shown: object, seen: str) -> None:
    """Raise Stale unless `seen` is the fingerprint of what would be shown now."""
    if fingerprint(upload, shown) != seen:
        raise Stale(f"{upload} would do something else by now than what was seen.")


def drop_old() -> str:
    """Delete files that have waited for two weeks (a scheduled job)."""
    old = Upload.objects.filter(uploaded_at__lt=timezone.now() - KEPT)
    # A fetched file was not refused, so it is fetched again.
    fetched = old.filter(is_fetched=True).values("series")
    Fetch.objects.filter(series__in=fetched).update(etag="", last_modified="", checksum="")
    count, _ = old.delete()
    return f"{count} old upload{pluralize(count)} dropped" if count else ""
