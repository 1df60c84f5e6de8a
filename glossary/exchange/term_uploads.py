"""Uploaded files of terms: each view of one is a dry run, accepting imports it."""

from django.db import transaction

from glossary.exchange.import_formats import read_terms
from glossary.exchange.report import ImportReport
from glossary.exchange.term_files import TermFile
from glossary.exchange.term_import import import_terms
from glossary.ingest import uploads
from glossary.models import Upload


def try_terms(upload: Upload) -> ImportReport:
    """Return what the file would change now. Raises TermsRefused."""
    return import_terms(_files(upload), dry_run=True)


@transaction.atomic
def accept_terms(upload: Upload, seen: str) -> ImportReport:
    """Import the file and delete the upload. Raises Stale and TermsRefused, changing nothing."""
    report = import_terms(_files(upload))
    uploads.require_seen(upload, report, seen)
    upload.delete()
    return report


def _files(upload: Upload) -> list[TermFile]:
    return read_terms(uploads.content_of(upload), upload.name, upload.encoding)
