"""Deleted rows, and bringing them back from their history. For both apps."""

from datetime import timedelta
from typing import Any

from django.db import models
from django.db.models import Q, QuerySet
from django.http import Http404

# A part deleted this close to its whole was deleted with it.
TOGETHER = timedelta(minutes=1)


def deleted_rows(model: Any) -> list[Any]:
    """Return the last version of each deleted row, without texts, the last deleted first."""
    texts = [each.name for each in model._meta.fields if isinstance(each, models.TextField)]
    found: dict[int, Any] = {}
    for record in _deletions(model).select_related("history_user").defer(*texts):
        found.setdefault(record.id, record)
    return list(found.values())


def last_version(model: Any, pk: int) -> Any:
    """Return the last version of a deleted row. Raises Http404."""
    record = _deletions(model).filter(id=pk).first()
    if record is None:
        raise Http404("There is no such deleted row.")
    return record


def deleted_parts(record: Any, model: Any, mine: Q) -> list[Any]:
    """Return the rows of `model` that match `mine` and were deleted with the row of `record`."""
    span = (record.history_date - TOGETHER, record.history_date + TOGETHER)
    gone = model.history.filter(mine, history_type="-", history_date__range=span)
    return [part.instance for part in gone.order_by("history_id")]


def insert(row: Any) -> None:
    """Save a historical row under its own id. Raises ValidationError."""
    row._state.adding = True
    row.full_clean()
    row.save(force_insert=True)


def _deletions(model: Any) -> QuerySet[Any]:
    deletions: QuerySet[Any] = model.history.filter(history_type="-").exclude(
        id__in=model.objects.values("pk")
    )
    return deletions.order_by("-history_date", "-history_id")
