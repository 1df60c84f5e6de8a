"""Copies a PostgreSQL database by its own programs, pg_dump and pg_restore."""

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.db import DatabaseError, ProgrammingError, connection

from config.backups import BackupError, connected_to

MISSING = "{} is missing: install the package postgresql-client, of the server's version."
OPEN = "{} connections to it are open, from {}. Stop site, worker and clock on all machines."
RIGHTS = ". The site's role must own its database and may make others: ALTER ROLE … CREATEDB"
A_TABLE = "SELECT 1 FROM pg_tables WHERE schemaname !~ '^(pg_|information_schema$)' LIMIT 1"
OTHERS = """SELECT count(*), string_agg(DISTINCT coalesce(host(client_addr), 'a socket'), ', ')
    FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()
    AND backend_type IS DISTINCT FROM 'autovacuum worker'"""


@dataclass(frozen=True)
class PostgreSQL:
    """A database of the site's server. All functions raise BackupError and OSError."""

    name: str
    suffix = ".dump"
    newest_ids = """SELECT sequencename, coalesce(last_value, 0) FROM pg_sequences
        WHERE schemaname = current_schema()"""
    set_newest_id = """SELECT setval(quote_ident(name)::regclass, newest)
        FROM (VALUES (%s::bigint, %s)) AS given (newest, name)"""

    def temporary(self, folder: Path) -> "PostgreSQL":
        return self._beside("restoring")

    def has_tables(self) -> bool:
        return self._exists() and bool(self._ask(A_TABLE))

    def require_alone(self) -> None:
        """Raise BackupError while others are connected, from any machine."""
        if self._exists() and (found := self._ask(OTHERS))[0]:
            raise BackupError(OPEN.format(*found))

    def write(self, to: Path) -> str:
        """Write a copy, check it, and return in words what is in it."""
        to.touch(mode=0o600)
        _run("pg_dump", "--format=custom", f"--file={to}", f"--dbname={self.name}")
        return _check(to)

    def load(self, backup: Path) -> str:
        """Create this database from a backup, and return in words what the backup contains."""
        what = _check(backup)
        _administer(f"CREATE DATABASE {self} TEMPLATE template0 ENCODING 'UTF8'")
        how = ["--no-owner", "--no-privileges", "--exit-on-error"]
        _run("pg_restore", *how, f"--dbname={self.name}", str(backup))
        return what

    def replace(self, by: str) -> None:
        """Put the database `by` in place of this one, and drop the old one.

        Both are renamed in one transaction, which PostgreSQL refuses while one of them is in use.
        """
        old = self._beside("replaced")
        old.drop()
        put_aside = f"ALTER DATABASE {self} RENAME TO {old}; " if self._exists() else ""
        _administer(f"BEGIN; {put_aside}ALTER DATABASE {PostgreSQL(by)} RENAME TO {self}; COMMIT")
        old.drop()

    def drop(self) -> None:
        _administer(f"DROP DATABASE IF EXISTS {self}")

    def _beside(self, what: str) -> "PostgreSQL":
        return PostgreSQL(f"{self.name[:50]}_{what}")  # a name has at most 63 bytes

    def _exists(self) -> bool:
        return bool(_administer("SELECT 1 FROM pg_database WHERE datname = %s", self.name))

    def _ask(self, question: str) -> Any:
        with connected_to(self.name), connection.cursor() as cursor:
            cursor.execute(question)
            return cursor.fetchone()

    def __str__(self) -> str:
        return connection.ops.quote_name(self.name)


def _check(dump: Path) -> str:
    tables = _run("pg_restore", "--list", str(dump)).count(" TABLE DATA ")
    _run("pg_restore", f"--file={os.devnull}", str(dump))  # reads it to the end
    if not tables:
        raise BackupError(f"{dump} contains no table.")
    return f"{tables} tables"


def _administer(statements: str, *names: str) -> Any:
    """Run statements about databases, connected to another one; return the first row, if any."""
    try:
        with connection._nodb_cursor() as cursor:
            cursor.execute(statements, names or None)
            return cursor.fetchone() if cursor.description else None
    except DatabaseError as error:
        hint = RIGHTS if isinstance(error, ProgrammingError) else ""
        raise BackupError(f"{str(error).strip()}{hint}") from error


def _run(program: str, *arguments: str) -> str:
    """Run a program on the site's server and return what it prints."""
    client = connection.client
    command, secrets = client.settings_to_cmd_args_env(connection.settings_dict, arguments)
    command = [program, *command[1:-1]]  # the last one is a database: `arguments` name theirs
    environment = os.environ | (secrets or {})
    try:
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)  # noqa: S603
    except FileNotFoundError:
        raise BackupError(MISSING.format(program)) from None
    if done.returncode:
        raise BackupError(f"{program} ended with {done.returncode}. {done.stderr.strip()}")
    return done.stdout
