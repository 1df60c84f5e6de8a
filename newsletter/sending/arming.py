"""Whether this database may send at all.

A restored or copied database believes that it still has to send what went out long ago. So sending
is armed by a person, for one database at one address, and both sides keep count: the database, and
a file beside it in DATA_DIR. A copy elsewhere has no such file, or another address; a database put
back from a backup is behind its file. Either way nothing is sent until a person has looked.
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
    """Nothing may be sent from here; the text says why, and what to do."""


@dataclass(frozen=True)
class Mark:
    """What the file says: for which database, and how far it had come when we last sent."""

    identity: str
    generation: int


def refusal(arming: Arming | None, mark: Mark | None, site_url: str) -> str:
    """Say why nothing may be sent; "" if it may. Pure."""
    if arming is None or arming.armed_at is None:
        return "Sending was never armed here."
    if arming.site_url != site_url:
        return f"Sending was armed for {arming.site_url}, and this is {site_url}."
    if mark is None or mark.identity != str(arming.identity):
        return "Sending was not armed on this machine for this database: it may be a copy."
    if arming.generation < mark.generation:
        return "This database is older than what was sent from here: it was restored from a backup."
    return ""


def check() -> None:
    """Raise NotArmed unless this database may send."""
    if why := why_not():
        raise NotArmed(why)


def why_not() -> str:
    """Say why this database may not send from this machine, and what to do; "" if it may."""
    # The file first: a worker that counts on in between makes the database newer, never older.
    mark = _read()
    why = refusal(Arming.objects.first(), mark, settings.SITE_URL)
    return f"{why} Look at what went out already, then run: manage.py armsending" if why else ""


def advance() -> None:
    """Count one on, in the database first: a crash in between leaves it ahead, not behind."""
    Arming.objects.update(generation=F("generation") + 1)
    join()


@transaction.atomic
def arm() -> list[Issue]:
    """Let this database send from this machine. A person's decision.

    What is approved for a time that has passed expires, because it may have gone out after this
    copy was taken; those issues are returned.
    """
    arming = Arming.objects.select_for_update().first() or Arming(pk=1)
    # A new name, so that every other machine waits for a person too.
    arming.identity = uuid.uuid4()
    arming.site_url, arming.armed_at = settings.SITE_URL, timezone.now()
    arming.save()
    join()
    return _expire_missed()


def join() -> None:
    """Let this machine send too, from a database that is armed and in use."""
    if arming := Arming.objects.exclude(armed_at=None).first():
        _write(Mark(str(arming.identity), arming.generation))


def _expire_missed() -> list[Issue]:
    missed = Issue.objects.filter(status=Issue.Status.APPROVED, send_at__lte=timezone.now())
    found = list(missed)
    missed.update(status=Issue.Status.EXPIRED)
    return found


def _path() -> Path:
    return Path(settings.DATA_DIR) / FILE


def _read() -> Mark | None:
    try:
        return Mark(**json.loads(_path().read_text()))
    except (OSError, ValueError, TypeError):
        return None


def _write(mark: Mark) -> None:
    # Whole or not at all: several workers write it.
    unfinished = _path().with_suffix(f".{os.getpid()}")
    unfinished.write_text(json.dumps(asdict(mark)))
    unfinished.replace(_path())
