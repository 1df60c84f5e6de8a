"""Imports term files: all of them or none, with every problem by file and line.

Each view of an uploaded file is a dry run; accepting it imports it.
"""

from functools import cache

from django.db import transaction

from glossary.exchange.import_formats import drop_bad_text, read_terms
from glossary.exchange.import_run import Run
from glossary.exchange.report import ImportReport
from glossary.exchange.term_files import TermFile
from glossary.exchange.term_keys import PEOPLE
from glossary.ingest import uploads
from glossary.mentions import linked_names
from glossary.models import Category, Person, Upload
from glossary.models.people import OFFICE


def import_terms(files: list[TermFile], dry_run: bool = False) -> ImportReport:
    """Create and update terms by slug in one transaction, which `dry_run` rolls back.

    What a file does not name stays unchanged. Raises TermsRefused with every problem, and changes
    nothing then.
    """
    for file in files:
        drop_bad_text(file)
    _find_people(files)
    with transaction.atomic():
        linked_names.hold()
        run = Run(files)
        report = run.save_all()
        if dry_run:
            transaction.set_rollback(True)
        else:
            run.bring_up_to_date()
    return report


def _find_people(files: list[TermFile]) -> None:
    """Replace the names of people by their rows; an unknown name becomes a problem of its file."""
    known = cache(Person.objects.named)
    for file in files:
        for key in filter(file.values.__contains__, PEOPLE):
            name = file.values.pop(key)
            if not name or known(name):
                file.values[key] = known(name) if name else None
            else:
                said = f"“{name}” is not among the people of this site. Add them in admin under"
                file.refuse(f"{key}: {said} People, or write “{OFFICE}” for the office.", key)


def make_categories(files: list[TermFile]) -> None:
    """Create the missing categories that these files name, in their order.

    For the starter content, whose series are imported before their terms and in another order.
    """
    for name in dict.fromkeys(file.values.get("category", "") for file in files):
        if name and Category.objects.named(name) is None:
            Category.objects.after_all(name).save()


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
