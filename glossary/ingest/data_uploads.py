"""Uploaded files of data: each view of one is a plan, accepting makes it a release."""

from typing import Any

from django.db import transaction

from glossary.ingest import plans, series_files, uploads
from glossary.ingest.columns import Columns
from glossary.ingest.problems import refused
from glossary.ingest.steps.publisher_file import Stage
from glossary.models import Release, Upload


def plan_upload(upload: Upload) -> plans.ReleasePlan:
    """Return what the file would change now. Raises DataRefused."""
    assert upload.series  # noqa: S101 (a constraint of the table)
    if upload.released_on is None:
        raise refused("Say on which day the publisher released it.")
    content = uploads.content_of(upload)
    return plans.plan_release(
        upload.series, content, upload.name, upload.released_on, columns_of(upload)
    )


def stages_of(upload: Upload, content: bytes) -> list[Stage]:
    """Return the tables before and after each step of the series; none if it has no steps."""
    if upload.series is None or upload.released_on is None:
        return []
    asked = columns_of(upload)
    return series_files.stages_of(upload.series, content, upload.name, upload.released_on, asked)


def columns_of(upload: Upload) -> Columns:
    """Return what a person typed about the columns of the file."""
    return Columns(
        columns=upload.columns,
        where=tuple(line.strip() for line in upload.where.splitlines() if line.strip()),
        pick=upload.pick,
        date_format=upload.date_format,
        encoding=upload.encoding,
        is_fetched=upload.is_fetched,
    )


def what_is_shown(planned: plans.ReleasePlan) -> tuple[object, ...]:
    """Return what people see of a plan, for its fingerprint."""
    return (
        planned.based_on,
        planned.released_on,
        planned.file.mapping.to_json(),
        planned.summary,
        planned.sentences,
        planned.broken,
        planned.questions,
    )


def accept_data(upload: Upload, seen: str, by: Any) -> Release | None:
    """Accept the upload as a release and delete it; None when no number changed.

    Raises Stale when the plan differs from the one that was `seen`, and DataRefused.
    """
    planned = plan_upload(upload)
    uploads.require_seen(upload, what_is_shown(planned), seen)
    # Planning a large file is slow, so it runs before the transaction.
    with transaction.atomic():
        release = plans.accept_release(planned, by=by, note=upload.note)
        upload.delete()
    return release
