"""`manage.py restore` leaves the old database or the new one, at any moment."""

import resource
import time
from hashlib import sha256
from pathlib import Path

import pytest
from django.core.cache import cache
from django.core.management import call_command
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

from config import running
from config.models import Bucket
from tests.backups import (
    DATABASE,
    ENDING,
    IS_SQLITE,
    destroy,
    dies,
    keys,
    loaded,
    manage,
    on_postgresql,
    on_sqlite,
    process,
    program,
    refuses,
    run,
    uses_backups,
)

pytestmark = uses_backups


def test_a_restore_brings_the_backup_and_keeps_what_was_there(folder, backup):
    cache.set("later", 1)
    said = run("restore", backup)
    assert keys() == {"before"}
    assert cache.get("later") is None
    assert "All mail waits until you run: manage.py armsending" in said
    [kept] = set(folder.iterdir()) - {backup}
    assert f"What was there is kept in {kept}: " in said
    run("restore", kept)
    assert keys() == {"before", "after"}


def test_a_rehearsal_changes_nothing_while_the_site_runs(folder, backup, settings):
    Path(settings.DATA_DIR, "readers-who-left.jsonl").write_text("")
    before = everything(settings.DATA_DIR)
    with process(settings.DATA_DIR, ""):
        said = run("restore", backup, "--check")
    assert said.endswith("This was a rehearsal; nothing was changed.\n")
    assert everything(settings.DATA_DIR) == before


def everything(data_dir):
    """Return all rows, the names of databases, and all files of DATA_DIR but the lock."""
    with connection.cursor() as cursor:
        rows = {}
        for name in connection.introspection.table_names():
            cursor.execute(f'SELECT * FROM "{name}"')
            rows[name] = sorted(map(repr, cursor.fetchall()))
    if not IS_SQLITE:
        rows["databases"] = own_databases()
    connection.close()
    files = [path for path in data_dir.rglob("*") if path.is_file() and path.name != running.FILE]
    return rows, {path: sha256(path.read_bytes()).digest() for path in files}


def own_databases():
    with connection.cursor() as cursor:
        own = f"{connection.settings_dict['NAME']}%"
        cursor.execute("SELECT datname FROM pg_database WHERE datname LIKE %s", [own])
        return cursor.fetchall()


def test_a_database_that_is_gone_comes_back(backup):
    destroy()
    said = run("restore", backup)
    assert "The database that it replaces cannot be read" in said
    assert keys() == {"before"}


@on_postgresql
def test_an_empty_database_is_filled(folder, backup):
    destroy()
    with connection._nodb_cursor() as cursor:
        cursor.execute(f'CREATE DATABASE "{connection.settings_dict["NAME"]}"')
    run("restore", backup)
    assert keys() == {"before"}
    assert list(folder.iterdir()) == [backup]


KILLED_WITH_LOG = """
import django; django.setup()
from config.models import Bucket
Bucket.objects.create(key="in the log")
"""


@on_sqlite
@pytest.mark.parametrize("is_gone", [False, True], ids=["beside its database", "left alone"])
def test_a_write_ahead_log_that_a_killed_site_left_is_no_part_of_what_is_restored(
    backup, settings, is_gone, folder
):
    connection.close()
    with process(settings.DATA_DIR, KILLED_WITH_LOG):
        pass
    live = Path(connection.settings_dict["NAME"])
    assert live.with_name(f"{live.name}-wal").stat().st_size
    if is_gone:
        live.unlink()
    run("restore", backup)
    assert keys() == {"before"}
    if not is_gone:
        [kept] = set(folder.iterdir()) - {backup}
        with loaded(kept):
            assert keys() == {"before", "after", "in the log"}


@on_sqlite
@pytest.mark.parametrize("step", ["load", "write", "replace"])
def test_a_disk_that_is_full_at_one_step_leaves_the_old_database(folder, backup, step, monkeypatch):
    usual, limit = getattr(DATABASE, step), resource.getrlimit(resource.RLIMIT_FSIZE)

    def on_full_disk(*arguments):
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, limit[1]))
        try:
            return usual(*arguments)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, limit)

    monkeypatch.setattr(DATABASE, step, on_full_disk)
    assert refuses("restore", backup).startswith("The site's database is as it was. ")
    monkeypatch.undo()
    assert keys() == {"before", "after"}
    assert [path for path in folder.iterdir() if path.suffix != f".{ENDING}"] == []
    run("restore", backup)
    assert keys() == {"before"}


@on_sqlite
def test_a_damaged_database_is_left_until_it_is_moved_away(backup):
    connection.close()
    live = Path(connection.settings_dict["NAME"])
    live.write_bytes(b"damaged" * 1000)
    assert "file is not a database" in refuses("restore", backup)
    assert live.read_bytes() == b"damaged" * 1000
    live.rename(live.with_name("damaged"))
    run("restore", backup)
    assert keys() == {"before"}


@pytest.mark.parametrize(
    "damage",
    [
        lambda content: content[: len(content) // 2],
        lambda content: b"\0" * 4096 + content[4096:],
        lambda content: b"",
    ],
    ids=["cut off", "overwritten", "empty"],
)
def test_a_damaged_backup_is_refused(folder, backup, damage):
    backup.write_bytes(damage(backup.read_bytes()))
    said = refuses("restore", backup)
    assert said.startswith("The site's database is as it was. ")
    assert keys() == {"before", "after"}
    assert list(folder.iterdir()) == [backup]


def test_a_backup_that_is_not_there_is_named(folder):
    assert "none.dump" in refuses("restore", folder / "none.dump", "--check")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            lambda rows: rows.create(app="config", name="0099_later"),
            "It is from a newer version, which has config.0099_later. Install that version",
        ),
        (
            lambda rows: rows.filter(app="config", name="0001_initial").delete(),
            "It is from an older version, without config.0001_initial. Restore it there",
        ),
    ],
    ids=["newer", "older"],
)
def test_a_backup_of_another_version_is_refused_with_the_way_on(folder, backup, change, said):
    rows = MigrationRecorder(connection).migration_qs
    usual = list(rows.all())
    change(rows)
    run("backup")
    rows.all().delete()
    rows.bulk_create(usual)
    [other] = set(folder.iterdir()) - {backup}
    assert said in refuses("restore", other, "--check")
    assert said in refuses("restore", other)
    assert keys() == {"before", "after"}


def test_no_id_given_after_the_backup_is_given_again(backup):
    """Links in mail contain ids: another reader's must never be found by them."""
    given = Bucket.objects.get(key="after").pk
    run("restore", backup)
    first = Bucket.objects.create(key="first").pk
    assert first > given
    run("restore", backup)
    assert Bucket.objects.create(key="second").pk > first


@on_postgresql
def test_a_role_that_may_make_no_database_is_told_what_it_needs(backup):
    with connection.cursor() as cursor:
        cursor.execute("DROP ROLE IF EXISTS limited")
        cursor.execute("CREATE ROLE limited LOGIN")
    connection.close()
    usual = connection.settings_dict["USER"]
    connection.settings_dict["USER"] = "limited"
    try:
        said = refuses("restore", backup, "--check")
    finally:
        connection.close()
        connection.settings_dict["USER"] = usual
    assert "permission denied to create database" in said
    assert said.endswith("may make others: ALTER ROLE … CREATEDB")


# --- While others run -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "command", [["db_worker", "--no-reload"], ["tick", "--loop"]], ids=["worker", "clock"]
)
def test_it_is_refused_while_worker_or_clock_runs_here(backup, settings, command):
    with program(settings.DATA_DIR, *command):
        said = refuses("restore", backup)
    assert "Stop site, worker, clock and every other manage.py on this machine first." in said
    assert keys() == {"before", "after"}
    run("restore", backup)
    assert keys() == {"before"}


def test_it_is_refused_while_a_site_runs_that_nobody_visits(backup, settings):
    with process(settings.DATA_DIR, ""):
        assert "Stop site, worker, clock" in refuses("restore", backup)
    assert keys() == {"before", "after"}


def test_it_is_refused_while_another_machine_or_program_has_the_database_open(
    folder, backup, tmp_path
):
    with process(tmp_path, "from config.models import Bucket; Bucket.objects.count()"):
        said = refuses("restore", backup)
    assert ("database is locked" if IS_SQLITE else "1 connections to it are open, from 127") in said
    assert keys() == {"before", "after"}
    assert list(folder.iterdir()) == [backup]


def test_the_clock_keeps_its_connection_open_while_it_waits(monkeypatch):
    """So that PostgreSQL can tell a restore on another machine that it runs."""
    seen = []

    def wait(seconds):
        seen.append(connection.connection is not None)
        raise KeyboardInterrupt

    monkeypatch.setattr(time, "sleep", wait)
    with pytest.raises(KeyboardInterrupt):
        call_command("tick", "--loop")
    assert seen == [True]


def test_no_process_of_the_site_starts_during_a_restore(settings):
    with running.alone():
        said, _ = manage(settings.DATA_DIR, "manage.py", "tick").communicate()
    assert said.endswith("ImproperlyConfigured: manage.py restore is running; start after it.\n")
    with running.alone():  # it has let go
        pass


def test_the_site_starts_where_no_lock_can_be_made(settings):
    settings.DATA_DIR = settings.DATA_DIR / "none"
    running.join()
    with pytest.raises(FileNotFoundError), running.alone():
        pass


# --- Killed ---------------------------------------------------------------------------------------


STEPS = [
    "before it is loaded",
    "after it was loaded",
    "after leaves were repeated",
    "before what is there is kept",
    "after what was there was kept",
    "before it is replaced",
    "after it was replaced",
]
STEPS += (
    ["while it is loaded", "while what is there is kept", "while it is replaced"]
    if IS_SQLITE
    else ["after its names were exchanged"]
)


@pytest.mark.parametrize("step", STEPS)
def test_a_restore_that_is_killed_leaves_the_old_database_or_the_new_one(
    folder, backup, step, settings
):
    dies(settings.DATA_DIR, step, "restore", backup)
    is_new = step in ("after it was replaced", "after its names were exchanged")
    assert keys() == ({"before"} if is_new else {"before", "after"})
    run("restore", backup)
    assert keys() == {"before"}
    assert [path for path in folder.iterdir() if path.suffix != f".{ENDING}"] == []
    assert IS_SQLITE or len(own_databases()) == 1
