"""Logs say what happened and never to whom: addresses and links that belong to one reader are cut.

It is done on the finished text, because they also come in by exception messages and tracebacks.
"""

import logging
import re
import sys
import time

from django.db import DatabaseError

# Whatever stands around an at sign, also percent-encoded: rather too much than half an address.
ADDRESS = re.compile(r"[^\s<>]+(?:@|%40)[^\s<>]*", re.IGNORECASE)
READERS_LINK = re.compile(r"(/u/|/newsletter/(?:confirm|refuse|mailed)/)[^\s/?\"']+")


def redact(text: str) -> str:
    """Cut mail addresses and the secret part of readers' links out of a text."""
    return ADDRESS.sub("<address>", READERS_LINK.sub(r"\1<link>", text))


class Formatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        return redact(super().format(record))


class OperatorMail(logging.Handler):
    """Mails an error to OPERATORS: the log's own words and traceback, nothing of the request.

    One fault met by a thousand requests is one mail: the same message is not mailed again for
    an hour, and no more than twelve mails an hour leave a process.
    """

    HOUR = 3600
    MOST_AN_HOUR = 12

    def __init__(self) -> None:
        super().__init__()
        self.mailed: dict[str, float] = {}

    def emit(self, record: logging.LogRecord) -> None:
        if not self._is_news(
            f"{record.name}:{record.msg}:{record.exc_info and record.exc_info[0]}"
        ):
            return
        try:
            self._hand_to_worker(self.format(record))
        except (DatabaseError, RuntimeError) as error:
            # logging's own handleError would print the record as it is, addresses and all.
            sys.stderr.write(redact(f"The operators could not be told: {error!r}\n"))

    def _hand_to_worker(self, text: str) -> None:
        # Mail is slow and may hang for half a minute: the worker waits for it, no visitor does.
        from config.tasks import mail_operators

        mail_operators.enqueue(subject=text.splitlines()[0][:200], text=text)

    def _is_news(self, key: str) -> bool:
        now = time.monotonic()
        self.mailed = {key: at for key, at in self.mailed.items() if now - at < self.HOUR}
        if key in self.mailed or len(self.mailed) >= self.MOST_AN_HOUR:
            return False
        self.mailed[key] = now
        return True
