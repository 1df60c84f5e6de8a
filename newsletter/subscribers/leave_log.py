"""A file in DATA_DIR of the readers who left, so that a restored database can be told.

One line for each leave, with a keyed hash in place of the address. A leave is written before its
commit: one too many is a smaller mistake than one lost. A return is written after its commit.
"""

import json
import logging
import os
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import partial
from heapq import merge
from operator import attrgetter
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from newsletter.models import ConsentEvent, Suppression

logger = logging.getLogger(__name__)

FILE = "readers-who-left.jsonl"
_is_muted = ContextVar("is_muted", default=False)
RETURNED = "returned"
LIFTED = "suppression lifted"
KINDS = {ConsentEvent.Kind.UNSUBSCRIBED, *Suppression.Reason, RETURNED, LIFTED}
HASH = re.compile("[0-9a-f]{64}")
DAMAGED = (
    f"{{path}}, line {{number}}, is damaged, or the file is not a {FILE}. Keep a copy of the file, "
    "delete this line and run the command again: the reader who left by it may get mail again."
)


class DamagedLog(Exception):
    """A line cannot be read; the text names file and line, and says what to do."""


@dataclass(frozen=True)
class LogLine:
    """A reader left or came back. `kind` is a kind of ConsentEvent, a reason of Suppression,
    RETURNED or LIFTED; without a newsletter it is about all of them.
    """

    at: str
    kind: str
    address_hash: str
    newsletter: int | None = None
    subscription: int | None = None

    def check(self) -> None:
        """Raise ValueError or TypeError if a value is of another kind."""
        datetime.fromisoformat(self.at)
        are_ids = all(isinstance(each, int | None) for each in (self.newsletter, self.subscription))
        if not (are_ids and self.kind in KINDS and HASH.fullmatch(self.address_hash)):
            raise ValueError("a value is of another kind")


def path() -> Path:
    return Path(settings.DATA_DIR) / FILE


def own_file() -> list[Path]:
    """Return the path of this machine's log as a list, which is empty until a reader leaves."""
    return [path()] if path().exists() else []


def append(
    kind: str, address_hash: str, newsletter: int | None = None, subscription: int | None = None
) -> None:
    """Append a line and wait until it is on the disk. A failure is logged: leaving must work."""
    at = timezone.now().isoformat()
    append_all([LogLine(at, kind, address_hash, newsletter, subscription)])


def append_all(lines: Iterable[LogLine]) -> None:
    if _is_muted.get():
        return
    # The first line end closes a line that a crash cut off.
    content = "".join(f"\n{json.dumps(asdict(line))}\n" for line in lines).encode()
    try:
        # Not os.write(): on a full disk it may write a part and raise nothing.
        with open(path(), "ab", opener=partial(os.open, mode=0o600)) as file:
            file.write(content)
            file.flush()
            os.fsync(file)
    except OSError:
        logger.exception("%s in DATA_DIR cannot be written.", FILE)


@contextmanager
def muted() -> Iterator[None]:
    """Append nothing within this context: a restore only repeats lines, a rehearsal writes none."""
    token = _is_muted.set(True)
    try:
        yield
    finally:
        _is_muted.reset(token)


def append_after_commit(kind: str, address_hash: str, *about: int) -> None:
    transaction.on_commit(partial(append, kind, address_hash, *about))


def read(paths: Iterable[Path]) -> list[LogLine]:
    """Return the whole lines of some files, oldest first. Raises OSError, DamagedLog."""
    return merged(*map(_lines, paths))


def merged(*files: Iterable[LogLine]) -> list[LogLine]:
    # Not sorted: within a file the order of lines counts, even if the clock was set back.
    return list(merge(*files, key=attrgetter("at")))


def _lines(path: Path) -> list[LogLine]:
    found = []
    for number, text in enumerate(path.read_text(errors="replace").split("\n"), 1):
        if not text.rstrip().endswith("}"):  # empty, or cut off: then its leave was not committed
            continue
        try:
            found.append(LogLine(**json.loads(text)))
            found[-1].check()
        except (ValueError, TypeError) as error:
            raise DamagedLog(DAMAGED.format(path=path, number=number)) from error
    return found
