"""Copies a SQLite database by its online backup: a copied file may lack the newest commits."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from config.backups import BackupError

SECONDS = 5  # to wait for a lock
TABLES = "SELECT name FROM sqlite_master WHERE type = 'table'"
# Tables that were empty have no row there.
COUNTERS = f"""INSERT INTO sqlite_sequence (name, seq)
    SELECT name, 0 FROM ({TABLES} AND sql LIKE '%AUTOINCREMENT%')
    WHERE name NOT IN (SELECT name FROM sqlite_sequence)"""  # noqa: S608


@dataclass(frozen=True)
class SQLite:
    """The file `name`. All functions raise BackupError and OSError."""

    name: str
    suffix = ".sqlite3"
    newest_ids = "SELECT name, seq FROM sqlite_sequence"
    set_newest_id = "UPDATE sqlite_sequence SET seq = %s WHERE name = %s"

    def temporary(self, folder: Path) -> "SQLite":
        return SQLite(str(folder / "restoring.partial"))

    def has_tables(self) -> bool:
        path = Path(self.name)
        return path.exists() and path.stat().st_size > 0

    def require_alone(self) -> None:
        """Raise BackupError while another program has the database open."""
        if self.has_tables():
            with self._open("rw") as own:
                _lock(own)

    def write(self, to: Path) -> str:
        """Write a copy, check it, and return in words what is in it."""
        to.touch(mode=0o600)
        with self._open("rw") as source, SQLite(str(to))._open("rw") as copy:
            source.execute("BEGIN")  # counts and copy are of one moment
            rows = _count_rows(source)
            source.backup(copy)
            copy.execute("PRAGMA journal_mode = DELETE")  # one file, without a write-ahead log
            copy.execute("PRAGMA ignore_check_constraints = ON")  # Django has functions in them
            [found] = copy.execute("PRAGMA integrity_check(1)").fetchone()
            if found != "ok" or _count_rows(copy) != rows:
                raise BackupError(f"{self.name} is damaged: {found}")
        return f"{sum(rows.values()):,} rows in {len(rows)} tables"

    def load(self, backup: Path) -> str:
        """Create this database from a backup, and return in words what the backup contains."""
        what = SQLite(str(backup)).write(Path(self.name))
        with self._open("rw") as own:
            own.execute(COUNTERS)
        return what

    def replace(self, by: str) -> None:
        """Replace the content by that of the file `by`, in one transaction.

        The file stays, so SQLite's locks, its permissions and its log stay valid.
        """
        if not self.has_tables():
            self.drop()  # a log beside it belongs to another file
        with SQLite(by)._open("rw") as source, self._open("rwc") as own:
            _lock(own)
            source.backup(own)

    def drop(self) -> None:
        for ending in ("", "-wal", "-shm", "-journal"):
            Path(f"{self.name}{ending}").unlink(missing_ok=True)

    @contextmanager
    def _open(self, mode: str) -> Iterator[sqlite3.Connection]:
        uri = f"{Path(self.name).absolute().as_uri()}?mode={mode}"
        own = None
        try:
            own = sqlite3.connect(uri, uri=True, isolation_level=None, timeout=SECONDS)
            yield own
        except sqlite3.Error as error:
            raise BackupError(f"{self.name}: {error}") from error
        finally:
            if own:
                own.close()


def _lock(own: sqlite3.Connection) -> None:
    """Lock out all others until the connection is closed. Fails while they have it open."""
    own.execute("PRAGMA locking_mode = EXCLUSIVE")
    own.execute("BEGIN IMMEDIATE")
    own.execute("COMMIT")


def _count_rows(own: sqlite3.Connection) -> dict[str, int]:
    count = 'SELECT count(*) FROM "{}"'
    names = [name for (name,) in own.execute(TABLES)]
    return {name: own.execute(count.format(name)).fetchone()[0] for name in names}
