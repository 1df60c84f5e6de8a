"""A lock that all processes of the site share, so that a restore can tell whether it is alone.

It covers one machine and DATA_DIR. The kernel releases it when a process ends or is killed.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

FILE = "running.lock"
_held: list[int] = []


def join() -> None:
    """Share the lock until this process ends. Raises ImproperlyConfigured during a restore."""
    try:
        _take(fcntl.LOCK_SH)
    except BlockingIOError:
        raise ImproperlyConfigured("manage.py restore is running; start after it.") from None
    except OSError:
        return  # the site also starts on a disk that is full or read-only


@contextmanager
def alone() -> Iterator[None]:
    """Keep other processes from starting. Raises BlockingIOError while one runs, OSError."""
    _take(fcntl.LOCK_EX)
    try:
        yield
    finally:
        join()


def _take(kind: int) -> None:
    while _held:
        os.close(_held.pop())
    _held.append(os.open(Path(settings.DATA_DIR) / FILE, os.O_RDONLY | os.O_CREAT, 0o600))
    fcntl.flock(_held[0], kind | fcntl.LOCK_NB)
