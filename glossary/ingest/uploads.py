"""The waiting room: files that change nothing before a person has seen what they would change.

A file is kept as it came and tried out again at each look. A person accepts what their page shows,
by its fingerprint; if the file would do something else by now, it stays and they look again. What
trying out and accepting mean, each kind says: `data_uploads` here, and `exchange.term_uploads`.
"""

import hashlib
from datetime import timedelta

from django.template.defaultfilters import pluralize
from django.utils import timezone

from glossary.models import Fetch, Upload

KEPT = timedelta(days=14)


class Stale(Exception):
    """What was looked at has changed since; nothing is stored. Look again."""


def content_of(upload: Upload) -> bytes:
    """Return the file; PostgreSQL gives it as a memoryview, SQLite as bytes."""
    return bytes(upload.content)


def fingerprint(upload: Upload, shown: object) -> str:
    """Name the file and what a person sees of it, so that accepting means this and nothing else.

    The file counts too: another one may come to the same summary.
    """
    checksum = hashlib.sha256(content_of(upload)).hexdigest()
    return hashlib.sha256(repr((checksum, shown)).encode()).hexdigest()[:16]


def require_seen(upload: Upload, shown: object, seen: str) -> None:
    """Raise Stale unless `seen` is the fingerprint of what would be shown now."""
    if fingerprint(upload, shown) != seen:
        raise Stale(f"{upload} would do something else by now than what was seen.")


def drop_old() -> str:
    """Drop files that nobody has decided on for two weeks (a job of the clock)."""
    old = Upload.objects.filter(uploaded_at__lt=timezone.now() - KEPT)
    # A fetched file was not turned down: it is fetched again.
    fetched = old.filter(is_fetched=True).values("series")
    Fetch.objects.filter(series__in=fetched).update(etag="", last_modified="", checksum="")
    count, _ = old.delete()
    return f"{count} old upload{pluralize(count)} dropped" if count else ""
