"""Rows that an action must leave alone: `with unchanged(other_reader): unsubscribe(reader)`."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db.models import Model


@contextmanager
def unchanged(*rows: Model) -> Iterator[None]:
    """Compare every column of the rows in the database before and after, also when it raises."""
    before = [_columns(row) for row in rows]
    assert None not in before, "a bystander is to be saved first"
    try:
        yield
    finally:
        for row, columns in zip(rows, before, strict=True):
            assert _columns(row) == columns, f"{row!r} changed"


def _columns(row: Model) -> dict[str, Any] | None:
    return type(row)._base_manager.filter(pk=row.pk).values().first()
