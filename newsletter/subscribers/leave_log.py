"""A file in DATA_DIR of the readers who left, so that a restored database can be told.

One line for each leave, with a keyed hash in place of the address. A leave is written before its
commit: one too many is a smaller mistake than one lost. A return is written after its commit.
"""

import json
import logging
import os
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

from django.conf import settings
from django.utils import timezone

logger = logging.getLogger(__name__)

FILE = "readers-who-left.jsonl"
RETURNED = "returned"
LIFTED = "suppression lifted"


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


def path() -> Path:
    return Path(settings.DATA_DIR) / FILE


def append(
    kind: str, address_hash: str, newsletter: int | None = None, subscription: int | None = None
) -> None:
    """Append a line and wait until it is on the disk. A failure is logged: leaving must work."""
    line = LogLine(timezone.now().isoformat(), kind, address_hash, newsletter, subscription)
    # The first line end closes a line that a crash cut off.
    content = f"\n{json.dumps(asdict(line))}\n".encode()
    try:
        _write(content)
    except OSError:
        logger.exception("%s in DATA_DIR cannot be written.", FILE)


def _write(content: bytes) -> None:
    file = os.open(path(), os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(file, content)
        os.fsync(file)
    finally:
        os.close(file)


def read(paths: Iterable[Path]) -> list[LogLine]:
    """Return the lines of some files, oldest first, without those that a crash cut off.

    Raises OSError.
    """
    texts = (text for each in paths for text in each.read_text(errors="replace").splitlines())
    lines = (_parse(text) for text in texts if text)
    return sorted((line for line in lines if line), key=lambda line: line.at)


def _parse(text: str) -> LogLine | None:
    try:
        return LogLine(**json.loads(text))
    except (ValueError, TypeError):
        return None
