"""Mailboxes of bounces: a folder (Maildir), a file (mbox), or a mailbox on a server (IMAP).

A mail is removed only after its event is committed. So a crash can only make us read it again,
which changes nothing.
"""

import logging
import mailbox
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import partial
from itertools import islice
from pathlib import Path
from urllib.parse import SplitResult, unquote

from django.conf import settings
from imapclient import IMAPClient
from imapclient.exceptions import IMAPClientError

from config.ratelimit import ONCE_AN_HOUR, hit
from newsletter.mailing import arming
from newsletter.mailing.smtp.answers import redact_addresses
from newsletter.returns import intake
from newsletter.returns.incoming import LARGEST

logger = logging.getLogger(__name__)

BATCH = 500  # mails in one run of the clock
TIMEOUT = 20  # seconds for each answer of a server
UNREADABLE = (OSError, mailbox.Error, IMAPClientError)
FROM_START = f"BODY.PEEK[]<0.{LARGEST}>"

# A mail, and what removes it.
type Mails = Iterator[tuple[bytes, Callable[[], object]]]


def read_mailbox(url: SplitResult, *, keep: bool = False, most: int | None = None) -> Counter[str]:
    """Take and remove the mails of a mailbox; count them by kind. Raises one of UNREADABLE."""
    found: Counter[str] = Counter()
    with _open(url) as mails:
        for raw, remove in islice(mails, most):
            event = intake.take_mail(raw)
            found[event.kind or event.state] += 1
            if not keep:
                remove()
    return found


def read_configured() -> str:
    """Read the mailbox of BOUNCE_MAILBOX, but not for a copy of the database (a scheduled job)."""
    if settings.BOUNCE_MAILBOX is None or arming.reason_not_armed():
        return ""
    try:
        count = read_mailbox(settings.BOUNCE_MAILBOX, most=BATCH).total()
    except UNREADABLE as error:
        if hit("bounce-mailbox", "", ONCE_AN_HOUR):
            why = f"{type(error).__name__}: {redact_addresses(str(error))}"
            logger.error("The mailbox for bounces cannot be read. %s", why)  # noqa: TRY400
        return ""
    return f"{count} returned mails read" if count else ""


def _open(url: SplitResult) -> AbstractContextManager[Mails]:
    if url.scheme:
        return _imap(url)
    if Path(url.path).is_dir():
        return nullcontext(_in_files(mailbox.Maildir(url.path, create=False)))
    return _mbox(url.path)


@contextmanager
def _mbox(path: str) -> Iterator[Mails]:
    box = mailbox.mbox(path, create=False)
    box.lock()
    try:
        yield _in_files(box)
    finally:
        box.close()  # writes what is left, and unlocks


def _in_files(box: mailbox.Maildir | mailbox.mbox) -> Mails:
    for key in box.keys():  # noqa: SIM118 (iterating over a mailbox yields messages)
        try:
            with box.get_file(key) as file:
                raw = file.read(LARGEST)
        except (KeyError, FileNotFoundError):
            continue  # another reader was faster
        yield raw, partial(box.discard, key)


@contextmanager
def _imap(url: SplitResult) -> Iterator[Mails]:
    is_encrypted = url.scheme == "imaps"
    with IMAPClient(url.hostname, port=url.port, ssl=is_encrypted, timeout=TIMEOUT) as client:
        if url.scheme == "imap+tls":
            client.starttls()
        client.login(unquote(url.username or ""), unquote(url.password or ""))
        client.select_folder(unquote(url.path.strip("/")) or "INBOX")
        try:
            uids = client.search()
            contents = ((uid, client.fetch([uid], [FROM_START]).get(uid, {})) for uid in uids)
            yield (
                (content[b"BODY[]<0>"], partial(client.delete_messages, [uid]))
                for uid, content in contents
                if content.get(b"BODY[]<0>") is not None  # otherwise another reader was faster
            )
        finally:
            client.expunge()
