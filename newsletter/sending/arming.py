"""Whether this database may send from this machine.

A restored or copied database still lists mail as due that was sent long ago. So a person arms one
database at one address for sending, and a counter is kept both in the database and in a file in
DATA_DIR. A copy on another machine has no such file or has another address, and a restored backup
is behind its file. In both cases the site sends nothing until a person arms it again.
"""

import json
import os
import uuid
from dataclasses import asdict, dataclass
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from newsletter.models import Arming, Issue

FILE = "sending-armed.json"


class NotArmed(Exception):
    """This site may not send; the text says why and what to do."""


@dataclass(frozen=True)
class ArmingFile:
    """The content of the file: which database it belongs to, and its counter when we last sent."""

    identity: str
    generation: int


def mismatch(arming: Arming | None, file: ArmingFile | None, site_url: str) -> str:
    """Return why the site may not send, or "". Pure."""
    if arming is None or arming.armed_at is None:
        return "Sending was never armed here."
    if arming.site_url != site_url:
        return f"Sending was armed for {arming.site_url}, and this is {site_url}."
    if file is None or file.identity != str(arming.identity):
        return "Sending was not armed on this machine for this database: it may be a copy."
    if arming.generation < file.generation:
        return "This database is older than what was sent from here: it was restored from a backup."
    return ""


def require_armed() -> None:
    """Raise NotArmed unless this database may send from this machine."""
    if why := reason_not_armed():
        raise NotArmed(why)


def reason_not_armed() -> str:
    """Return why this database may not send from this machine and what to do, or ""."""
    # The file is read first: if a worker counts in between, the database is ahead, not behind.
    file = _read()
    why = mismatch(Arming.objects.first(), file, settings.SITE_URL)
    return f"{why} Check what was sent already, then run: manage.py armsending" if why else ""


def advance() -> None:
    """Count up, first in the database: after a crash in between it is ahead, not behind."""
    Arming.objects.update(generation=F("generation") + 1)
    write_file()


@transaction.atomic
def arm() -> list[Issue]:
    """Allow this database to send from this machine; only a person decides this.

    Issues that were approved for a time in the past expire, because they may have been sent after
    this copy was made. Returns those issues.
    """
    arming = Arming.objects.select_for_update().first() or Arming(pk=1)
    # A new identity, so that every other machine has to be armed again too.
    arming.identity = uuid.uuid4()
    arming.site_url, arming.armed_at = settings.SITE_URL, timezone.now()
    arming.save()
    write_file()
    return _expire_missed()


def write_file() -> None:
    """Allow this machine to send as well, if its database is armed."""
    if arming := Arming.objects.exclude(armed_at=None).first():
        _write(ArmingFile(str(arming.identity), arming.generation))


def _expire_missed() -> list[Issue]:
    missed = Issue.objects.filter(status=Issue.Status.APPROVED, send_at__lte=timezone.now())
    found = list(missed)
    missed.update(status=Issue.Status.EXPIRED)
    return found


def _path() -> Path:
    return Path(settings.DATA_DIR) / FILE


def _read() -> ArmingFile | None:
    try:
        return ArmingFile(**json.loads(_path().read_text()))
    except (OSError, ValueError, TypeError):
        return None


def _write(file: ArmingFile) -> None:
    # Several workers write the file, so each replaces it as a whole.
    temporary = _path().with_suffix(f".{os.getpid()}")
    temporary.write_text(json.dumps(asdict(file)))
    temporary.replace(_path())
