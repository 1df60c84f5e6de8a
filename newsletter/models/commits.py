"""Commits that survive a power failure."""

from django.db import connection


def make_commits_durable() -> None:
    """Make this connection's commits survive a power failure: a message is sent after each one.

    SQLite in WAL mode may otherwise lose the newest commits (PRAGMA synchronous=NORMAL). It refuses
    the change inside a transaction.
    """
    if connection.vendor == "sqlite" and not connection.in_atomic_block:
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA synchronous=FULL")
