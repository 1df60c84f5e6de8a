"""Whether mail may go out from here: every mail to a reader asks this first.

A copied or restored database still lists mail as due that was sent long ago. So a database
remembers its traits, and counts. Each machine keeps the highest count it has seen in a file in
DATA_DIR, the mark. All mail waits for a person when a trait differs, which a copy cannot avoid, or
when the database is behind a mark, which a restored backup is. A new database is armed
automatically.
"""

import json
import logging
import os
import threading
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from config.health import Finding, State
from config.sqlite import make_commits_durable
from newsletter.mailing.traits import changed_traits, file_traits, open_path, read_traits
from newsletter.models import Arming, Subscription

logger = logging.getLogger(__name__)

FILE = "sending-armed.json"
CURE = "Check what was sent already, then run: manage.py armsending"
# More than any machine counts between two decisions, so that no mark is ahead of the newest one.
LEAP = 1_000_000_000
COUNTS_EVERY = timedelta(minutes=1)


class NotArmed(Exception):
    """No mail may go out from here; the text says why and what to do."""


@dataclass(frozen=True)
class Mark:
    """The content of the file: which database it belongs to, and the highest count seen here.

    `since` is when this machine joined that database; it has a log of those who left since then.
    `is_copy`: another file was written, and its content copied here.
    """

    identity: str
    generation: int
    since: str
    is_copy: bool = False

    def fits(self, arming: Arming) -> bool:
        return self.identity == str(arming.identity)


def changes_since(arming: Arming, mark: Mark | None, traits: dict[str, str]) -> list[str]:
    """Return what shows that the database was copied or restored. Pure."""
    known = dict(arming.traits)
    if not mark or not mark.fits(arming):
        return changed_traits(known, traits)
    # After a failover the count shows whether anything was lost.
    known.pop("timeline", None)
    changes = changed_traits(known, traits)
    if arming.generation < mark.generation:
        made = f"{arming.counted_at:%Y-%m-%d %H:%M} UTC"
        changes.append(f"it is from {made}, and this machine has seen a newer one")
    if mark.is_copy and "file" in known:  # both may have been copied over themselves
        changes.append(f"{FILE} in DATA_DIR was copied or replaced")
    return changes


def reason_not_armed() -> str:
    """Return why no mail may go out from here and what to do, or ""."""
    arming, _, changes = _look()
    return _reason(arming, changes)


def require_armed() -> None:
    """Raise NotArmed unless mail may go out from here."""
    arming, mark, changes = _look()
    if why := _reason(arming, changes):
        if changes:  # for all machines: another one may have an older mark
            Arming.objects.filter(held="").update(held="; ".join(changes)[:300])
        raise NotArmed(why)
    if arming is None:
        arm()
    elif mark is None or not mark.fits(arming) or mark.generation < arming.generation:
        _mark_after_commit(arming, timezone.now())


def advance() -> None:
    """Increase the count, in the database before the mark: a crash in between leaves it ahead.

    Raises NotArmed; OSError when the mark cannot be written.
    """
    require_armed()
    make_commits_durable()
    counted = {"generation": F("generation") + 1, "counted_at": timezone.now()}
    Arming.objects.filter(held="").update(**counted)
    _write_mark(Arming.objects.get(), timezone.now())


def keep_mark() -> str:
    """Raise the count, so that every backup is older; log why mail waits (a scheduled job)."""
    try:
        advance()
    except (NotArmed, OSError) as error:
        why = reason_not_written(error) if isinstance(error, OSError) else error
        logger.error("%s", why)  # noqa: TRY400
    return ""


def armed() -> Finding:
    """Return a Finding: whether mail may go out from here (a look of config.health)."""
    why = reason_not_armed()
    return Finding(State.LOOK, why, 0) if why else Finding(State.OK, "Mail may go out.", 1)


def reason_not_written(error: OSError) -> str:
    """Return a message that the mark cannot be written, why, and what to do."""
    cure = "Make it writable, then resume issues that are paused."
    return f"{FILE} in DATA_DIR cannot be written: {error.strerror}. {cure}"


@transaction.atomic
def arm() -> None:
    """Let mail go out from here; except for a new database, a person decides this."""
    mark = _read()
    Arming.objects.get_or_create(pk=1, defaults={"site_url": settings.SITE_URL})
    arming = Arming.objects.select_for_update().get()
    seen = mark.generation if mark and mark.fits(arming) else 0
    arming.generation = max(arming.generation, seen) + LEAP
    arming.site_url, arming.traits, arming.held = settings.SITE_URL, read_traits(), ""
    arming.armed_at = arming.counted_at = timezone.now()
    arming.save()
    _mark_after_commit(arming, arming.armed_at)


def hold(why: str) -> datetime:
    """Stop all mail until a person lets it go; return when the database counted last, or 1970."""
    arming, is_new = Arming.objects.get_or_create(pk=1, defaults={"site_url": settings.SITE_URL})
    Arming.objects.update(held=why[:300])
    return datetime.fromtimestamp(0, UTC) if is_new else arming.counted_at


def copied_by() -> datetime | None:
    """Return a time before which this database was copied or backed up; None for an original."""
    arming, _, changes = _look()
    return arming.counted_at + COUNTS_EVERY if arming and changes else None


def knows_who_left() -> bool:
    """Return whether this machine has been in use since this backup of the database was made."""
    mark, arming = _read(), Arming.objects.first()
    if mark is None or arming is None:
        return mark is not None
    return mark.fits(arming) and mark.since <= arming.counted_at.isoformat()


def _look() -> tuple[Arming | None, Mark | None, list[str]]:
    # The file is read first: if a worker counts in between, the database is ahead, not behind.
    mark = _read()
    arming = Arming.objects.first()
    if arming is None:
        # Every database that sent mail has a row, so this one is new or older than any mail.
        is_older = mark is not None and Subscription.objects.exists()
        return None, mark, ["it is older than the first mail from here"] if is_older else []
    changes = [arming.held] if arming.held else changes_since(arming, mark, read_traits())
    return arming, mark, changes


def _reason(arming: Arming | None, changes: list[str]) -> str:
    if changes:
        found = "; ".join(changes)
        return f"All mail waits: this database was copied or restored ({found}). {CURE}"
    if arming and arming.site_url != settings.SITE_URL:
        here = f"{arming.site_url}, and this is {settings.SITE_URL}"
        return f"All mail waits: it was armed for {here}. {CURE}"
    return ""


def _path() -> Path:
    return Path(settings.DATA_DIR) / FILE


def _read() -> Mark | None:
    try:
        with _path().open() as file:
            content = json.load(file)
            found = file_traits(open_path(file.fileno()))
        content["is_copy"] = bool(changed_traits(content.pop("file"), found))
        return Mark(**content)
    except (OSError, ValueError, TypeError, KeyError):
        return None


def _mark_after_commit(arming: Arming, joined_at: datetime) -> None:
    """Write the mark unless this is rolled back: then the database would be behind it."""
    # robust: the clock reports a file that cannot be written.
    transaction.on_commit(partial(_write_mark, arming, joined_at), robust=True)


def _write_mark(arming: Arming, joined_at: datetime) -> None:
    before = _read()
    since = before.since if before and before.fits(arming) else joined_at.isoformat()
    content = {"identity": str(arming.identity), "generation": arming.generation, "since": since}
    # Several workers write the file, so each replaces it as a whole.
    temporary = _path().with_suffix(f".{os.getpid()}-{threading.get_ident()}")
    with temporary.open("w") as file:
        json.dump(content | {"file": file_traits(open_path(file.fileno()))}, file)
    temporary.replace(_path())
