"""A copy of a database file is told from the file, wherever it is mounted."""

import shutil
import subprocess

import pytest

from newsletter.mailing import traits
from newsletter.mailing.traits import changed_traits, file_traits, open_path


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "db.sqlite3"
    path.write_text("rows")
    return path


def changes(before, path):
    return changed_traits(before, file_traits(str(path)))


REPLACED = ["its file was copied or replaced"]


def test_cp_a_makes_another_file(file, tmp_path):
    before = file_traits(str(file))
    subprocess.run(["cp", "-a", file, tmp_path / "copy"], check=True)
    assert changes(before, tmp_path / "copy") == REPLACED
    assert changes(before, file) == []


def test_a_file_that_is_put_back_is_another_one_even_with_the_same_inode(file, tmp_path):
    backup = shutil.copy(file, tmp_path / "backup")
    before = file_traits(str(file))
    if "handle" not in before:
        pytest.skip("this file system gives no lasting handles")
    for _ in range(20):
        file.unlink()
        shutil.copy(backup, file)
        if file_traits(str(file))["file"] == before["file"]:
            break
    assert changes(before, file) == REPLACED


def test_a_file_that_is_written_or_moved_is_the_same(file, tmp_path):
    before = file_traits(str(file))
    file.write_text("more rows")
    folder = tmp_path / "another mount"
    folder.mkdir()
    assert changes(before, file.rename(folder / "db.sqlite3")) == []


def test_a_link_and_an_open_file_lead_to_the_same_traits(file, tmp_path):
    (tmp_path / "link").symlink_to(file)
    with file.open() as opened:
        assert file_traits(open_path(opened.fileno())) == file_traits(str(file))
    assert file_traits(str(tmp_path / "link")) == file_traits(str(file))


def test_the_device_number_is_no_trait(file):
    assert set(file_traits(str(file))) <= {"file", "handle"}


def test_a_file_that_is_not_there_has_no_traits(tmp_path):
    assert file_traits(str(tmp_path / "none")) == {}


@pytest.mark.parametrize(
    ("armed", "found", "changed"),
    [
        ({"machine": "a"}, {"machine": "b"}, ["it was armed on another machine"]),
        ({"machine": "a"}, {}, []),
        ({}, {"machine": "b"}, []),
        ({"file": "1", "handle": "a"}, {"file": "2", "handle": "b"}, REPLACED),
        ({"name": "pulse"}, {"name": "copy"}, ["it has another name"]),
        ({"oid": "16385"}, {"oid": "16999"}, ["it was created again"]),
        ({"rows": "740"}, {"rows": "912"}, ["it was loaded from a dump"]),
        ({"server": "77"}, {"server": "78"}, ["it is on another PostgreSQL server"]),
    ],
)
def test_only_traits_that_both_know_are_compared(armed, found, changed):
    assert changed_traits(armed, found) == changed


def test_a_machine_is_known_by_its_id_outside_of_containers(tmp_path, monkeypatch):
    (tmp_path / "machine-id").write_text("8c3e1f0e5d8b4a7f9c2d6e1a0b3f4c5d\n")
    monkeypatch.setattr(traits, "MACHINE_ID", tmp_path / "machine-id")
    monkeypatch.setattr(traits, "CONTAINER_FILES", ())
    assert traits._machine() == "419be22afc56090013855cf8746735f1"
    monkeypatch.setattr(traits, "CONTAINER_FILES", (tmp_path,))
    assert traits._machine() == ""
    monkeypatch.setattr(traits, "CONTAINER_FILES", ())
    monkeypatch.setattr(traits, "MACHINE_ID", tmp_path / "none")
    assert traits._machine() == ""
