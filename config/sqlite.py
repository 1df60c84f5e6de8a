"""How connections to SQLite close, and which of their commits survive a power failure."""

import sqlite3
from contextlib import suppress
from typing import Any

from django.db import connection


class KeepingFiles(sqlite3.Connection):
    """Leaves -shm and an empty -wal in place when the last connection closes.

    SQLite deletes them then, and on a full disk it cannot make them again to read anything.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.setconfig(sqlite3.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, True)

    def close(self) -> None:
        """Write the log back, as SQLite would, if no other connection uses it."""
        with suppress(sqlite3.Error):
            self.execute("PRAGMA busy_timeout = 0")
            self.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        super().close()


def make_commits_durable() -> None:
    """Make this connection's commits survive a power failure: a message is sent after each one.

    SQLite in WAL mode may otherwise lose the newest commits (PRAGMA synchronous=NORMAL). It refuses
    the change inside a transaction.
    """
    if connection.vendor == "sqlite" and not connection.in_atomic_block:
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA synchronous=FULL")
