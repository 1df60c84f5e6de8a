"""Mail on a development machine: kept as files, read in the browser at /dev/mail/. DEBUG only."""

import re
import time
from collections.abc import Iterator, Sequence
from email import message_from_bytes
from email.message import EmailMessage as Message
from email.policy import default
from pathlib import Path
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.html import escape
from django.utils.safestring import mark_safe

LINK = re.compile(r"https?://[^\s<>\"]+")


class EmailBackend(BaseEmailBackend):
    """Writes each message to its own .eml file, whole, so that worker and site share them."""

    def __init__(self, folder: str, **options: Any) -> None:
        super().__init__(**options)
        self.folder = Path(folder)

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        self.folder.mkdir(parents=True, exist_ok=True)
        for message in email_messages:
            name = f"{time.time_ns():020d}-{uuid4().hex[:8]}"
            unfinished = self.folder / f"{name}.part"
            unfinished.write_bytes(message.message().as_bytes())
            unfinished.rename(self.folder / f"{name}.eml")
        return len(email_messages)


def inbox(request: HttpRequest) -> HttpResponse:
    """List what was sent, newest first."""
    messages = [(name, message) for name, message in _messages()][:100]
    return render(request, "dev/mail_list.html", {"messages": messages})


def message(request: HttpRequest, name: str) -> HttpResponse:
    """Show one message: its headers, its text with live links, and its source."""
    for found, content in _messages():
        if found == name:
            body = content.get_body(("plain",))
            text = body.get_content() if body else ""
            context = {"message": content, "text": _with_links(text), "source": str(content)}
            return render(request, "dev/mail_message.html", context)
    raise Http404("No such message.")


def html(request: HttpRequest, name: str) -> HttpResponse:
    """Show the HTML part alone, as a mail reader would: inline styles work, scripts do not."""
    for found, content in _messages():
        part = content.get_body(("html",)) if found == name else None
        if part:
            response = HttpResponse(part.get_content())
            response["Content-Security-Policy"] = (
                "sandbox allow-popups allow-top-navigation; default-src 'none'; "
                "style-src 'unsafe-inline'; img-src 'self'"
            )
            return response
    raise Http404("No such message, or it has no HTML part.")


def _messages() -> Iterator[tuple[str, Message]]:
    folder = Path(settings.DATA_DIR) / "mail"
    for path in sorted(folder.glob("*.eml"), reverse=True):
        yield path.stem, message_from_bytes(path.read_bytes(), policy=default)


def _with_links(text: str) -> str:
    return mark_safe(LINK.sub(lambda m: f'<a href="{m[0]}">{m[0]}</a>', escape(text)))  # noqa: S308
