"""What tells this database from a copy of it, and from one that was restored.

Each trait is a text that stays the same while the site restarts, moves to another container or is
mounted elsewhere. A trait that cannot be read here is absent, and absent traits are not compared.
"""

import ctypes
import os
from hashlib import sha256
from pathlib import Path

from django.db import connection

# What a person reads about a trait that has changed.
CHANGES = {
    "name": "it has another name",
    "server": "it is on another PostgreSQL server",
    "oid": "it was created again",
    "rows": "it was loaded from a dump",
    "timeline": "its PostgreSQL server was restored or promoted",
    "file": "its file was copied or replaced",
    "handle": "its file was copied or replaced",
    "machine": "it was armed on another machine",
}
# Inside a container the id is not the machine's: some have a new one at each start.
CONTAINER_FILES = (Path("/.dockerenv"), Path("/run/.containerenv"))
MACHINE_ID = Path("/etc/machine-id")
# The types of file handles that stay the same when the file system is mounted again: ext4, XFS
# and others (1), btrfs (0x4d). FUSE makes new ones.
LASTING_HANDLES = (1, 0x4D)
CURRENT_FOLDER = -100  # AT_FDCWD
FOLLOW_LINKS = 0x400  # AT_SYMLINK_FOLLOW


def read_traits() -> dict[str, str]:
    """Return what identifies the database by the names in CHANGES, as far as it can be read."""
    if connection.vendor == "sqlite":
        found = {**file_traits(str(connection.settings_dict["NAME"])), "machine": _machine()}
    else:
        found = _postgresql_traits()
    return {name: text for name, text in found.items() if text}


def changed_traits(armed: dict[str, str], found: dict[str, str]) -> list[str]:
    """Return what a person should read about the traits that differ. Pure."""
    both = [name for name in CHANGES if name in armed and name in found]
    changes = (CHANGES[name] for name in both if armed[name] != found[name])
    return list(dict.fromkeys(changes))


def file_traits(path: str) -> dict[str, str]:
    """Return the inode of a file and its handle, which is not given to another file later.

    For an open file the path is open_path(). Does not open the file, because closing it would
    release SQLite's locks in this process.
    """
    try:
        inode = os.stat(path).st_ino
    except OSError:
        return {}
    return {"file": str(inode), "handle": _handle(path)}


def open_path(number: int) -> str:
    """Return a path to an open file, which still leads to it when its name is another's."""
    return f"/dev/fd/{number}"


class _FileHandle(ctypes.Structure):
    _fields_ = [("size", ctypes.c_uint), ("type", ctypes.c_int), ("content", ctypes.c_ubyte * 128)]


def _handle(path: str) -> str:
    """Return the inode and its generation as the kernel names them, or ""; see its man page.

    File systems give the inode of a deleted file to the next one, with another generation.
    """
    name_to_handle_at = getattr(ctypes.CDLL(None), "name_to_handle_at", None)
    if name_to_handle_at is None:  # not Linux
        return ""
    found, mount = _FileHandle(size=128), ctypes.c_int()
    to = (ctypes.byref(found), ctypes.byref(mount), FOLLOW_LINKS)
    if name_to_handle_at(CURRENT_FOLDER, os.fsencode(path), *to):
        return ""
    content = bytes(found.content[: found.size]).hex()
    return content if found.type in LASTING_HANDLES else ""


def _machine() -> str:
    """Return a hash of this machine's id: systemd asks not to show the id itself."""
    if any(path.exists() for path in CONTAINER_FILES):
        return ""
    try:
        found = MACHINE_ID.read_text().strip()
    except OSError:
        return ""
    return sha256(f"newsletter:{found}".encode()).hexdigest()[:32] if found else ""


def _postgresql_traits() -> dict[str, str]:
    with connection.cursor() as cursor:
        # A restored row has another xmin, the number of the transaction that wrote it; this row
        # is written once, by the first migration.
        cursor.execute(
            """SELECT datname, oid::text,
                (SELECT xmin::text FROM django_migrations ORDER BY id LIMIT 1),
                has_function_privilege('pg_control_system()', 'execute')
                AND has_function_privilege('pg_control_checkpoint()', 'execute')
            FROM pg_database WHERE datname = current_database()"""
        )
        name, oid, rows, may_ask_server = cursor.fetchone()
        found = {"name": name, "oid": oid, "rows": rows or ""}
        if may_ask_server:
            cursor.execute(
                """SELECT system_identifier::text, timeline_id::text
                FROM pg_control_system(), pg_control_checkpoint()"""
            )
            found["server"], found["timeline"] = cursor.fetchone()
    return found
