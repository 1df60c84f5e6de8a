"""Files of terms that wait for a person: read and tried anew each time one looks.

What is imported is what was seen: a person accepts the report before him, by its fingerprint, and
gets a new one when terms have changed meanwhile.
"""

import hashlib
from datetime import timedelta

from django.db import transaction
from django.template.defaultfilters import pluralize
from django.utils import timezone

from glossary.exchange.importing import import_terms
from glossary.exchange.reading import read
from glossary.exchange.report import Report
from glossary.exchange.term_files import TermFile
from glossary.models import TermUpload

KEPT = timedelta(days=14)


class Stale(Exception):
    """The file would not do any more what it was seen to do; nothing has changed."""


def try_out(upload: TermUpload) -> Report:
    """Find out what the file would change now. Raises Refused."""
    return import_terms(_files(upload), dry_run=True)


def fingerprint(upload: TermUpload, report: Report) -> str:
    """Name what a person sees, so that accepting means this and nothing else."""
    checksum = hashlib.sha256(bytes(upload.content)).hexdigest()
    return hashlib.sha256(repr((checksum, report)).encode()).hexdigest()[:16]


@transaction.atomic
def accept(upload: TermUpload, seen: str) -> Report:
    """Import the file and drop it. Raises Stale, and Refused; then nothing has changed."""
    report = import_terms(_files(upload))
    if fingerprint(upload, report) != seen:
        raise Stale
    upload.delete()
    return report


def drop_old() -> str:
    """Drop what nobody has decided on for two weeks (a job of the clock)."""
    old = TermUpload.objects.filter(uploaded_at__lt=timezone.now() - KEPT)
    count, _ = old.delete()
    return f"{count} old file{pluralize(count)} of terms dropped" if count else ""


def _files(upload: TermUpload) -> list[TermFile]:
    # PostgreSQL gives a memoryview, SQLite bytes.
    return read(bytes(upload.content), upload.name)
