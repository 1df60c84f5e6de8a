"""Real copies and backups of the database under test."""

import subprocess
from contextlib import contextmanager
from pathlib import Path

from django.db import connection

from tests.newsletter.sending.killing import database_url


def database_file() -> Path:
    return Path(connection.settings_dict["NAME"])


def copy_all(data_dir: Path, to: Path) -> Path:
    """Copy DATA_DIR with the database as `cp -a` does; return the folder of the copy."""
    for path in [data_dir, *database_file().parent.glob(f"{database_file().name}*")]:
        subprocess.run(["cp", "-a", path, to], check=True)
    return to


def back_up(to: Path) -> Path:
    connection.close()  # which leaves no write-ahead log
    subprocess.run(["cp", database_file(), to], check=True)
    return to


def put_back(backup: Path, *, in_place: bool = False) -> None:
    """Restore a backup: into the same file, or as another file of that name."""
    connection.close()
    if not in_place:
        database_file().unlink()
    with database_file().open("wb") as file:
        file.write(backup.read_bytes())


def dump() -> bytes:
    """Return this PostgreSQL database as pg_dump writes it, ready to replace its own tables."""
    command = ["pg_dump", "--clean", "--if-exists", "--no-owner", database_url()]
    return subprocess.run(command, check=True, capture_output=True).stdout


def load(content: bytes) -> None:
    """Load a dump into the database that this process is connected to."""
    url = database_url()
    connection.close()
    command = ["psql", "--quiet", "--set=ON_ERROR_STOP=1", url]
    subprocess.run(command, check=True, input=content, capture_output=True)


@contextmanager
def new_database():
    """Create an empty PostgreSQL database, and drop it afterwards; yields its name."""
    name = f"{connection.settings_dict['NAME']}_restored"
    drop = f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"
    with connection.cursor() as cursor:
        cursor.execute(drop)
        cursor.execute(f"CREATE DATABASE {name}")
    try:
        yield name
    finally:
        with connection.cursor() as cursor:
            cursor.execute(drop)
