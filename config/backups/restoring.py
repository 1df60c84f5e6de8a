"""Restores a backup: beside the database first, where it is checked, then in its place.

Until the last step, which is one transaction, the site's database is only read. So a restore that
fails or is killed leaves the old database, and a rehearsal is a restore without that step.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import nullcontext, suppress
from pathlib import Path

from django.core.cache import caches
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor

from config.backups import BackupError, connected_to
from config.backups.folder import back_up, locked_folder, site_database
from config.backups.postgresql import PostgreSQL
from config.backups.sqlite import SQLite
from config.registry import Registry
from config.running import alone

# Tells the restored database, which is named first, what the one that it replaces knows, if that is
# not "", and returns what a person should read about this backup.
type CarryOver = Callable[[str, str, str], list[str]]

CARRY_OVER = Registry[CarryOver]()
# No id that was given after the backup is given again: links in mail contain ids.
LEAP = 1_000_000
RUNNING = "Stop site, worker, clock and every other manage.py on this machine first."
NEWER = "It is from a newer version, which has {}. Install that version and restore it there."
OLDER = (
    "It is from an older version, without {}. Restore it there, then install this version and run: "
    "manage.py migrate"
)


def restore(backup: Path, *, is_rehearsal: bool) -> Iterator[str]:
    """Restore a backup; yield lines for the operator. Raises BackupError, OSError.

    A rehearsal replaces nothing.
    """
    try:
        with nullcontext() if is_rehearsal else alone(), locked_folder() as folder:
            yield from _restore(backup, folder, is_rehearsal)
    except BlockingIOError:
        raise BackupError(RUNNING) from None


def _restore(backup: Path, folder: Path, is_rehearsal: bool) -> Iterator[str]:
    database = site_database()
    if not is_rehearsal:
        connection.close()  # the system checks opened it
        database.require_alone()
    temporary = database.temporary(folder)
    temporary.drop()
    try:
        yield f"{backup} is whole: {temporary.load(backup)}."
        replaced = database.name if database.has_tables() else ""
        yield from _prepare(temporary, replaced, backup.name)
        if is_rehearsal:
            yield "This was a rehearsal; nothing was changed."
            return
        if replaced:
            yield "What was there is kept in {}: {}.".format(*back_up(folder))
        for cache in caches.all():
            cache.clear()
        database.replace(temporary.name)
        yield "It is restored. All mail waits until you run: manage.py armsending"
    finally:
        temporary.drop()


def _prepare(database: SQLite | PostgreSQL, replaced: str, backup: str) -> Iterator[str]:
    """Check a database that was made of a backup, and bring it up to what is known."""
    with connected_to(database.name):
        if why := reason_of_another_version():
            raise BackupError(why)
    for carry_over in CARRY_OVER:
        yield from carry_over(database.name, replaced, backup)
    known = {}
    if replaced:
        with suppress(DatabaseError), connected_to(replaced), connection.cursor() as cursor:
            cursor.execute(database.newest_ids)
            known = dict(cursor.fetchall())
    with connected_to(database.name), connection.cursor() as cursor:
        cursor.execute(database.newest_ids)
        newest = [(max(pk, known.get(name, 0)), name) for name, pk in cursor.fetchall()]
        cursor.executemany(database.set_newest_id, [(pk + LEAP, name) for pk, name in newest])


def reason_of_another_version() -> str:
    """Return why the connected database does not fit this version of the site, and what to do; ""
    if it does.
    """
    executor = MigrationExecutor(connection)
    loader = executor.loader
    replaced = (name for each in loader.disk_migrations.values() for name in each.replaces)
    if unknown := set(loader.applied_migrations) - {*loader.disk_migrations, *replaced}:
        return NEWER.format(_named(unknown))
    plan = executor.migration_plan(loader.graph.leaf_nodes())
    return OLDER.format(_named((each.app_label, each.name) for each, _ in plan)) if plan else ""


def _named(migrations: Iterable[tuple[str, str]]) -> str:
    return ", ".join(sorted(f"{app}.{name}" for app, name in migrations))
