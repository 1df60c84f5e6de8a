"""Files that wait for a person: kept with what was typed, planned anew each time one looks.

Nothing is accepted that was not seen: a person accepts the plan before her, by its fingerprint,
and gets a new one when data or texts have changed meanwhile.
"""

import hashlib
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.template.defaultfilters import pluralize
from django.utils import timezone

from glossary.ingest import plans
from glossary.models import Fetch, Release, Upload

KEPT = timedelta(days=14)


def plan(upload: Upload) -> plans.Plan:
    """Find out what the file would change now. Raises ingest's Refused."""
    asked = plans.Columns(
        columns=upload.columns,
        where=tuple(line.strip() for line in upload.where.splitlines() if line.strip()),
        pick=upload.pick,
        date_format=upload.date_format,
        encoding=upload.encoding,
    )
    # PostgreSQL gives a memoryview, SQLite bytes.
    return plans.plan(upload.series, bytes(upload.content), upload.name, upload.released_on, asked)


def fingerprint(planned: plans.Plan) -> str:
    """Name what a person sees of a plan, so that accepting means this and nothing else."""
    seen = (
        # The first rows of the file are seen too, and another file may come to the same summary.
        planned.checksum,
        planned.based_on,
        planned.released_on,
        planned.mapping.to_json(),
        planned.summary,
        planned.sentences,
        planned.broken,
    )
    return hashlib.sha256(repr(seen).encode()).hexdigest()[:16]


def accept(upload: Upload, seen: str, by: Any) -> Release | None:
    """Make the upload a release and drop it; None when its numbers are no news.

    Raises Stale when the plan is another than the one `seen`, and ingest's Refused.
    """
    planned = plan(upload)
    if fingerprint(planned) != seen:
        raise plans.Stale("Something changed since the page was made.")
    # Planning takes a while with a large file; only what writes is in the transaction.
    with transaction.atomic():
        release = plans.accept(planned, by=by, note=upload.note)
        upload.delete()
    return release


def drop_old() -> str:
    """Drop what nobody has decided on for two weeks (a job of the clock)."""
    old = Upload.objects.filter(uploaded_at__lt=timezone.now() - KEPT)
    # What was fetched is to be fetched again: nobody has said no to it.
    fetched = old.filter(is_fetched=True).values("series")
    Fetch.objects.filter(series__in=fetched).update(etag="", last_modified="", checksum="")
    count, _ = old.delete()
    return f"{count} old upload{pluralize(count)} dropped" if count else ""
