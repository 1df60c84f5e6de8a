"""Logs say what happened, never to whom: addresses and mailed links are cut out.

The finished text is redacted, because exception messages and tracebacks contain them too.
"""

import json
import logging
import re
import sys
import time
from contextvars import ContextVar
from datetime import UTC, datetime

from django.db import DatabaseError

# Everything around an at sign, also percent-encoded: better too much than half an address.
ADDRESS = re.compile(r"[^\s<>]+(?:@|%40)[^\s<>]*", re.IGNORECASE)
SECRET_LINK = re.compile(
    r"(/u/|/newsletter/(?:confirm|refuse|mailed)/|/new-password/|[?&]to=)[^\s/?\"'&]+"
)


def redact(text: str) -> str:
    """Return the text without mail addresses and the secret part of mailed links."""
    return ADDRESS.sub("<address>", SECRET_LINK.sub(r"\1<link>", text))


class Formatter(logging.Formatter):
    """Redacts, and omits the traceback of a request that we refused."""

    def format(self, record: logging.LogRecord) -> str:
        if getattr(record, "status_code", 500) < 500:
            record = logging.makeLogRecord(vars(record) | {"exc_info": None, "exc_text": None})
        return redact(super().format(record))


# The request that this thread answers, or answered last; "" where none was.
REQUEST_ID: ContextVar[str] = ContextVar("request_id", default="")


class JSONFormatter(Formatter):
    """Writes one JSON object a line, with the id of the request; a traceback is in the message."""

    def format(self, record: logging.LogRecord) -> str:
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        fields = {"time": at, "level": record.levelname, "logger": record.name}
        fields |= {"request": REQUEST_ID.get(), "message": super().format(record)}
        return json.dumps(fields, ensure_ascii=False)


def is_no_pulse(record: logging.LogRecord) -> bool:
    """Keep the worker's task of each minute (config/watching.py) out of the log."""
    return record.levelno > logging.INFO or ".watching.pulse " not in record.getMessage()


class OperatorMail(logging.Handler):
    """Mails errors to OPERATORS: message and traceback of the log, nothing of the request.

    The same message is mailed at most once an hour, and a process sends at most twelve mails an
    hour, so a fault that a thousand requests hit is one mail.
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
            # Mail may hang for half a minute, so the worker sends it and no visitor waits.
            from config.tasks import mail_operators

            text = self.format(record)
            mail_operators.enqueue(subject=text.splitlines()[0][:200], text=text)
        except (DatabaseError, RuntimeError) as error:
            # logging's own handleError would print the record with its addresses.
            sys.stderr.write(redact(f"The operators could not be told: {error!r}\n"))

    def _is_news(self, key: str) -> bool:
        now = time.monotonic()
        self.mailed = {key: at for key, at in self.mailed.items() if now - at < self.HOUR}
        if key in self.mailed or len(self.mailed) >= self.MOST_AN_HOUR:
            return False
        self.mailed[key] = now
        return True
