"""Files of readers and of suppressions: tried by the worker, accepted by a person, imported.

Rows are handled in batches. One commit stores a batch and the number of the next row, under a lock
of the file's row: after a kill, or with two workers, each row is handled once.
"""

import csv
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from functools import partial
from io import StringIO
from time import monotonic
from typing import Any

from django.db import models, transaction
from django.db.models import Value
from django.db.models.functions import Concat
from django.tasks import task
from django.template.defaultfilters import pluralize
from django.utils import timezone

from glossary.ingest.problems import DataRefused
from newsletter.models import ReaderAction, ReaderImport, RowResult
from newsletter.models.reader_imports import MOVING
from newsletter.subscribers import import_rows
from newsletter.subscribers.import_columns import Outcome, Row, read_rows

Kind, State = ReaderImport.Kind, ReaderImport.State
BATCH = 2_000  # rows in one commit
SLICE_SECONDS = 10  # then the task queues the next, so that a worker can stop and others get a turn
WORKER_TIME = timedelta(minutes=2)  # between two reports of a worker
KEPT = timedelta(days=14)
HANDLERS: dict[str, Callable[..., Sequence[Outcome[Any]]]] = {
    Kind.READERS: import_rows.handle_readers,
    Kind.SUPPRESSIONS: import_rows.handle_suppressions,
}
RECORDED = {
    Kind.READERS: ReaderAction.Kind.IMPORTED,
    Kind.SUPPRESSIONS: ReaderAction.Kind.SUPPRESSED,
}


def add(upload: ReaderImport) -> None:
    """Store a file and have the worker try it."""
    upload.due_at = timezone.now() + WORKER_TIME
    upload.save()
    _enqueue(upload.pk)


def accept(upload: ReaderImport) -> bool:
    """Have the worker import a file that was tried; return whether it waited for that."""
    begun = {"state": State.RUNNING, "position": 0, "counts": {}, "report": ""}
    waiting = ReaderImport.objects.filter(pk=upload.pk, state=State.TRIED)
    if not waiting.update(**begun, due_at=timezone.now() + WORKER_TIME):
        return False
    _enqueue(upload.pk)
    return True


def drop(upload: ReaderImport) -> bool:
    """Delete a file that is not being imported; return whether there was one."""
    count, _ = ReaderImport.objects.filter(pk=upload.pk).exclude(state=State.RUNNING).delete()
    return bool(count)


@task
def import_task(import_id: int, seconds: float = SLICE_SECONDS) -> None:
    if run_slice(import_id, seconds):
        import_task.enqueue(import_id)


def _enqueue(import_id: int) -> None:
    # robust: if the task queue is down, the clock finds the row.
    transaction.on_commit(partial(import_task.enqueue, import_id), robust=True)


def keep_going() -> str:
    """Queue files that their worker lost, and delete old ones (a scheduled job)."""
    now = timezone.now()
    lost = list(ReaderImport.objects.filter(state__in=MOVING, due_at__lt=now).values_list("pk"))
    for (import_id,) in lost:
        ReaderImport.objects.filter(pk=import_id).update(due_at=now + WORKER_TIME)
        _enqueue(import_id)
    old = ReaderImport.objects.filter(uploaded_at__lt=now - KEPT)
    count, _ = old.exclude(state=State.RUNNING).delete()
    return f"{count} old import{pluralize(count)} deleted" if count else ""


def run_slice(import_id: int, seconds: float = SLICE_SECONDS) -> bool:
    """Handle batches for about `seconds`; return whether more are left."""
    upload = ReaderImport.objects.defer("report").filter(pk=import_id, state__in=MOVING).first()
    if upload is None:
        return False
    try:
        rows = read_rows(bytes(upload.content or b""), upload.name, upload.encoding)
    except DataRefused as refused:
        _move(upload, State.REFUSED, content=None, problem=str(refused))
        return False
    stop_at = monotonic() + seconds
    while monotonic() <= stop_at:
        if not _handle_batch(upload, rows):
            return False
    return True


@transaction.atomic
def _handle_batch(upload: ReaderImport, rows: list[Row]) -> bool:
    """Handle the next batch; return False at the end, or if another worker is ahead of this one."""
    same = ReaderImport.objects.filter(pk=upload.pk, state=upload.state, position=upload.position)
    locked = same.select_for_update().defer("content", "report").first()
    if locked is None:
        return False
    batch = rows[upload.position : upload.position + BATCH]
    if not batch:
        _finish(locked)
        return False
    handled = HANDLERS[upload.kind](upload, batch, write=upload.state == State.RUNNING)
    counts = Counter(locked.counts) + Counter(str(each.result) for each in handled)
    lines = StringIO()
    csv.writer(lines).writerows((each.row.number, each.result, each.why) for each in handled)
    upload.position += len(batch)
    same.update(
        position=upload.position,
        total=len(rows),
        counts=counts,
        report=Concat("report", Value(lines.getvalue()), output_field=models.TextField()),
        due_at=timezone.now() + WORKER_TIME,
    )
    return True


def _finish(upload: ReaderImport) -> None:
    if upload.state == State.TRYING:
        _move(upload, State.TRIED)
        return
    _move(upload, State.DONE, content=None)
    how = f"confirmed: {upload.proof}" if upload.proof else ""
    ReaderAction.objects.record(
        RECORDED[Kind(upload.kind)], upload.by, count=upload.new, about=upload.name, why=how
    )


def _move(upload: ReaderImport, state: ReaderImport.State, **fields: object) -> None:
    same = ReaderImport.objects.filter(pk=upload.pk, state=upload.state)
    same.update(state=state, **fields)


def report_lines(upload: ReaderImport) -> Iterator[tuple[str, str, str]]:
    """Yield (row, result in words, why) for each row that was handled."""
    for number, result, why in csv.reader(StringIO(upload.report)):
        yield number, RowResult(result).label, why
