"""One migrated database for a whole run; each worker tests in its own copy."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

from django.core.management.commands import flush
from django.db import connection, transaction

# What `migrate` fills for each database: making it again would take most of the time of emptying.
KEPT_TABLES = {"auth_permission", "config_contentstamp", "django_content_type"}


@contextmanager
def own_copy(worker: str, shared: Path) -> Iterator[None]:
    """Point the connection at a copy for this worker. `shared` is a folder of all workers.

    The first worker to start migrates while the others wait; the first to end drops the original.
    """
    settings, creation = connection.settings_dict, connection.creation
    if connection.vendor == "sqlite":  # a file, not memory: threads need several connections
        settings["TEST"]["NAME"] = shared / "test.sqlite3"
    real, original = settings["NAME"], creation._get_test_db_name()
    with _alone(shared / "database.lock") as made:
        if not made.read():
            creation.create_test_db(verbosity=0, autoclobber=True)
            connection.close()
            made.write("made")
        settings["NAME"] = original
        creation.clone_test_db(worker, verbosity=0)
    settings.update(creation.get_test_db_clone_settings(worker))
    _empty_quickly()
    yield
    creation.destroy_test_db(real, verbosity=0)
    with _alone(shared / "database.lock") as made:
        if made.read():
            creation._destroy_test_db(original, verbosity=0)
            made.truncate(0)


def _empty_quickly() -> None:
    """Let tests with real transactions empty only the tables that have rows.

    For all connections: within the loop of a browser Django opens another one.
    """
    operations: Any = type(connection.ops)
    sql_flush = operations.sql_flush

    def sql_flush_filled(own: Any, style: Any, tables: list[str], **options: Any) -> list[str]:
        others = sorted(set(tables) - KEPT_TABLES)
        name = own.quote_name
        asked = (f"SELECT '{table}' WHERE EXISTS (SELECT 1 FROM {name(table)})" for table in others)
        with connection.cursor() as cursor:
            cursor.execute(" UNION ALL ".join(asked))
            filled = [table for (table,) in cursor.fetchall()]
        if connection.vendor == "postgresql":
            # TRUNCATE makes new files for each table and index: a hundred times as slow for few rows.
            # Foreign keys are checked when the transaction ends, so any order will do.
            return [f"DELETE FROM {name(table)}" for table in filled]
        return sql_flush(own, style, filled, **options)

    operations.sql_flush = sql_flush_filled
    flush.emit_post_migrate_signal = lambda *args, **kwargs: None


@contextmanager
def rolled_back(django_db_blocker) -> Iterator[None]:
    """Let a fixture of a module or a session write to the database, and take it all back."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield
        transaction.set_rollback(True)


@contextmanager
def _alone(path: Path) -> Iterator[TextIO]:
    with path.open("a+") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.seek(0)
        yield file
