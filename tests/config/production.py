"""Requests to a site with production settings: `python -m tests.config.production`.

One process answers all of them, because starting one takes a second and collecting static files
several. It must not import pytest, which changes settings. It prints JSON.
"""

import json
import os
from io import StringIO
from typing import Any

import django

FONT = "fonts/source-serif-4-latin-wght-normal.woff2"


def main() -> None:
    os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
    django.setup()
    from django.conf import settings
    from django.core.management import call_command

    call_command("collectstatic", interactive=False, verbosity=0, post_process=False)
    # No page here needs jQuery and its like, which take most of the time of compressing.
    call_command("collectstatic", interactive=False, verbosity=0, ignore_patterns=["vendor"])
    said = StringIO()
    call_command("check", deploy=True, fail_level="WARNING", stdout=said, stderr=said)
    call_command("migrate", verbosity=0)
    answers = {"check": said.getvalue(), "allowed_hosts": settings.ALLOWED_HOSTS}
    print(json.dumps(answers | pages() | {"mailed": mailed()} | one_click() | static_files()))


def pages() -> dict[str, Any]:
    """Request what is answered before any view, and what only production protects."""
    return {
        "by http": ask("/glossary/gpu/"),  # which has “u/” in it, as the links in mail do
        "health by http": ask("/healthz"),
        "refused host": ask("/", host="evil.example"),
        "robots": ask("/robots.txt", secure=True),
        "log-in": ask("/admin/login/", secure=True),
        "development mail": ask("/dev/mail/", secure=True),
    }


def mailed() -> list[Any]:
    """Return what the operators would be mailed about the requests so far."""
    from django_tasks_db.models import DBTaskResult

    from config.tasks import mail_operators

    told = DBTaskResult.objects.filter(task_path=mail_operators.module_path)
    return [each.args_kwargs for each in told]


def one_click() -> dict[str, Any]:
    """Unsubscribe by the POST of a mail program that was given an http address."""
    from newsletter.mailing.signed_links import Purpose, sign
    from tests.builders import make_subscription

    subscription = make_subscription()
    address, one_click = (
        f"/u/{sign(Purpose.LEAVE, subscription.pk)}",
        {"List-Unsubscribe": "One-Click"},
    )
    answers = [ask(f"{address}{slash}", "post", data=one_click) for slash in ("", "/")]
    subscription.refresh_from_db()
    return {"one clicks by http": answers, "subscription": subscription.status}


def static_files() -> dict[str, Any]:
    from django.templatetags.static import static

    path = static(FONT)
    return {
        "font": ask(path, secure=True),
        "part of a font": ask(path, secure=True, range="bytes=0-99"),
        "stylesheet": ask(static("css/site.css"), secure=True),
    }


def ask(
    path: str, method: str = "get", host: str = "pulse.internal", data: Any = None, **extra: Any
) -> dict[str, Any]:
    from django.test import Client

    secure = extra.pop("secure", False)
    headers = {"host": host, "accept-encoding": "br, gzip", **extra}
    answer = getattr(Client(headers=headers), method)(path, data, secure=secure)
    body = answer.getvalue()
    return {
        "status": answer.status_code,
        "headers": dict(answer.headers),
        "cookies": answer.cookies.output(header="").split("\r\n"),
        "bytes": len(body),
    }


if __name__ == "__main__":
    main()
