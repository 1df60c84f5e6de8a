"""Mail of a development machine, kept as files and read at /dev/mail/. DEBUG only."""

import re
import time
from collections.abc import Sequence
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

SHOWN = 100
LINK = re.compile(r"https?://[^\s<>\"]+")


class EmailBackend(BaseEmailBackend):
    """Writes each message to a separate .eml file, which worker and site share."""

    def __init__(self, folder: str, **options: Any) -> None:
        super().__init__(**options)
        self.folder = Path(folder)

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        for message in email_messages:
            store_message(self.folder, message.message().as_bytes())
        return len(email_messages)


def store_message(folder: Path, content: bytes) -> None:
    """Write one message under a name that sorts by time; the name appears when it is complete."""
    folder.mkdir(parents=True, exist_ok=True)
    name = f"{time.time_ns():020d}-{uuid4().hex[:8]}"
    unfinished = folder / f"{name}.part"
    unfinished.write_bytes(content)
    unfinished.rename(folder / f"{name}.eml")


def inbox(request: HttpRequest) -> HttpResponse:
    """List the last messages, newest first."""
    paths = sorted(_folder().glob("*.eml"), reverse=True)
    messages = [(path.stem, _read(path)) for path in paths[:SHOWN]]
    return render(request, "dev/mail_list.html", {"messages": messages, "count": len(paths)})


def message(request: HttpRequest, name: str) -> HttpResponse:
    """Show one message: its headers, its text with live links, and its source."""
    content = _find(name)
    body = content.get_body(("plain",))
    text = body.get_content() if body else ""
    context = {"message": content, "text": _with_links(text), "source": str(content)}
    return render(request, "dev/mail_message.html", context)


def html(request: HttpRequest, name: str) -> HttpResponse:
    """Show the HTML part as a mail program would: with inline styles, without scripts."""
    part = _find(name).get_body(("html",))
    if not part:
        raise Http404("This message has no HTML part.")
    response = HttpResponse(part.get_content())
    response["Content-Security-Policy"] = (
        "sandbox allow-popups allow-top-navigation; default-src 'none'; "
        "style-src 'unsafe-inline'; img-src 'self'"
    )
    return response


def _folder() -> Path:
    return Path(settings.DATA_DIR) / "mail"


def _find(name: str) -> Message:
    path = _folder() / f"{name}.eml"
    if not path.is_file():
        raise Http404("No such message.")
    return _read(path)


def _read(path: Path) -> Message:
    return message_from_bytes(path.read_bytes(), policy=default)


def _with_links(text: str) -> str:
    return mark_safe(LINK.sub(lambda m: f'<a href="{m[0]}">{m[0]}</a>', escape(text)))  # noqa: S308
