"""`manage.py backup`: a file is whole or not there, also while the site writes."""

import os
import resource
import threading
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection, transaction
from django.utils import timezone

from config.backups.folder import kept_times
from config.models import Bucket
from tests.backups import (
    ENDING,
    dies,
    keys,
    loaded,
    on_postgresql,
    process,
    refuses,
    run,
    uses_backups,
)
from tests.newsletter.sending.killing import wait_until

pytestmark = uses_backups


def test_a_backup_is_one_file_for_its_owner_and_one_line_that_says_what_is_missing(folder):
    Bucket.objects.create(key="kept")
    line = run("backup")
    [path] = folder.iterdir()
    assert path.name == f"backup-{timezone.now():%Y%m%d}T{path.name[16:22]}Z.{ENDING}"
    assert line.startswith(f"{path}: ")
    assert line.count("\n") == 1
    assert "tables, " in line
    assert ".env with its keys" in line
    assert (path.stat().st_mode & 0o777, folder.stat().st_mode & 0o777) == (0o600, 0o700)
    with loaded(path):
        assert keys() == {"kept"}


def test_backups_made_while_others_write_have_whole_transactions(folder):
    stop, failed = threading.Event(), []

    def write():
        number = 0
        try:
            while not stop.is_set():
                number += 1
                with transaction.atomic():
                    Bucket.objects.create(key=f"{number}-first", hits=[0] * 500)
                    Bucket.objects.create(key=f"{number}-second", hits=[0] * 500)
        except Exception as error:
            failed.append(error)
        finally:
            connection.close()

    writer = threading.Thread(target=write)
    writer.start()
    try:
        wait_until(lambda: Bucket.objects.exists())
        for _ in range(2):
            run("backup")
            for path in folder.iterdir():
                path.rename(folder / f"{path.name}-{os.urandom(4).hex()}")
    finally:
        stop.set()
        writer.join()
    assert failed == []
    for path in folder.iterdir():
        with loaded(path):
            halves = Counter(key.partition("-")[2] for key in keys())
            assert halves["first"] == halves["second"] > 0


def test_a_full_disk_leaves_no_half_backup_and_the_old_ones(folder, backup):
    usual = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, usual[1]))
    try:
        said = refuses("backup")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, usual)
    assert said.startswith("No backup was made. ")
    assert list(folder.iterdir()) == [backup]


def test_what_a_killed_backup_left_is_deleted_by_the_next_one(folder):
    folder.mkdir()
    for name in ("backup-1.partial", "backup-1.partial-journal", "restoring.partial", "mine.txt"):
        (folder / name).write_text("half")
    run("backup")
    assert sorted(path.suffix for path in folder.iterdir()) == [f".{ENDING}", ".txt"]


def test_two_do_not_run_together(folder, backup, settings):
    code = "from config.backups.folder import locked_folder; own = locked_folder(); own.__enter__()"
    with process(settings.DATA_DIR, code):
        assert "Another backup or restore uses" in refuses("backup")
        assert "Another backup or restore uses" in refuses("restore", backup, "--check")
    assert list(folder.iterdir()) == [backup]


NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)  # a Sunday


def test_all_are_kept_for_two_weeks_and_then_the_newest_of_each_week_for_eight():
    made = [NOW - timedelta(hours=12 * half) for half in range(200)]
    kept = sorted(kept_times(made, NOW), reverse=True)
    assert kept[:28] == made[:28]
    weekly = ["11-15", "11-08", "11-01", "10-25", "10-18", "10-11"]
    assert [f"{at:%m-%d %H}" for at in kept[28:]] == [f"{day} 12" for day in weekly]
    assert kept_times([NOW + timedelta(days=9)], NOW)  # the clock was set back


def test_old_backups_are_deleted_after_a_new_one_and_other_files_stay(folder):
    folder.mkdir()
    names = ["backup-20250101T020000Z.dump", "backup-mine.dump", "notes.txt"]
    for name in names:
        (folder / name).write_text("")
    assert "old ones deleted: 1." in run("backup")
    left = {path.name for path in folder.iterdir()}
    assert (names[0] in left, set(names[1:]) <= left) == (False, True)


@on_postgresql
@pytest.mark.parametrize("command", ["backup", "restore"])
def test_a_missing_program_is_named_with_its_package(backup, command, monkeypatch):
    monkeypatch.setenv("PATH", "/nowhere")
    said = refuses(command, *[backup] * (command == "restore"))
    assert "is missing: install the package postgresql-client" in said


@pytest.mark.parametrize("step", ["before it is written", "after it was written"])
def test_a_backup_that_is_killed_is_not_there(folder, backup, step, settings):
    dies(settings.DATA_DIR, step, "backup")
    assert list(folder.glob(f"*.{ENDING}")) == [backup]
    run("backup")
    assert len(list(folder.iterdir())) == 2
