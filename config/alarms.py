"""Mail to OPERATORS from the process that finds the trouble, without database and worker.

For what stops the usual way (config/logs.py). Only clock and worker do it, because a mail server
may take half a minute and no visitor should wait for it.
"""

import logging
import os
import time
from contextlib import suppress
from pathlib import Path

from django.conf import settings
from django.core.mail import mail_admins

from config.logs import redact

logger = logging.getLogger(__name__)

HOUR = 3600
# When each cause was last mailed, where the disk takes no file.
_told: dict[str, float] = {}


def tell(cause: str, text: str) -> bool:
    """Mail OPERATORS now, at most once an hour for a cause; return whether a mail went out."""
    marker = Path(settings.DATA_DIR) / f"told-{cause.replace(' ', '-')}"
    told = _told.get(cause, 0.0)
    with suppress(OSError):
        told = max(told, marker.stat().st_mtime)
    if time.time() - told < HOUR or not settings.ADMINS:
        return False
    try:
        mail_admins(subject=f"{cause}: {text}"[:200], message=redact(text))
    except OSError as error:  # smtplib's errors are OSErrors
        logger.warning("The operators could not be mailed about %s: %r", cause, error)
        return False
    _told[cause] = now = time.time()
    with suppress(OSError):
        marker.touch()
        os.utime(marker, (now, now))
    return True
