"""Backups of the database, and restoring them: `manage.py backup`, `manage.py restore`.

`sqlite` and `postgresql` copy a database, `folder` keeps the files, `restoring` has the order.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection


class BackupError(Exception):
    """A backup or restore that did not happen; the text says why and what to do."""


@contextmanager
def connected_to(name: str) -> Iterator[None]:
    """Within this context use another database of the same server, or the file `name` of SQLite."""
    usual = connection.settings_dict["NAME"]
    connection.close()
    connection.settings_dict["NAME"] = name
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict["NAME"] = usual
