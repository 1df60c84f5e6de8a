"""Logs say what happened and never to whom: addresses and links that belong to one reader are cut.

It is done on the finished text, because they also come in by exception messages and tracebacks.
"""

import logging
import re

from django.core.mail import mail_admins

ADDRESS = re.compile(r"[^\s@<>\"'(),;:=]+@[^\s@<>\"'(),;:]+")
READERS_LINK = re.compile(r"(/u/|/newsletter/(?:confirm|refuse|mailed)/)[^\s/?\"']+")


def redact(text: str) -> str:
    """Cut mail addresses and the secret part of readers' links out of a text."""
    return ADDRESS.sub("<address>", READERS_LINK.sub(r"\1<link>", text))


class Formatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        return redact(super().format(record))


class OperatorMail(logging.Handler):
    """Mails an error to OPERATORS: the log's own words and traceback, nothing of the request."""

    def emit(self, record: logging.LogRecord) -> None:
        try:
            text = self.format(record)
            mail_admins(subject=text.splitlines()[0][:200], message=text)
        except Exception:
            self.handleError(record)
