"""Files of terms in the waiting room: imported and taken back at each look, then for good."""

from django.db import transaction

from glossary.exchange.importing import import_terms
from glossary.exchange.reading import read
from glossary.exchange.report import Report
from glossary.exchange.term_files import TermFile
from glossary.ingest import uploads
from glossary.models import Upload


def try_terms(upload: Upload) -> Report:
    """Find out what the file would change now. Raises Refused."""
    return import_terms(_files(upload), dry_run=True)


@transaction.atomic
def accept_terms(upload: Upload, seen: str) -> Report:
    """Import the file and drop it. Raises Stale, and Refused; then nothing has changed."""
    report = import_terms(_files(upload))
    uploads.require_seen(upload, report, seen)
    upload.delete()
    return report


def _files(upload: Upload) -> list[TermFile]:
    return read(uploads.content_of(upload), upload.name)
