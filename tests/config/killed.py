"""A command that is killed at one step: `python -m tests.config.killed STEP COMMAND …`.

In a process of its own: a copy of the test process may wait for a lock that one of its other
threads held, or go on as a second test run.
"""

import os
import signal
import sqlite3
import sys
from functools import partial
from io import StringIO
from itertools import count
from typing import Any

import django


def main() -> None:
    step, *command = sys.argv[1:]
    django.setup()
    from django.core.management import call_command

    steps()[step]()
    call_command(*command, stdout=StringIO())


def steps() -> dict[str, Any]:
    """Return functions that prepare the death, by the name of the step."""
    from config.backups import restoring
    from config.backups.folder import site_database
    from newsletter.subscribers import leave_replay

    database = type(site_database())
    return {
        "before it is loaded": at(database, "load"),
        "after it was loaded": at(database, "load", after=True),
        "after leaves were repeated": at(leave_replay, "replay", after=True),
        "before what is there is kept": at(restoring, "back_up"),
        "after what was there was kept": at(restoring, "back_up", after=True),
        "before it is replaced": at(database, "replace"),
        "after it was replaced": at(database, "replace", after=True),
        "while it is loaded": while_copying(1),
        "while what is there is kept": while_copying(2),
        "while it is replaced": while_copying(3),
        "after its names were exchanged": after_the_exchange,
        "before it is written": at(database, "write"),
        "after it was written": at(database, "write", after=True),
    }


def die(*arguments: Any, **named: Any) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def at(owner: Any, name: str, *, after: bool = False) -> Any:
    """Die when a function is called, or when it returns."""

    def prepare() -> None:
        usual = getattr(owner, name)

        def both(*arguments: Any, **named: Any) -> None:
            usual(*arguments, **named)
            die()

        setattr(owner, name, both if after else die)

    return prepare


def while_copying(number: int) -> Any:
    """Die in the middle of one of the copies by SQLite."""

    def prepare() -> None:
        numbers = count(1)

        class Dying(sqlite3.Connection):
            def backup(self, target: sqlite3.Connection, **named: Any) -> None:
                is_last = next(numbers) == number

                def halfway(_: int, left: int, total: int) -> None:
                    if is_last and left < total / 2:
                        die()

                super().backup(target, pages=10, progress=halfway)

        sqlite3.connect = partial(sqlite3.connect, factory=Dying)

    return prepare


def after_the_exchange() -> None:
    """Die when PostgreSQL has exchanged the names, before the old database is dropped."""
    from config.backups import postgresql

    usual = postgresql._administer

    def administer(statements: str, *names: str) -> Any:
        found = usual(statements, *names)
        return die() if statements.startswith("BEGIN") else found

    postgresql._administer = administer


if __name__ == "__main__":
    main()
