"""How connections to SQLite close."""

import sqlite3
from contextlib import suppress
from typing import Any


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
