"""The folder of backups: a file appears in it complete and checked, or not at all."""

import fcntl
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.db import connection
from django.utils import timezone

from config.backups import BackupError
from config.backups.postgresql import PostgreSQL
from config.backups.sqlite import SQLite

# All backups of this many days, then the newest of each week.
DAYS_KEPT = 14
WEEKS_KEPT = 8
NAME = "backup-%Y%m%dT%H%M%SZ"


def site_database() -> SQLite | PostgreSQL:
    name = str(connection.settings_dict["NAME"])
    return SQLite(name) if connection.vendor == "sqlite" else PostgreSQL(name)


@contextmanager
def locked_folder() -> Iterator[Path]:
    """Make the folder and yield it locked: one backup or restore at a time.

    Raises BackupError, OSError.
    """
    folder = Path(settings.BACKUP_DIR)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    lock = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        _delete(folder.glob("*.partial*"))  # of one that was killed
        yield folder
        os.fsync(lock)
    except BlockingIOError:
        raise BackupError(f"Another backup or restore uses {folder}.") from None
    finally:
        os.close(lock)


def back_up(folder: Path) -> tuple[Path, str]:
    """Write a backup; return its path and in words what is in it. Raises BackupError, OSError."""
    database, now = site_database(), timezone.now()
    while (path := folder / f"{now:{NAME}}{database.suffix}").exists():
        now += timedelta(seconds=1)
    partial = f"{path.name}.partial"
    try:
        what = database.write(folder / partial)
        (folder / partial).rename(path)
    finally:
        _delete(folder.glob(f"{partial}*"))
    return path, what


def delete_old(folder: Path) -> int:
    """Delete the backups that are kept no longer; return how many."""
    found = _backups_in(folder)
    kept = kept_times(found.values(), timezone.now())
    return _delete(path for path, at in found.items() if at not in kept)


def newest_backup() -> datetime | None:
    return max(_backups_in(Path(settings.BACKUP_DIR)).values(), default=None)


def _backups_in(folder: Path) -> dict[Path, datetime]:
    found = {}
    for path in folder.glob("backup-*"):
        with suppress(ValueError):  # it is not ours
            found[path] = datetime.strptime(path.stem, NAME).replace(tzinfo=UTC)
    return found


def kept_times(times: Iterable[datetime], now: datetime) -> set[datetime]:
    """Return the times of the backups that are kept, of those made at `times`. Pure."""
    recent = [at for at in sorted(times) if now - at < timedelta(weeks=WEEKS_KEPT)]
    newest = {at.isocalendar()[:2]: at for at in recent}
    return {*newest.values(), *(at for at in recent if now - at < timedelta(DAYS_KEPT))}


def _delete(paths: Iterable[Path]) -> int:
    found = list(paths)
    for path in found:
        path.unlink()
    return len(found)
