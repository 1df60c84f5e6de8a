"""Uploaded files of terms: a dry run each time they are shown, imported when accepted."""

from django.db import transaction

from glossary.exchange.importing import import_terms
from glossary.exchange.reading import read
from glossary.exchange.report import Report
from glossary.exchange.term_files import TermFile
from glossary.ingest import uploads
from glossary.models import Upload


def try_terms(upload: Upload) -> Report:
    """Return what the file would change now. Raises Refused."""
    return import_terms(_files(upload), dry_run=True)


@transaction.atomic
def accept_terms(upload: Upload, seen: str) -> Report:
    """Import the file and delete the upload. Raises Stale and Refused, and changes nothing then."""
    report = import_terms(_files(upload))
    uploads.require_seen(upload, report, seen)
    upload.delete()
    return report


def _files(upload: Upload) -> list[TermFile]:
    return read(uploads.content_of(upload), upload.name)
