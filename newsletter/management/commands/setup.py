"""The first start of a real site, in two runs. As a development site it asks, lets `check --deploy`
judge the answers, and writes .env. With real settings it makes what a site begins with.
"""

import os
import secrets
import subprocess
import sys
from argparse import ArgumentParser
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from config import environment
from config.site import absolute
from newsletter.mailing import arming
from newsletter.models import Newsletter
from newsletter.values import addresses

NOTHING = "Nothing was changed."
ROOT = "As root give this user an empty one: install -m 600 -o USER /dev/null .env"
AGAIN = "The settings are in .env. Remove the cause and run it again."
SECRETS = ("SECRET_KEY", "ADDRESS_KEY", "HEALTH_TOKEN")
DONE = """{editor}
Left to do:
 1. Keep a copy of .env elsewhere: without its keys links in mail are dead.
 2. Start site, worker, clock and the nightly backup: docs/operators.md
 3. Publish the SPF and DKIM records of {domain} that your mail server needs, and a TXT record of
    _dmarc.{domain}: v=DMARC1; p=none; rua=mailto:{operator}
 4. See what is missing: manage.py doctor"""


@dataclass(frozen=True)
class Prompt:
    """`check` raises what is wrong with an answer. `is_row`: it is kept in the database."""

    name: str
    text: str
    check: Callable[[str], object] = str
    default: str | None = None  # None: it must be answered
    is_row: bool = False

    @property
    def option(self) -> str:
        return f"--{self.name.replace('_', '-')}"

    def problem(self, answer: str) -> str:
        if not answer:
            return f"{self.option} is missing." if self.default is None else ""
        try:
            self.check(answer)
        except (ImproperlyConfigured, ValueError) as error:
            return f"{self.option}: {error}"
        return "" if answer.isprintable() else f"{self.option} is not one line of text."


PROMPTS = (
    Prompt("site_url", "Address of the site: https://pulse.example.org", environment.site_url),
    Prompt("site_name", "Its name", default=settings.SITE_NAME),
    Prompt("mail_url", "Mail server: smtp+tls://user:password@host:587", environment.mailer),
    Prompt("mail_from", "Sender: Pulse <pulse@example.org>", addresses.mailbox_of),
    Prompt("operators", "Mail address of who hears of failures", addresses.cleaned),
    Prompt("contact", "Mail address that publishers of data see", addresses.cleaned),
    Prompt("trusted_proxies", "Number of your reverse proxies", int, "1"),
    Prompt("database_url", "postgres://user:password@host/name; empty: SQLite", default=""),
    Prompt("data_dir", "Folder of its data", default=str(settings.BASE_DIR / "var")),
    Prompt("editor", "Mail address of the first editor", addresses.cleaned, is_row=True),
    Prompt("postal_address", "Postal address, in each mail", is_row=True),
)


class Command(BaseCommand):
    help = "Make a real site: .env with secrets, database, newsletter, first editor."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--no-input", action="store_true", help="ask nothing")
        for each in PROMPTS:
            parser.add_argument(each.option, help=each.text)

    def handle(self, **options: Any) -> None:
        if settings.DEBUG and environment.is_written(settings.BASE_DIR / ".env"):
            raise CommandError("There is an .env of a development site. Move it away first.")
        asked = [each for each in PROMPTS if settings.DEBUG or each.is_row]
        answers = {each: _answer(each, options[each.name], options["no_input"]) for each in asked}
        if problems := list(filter(None, (each.problem(text) for each, text in answers.items()))):
            raise CommandError("\n".join([NOTHING, *problems]))
        self.stdout.write((_write_environment if settings.DEBUG else _make_site)(answers))


def _answer(prompt: Prompt, given: str | None, is_silent: bool) -> str:
    while given is None and not is_silent:
        given = input(f"{prompt.text} [{prompt.default or ''}]: ").strip() or prompt.default
        if problem := prompt.problem(given or ""):
            sys.stdout.write(f"{problem}\n")
            given = None
    return (given or prompt.default or "").strip()


def _write_environment(answers: dict[Prompt, str]) -> str:
    """Write .env if the settings are good, and go on as the site that they describe."""
    values = {q.name.upper(): text for q, text in answers.items() if text and not q.is_row}
    values |= {name: secrets.token_urlsafe(48) for name in SECRETS}
    values |= {"DEBUG": "0", "LINK_KEYS": f"k1:{secrets.token_urlsafe(48)}"}
    _manage(values, NOTHING, "check", "--deploy")
    if "DATABASE_URL" in values:
        _manage(values, NOTHING, "migrate", "--plan")  # the database answers
    try:
        environment.write(settings.BASE_DIR / ".env", values)
    except OSError as error:
        raise CommandError(f"{NOTHING} {error.filename}: {error.strerror}. {ROOT}") from error
    rows = [f"{each.option}={text}" for each, text in answers.items() if each.is_row]
    return _manage(values, AGAIN, "setup", "--no-input", *rows)


def _manage(values: dict[str, str], if_not: str, *command: str) -> str:
    run, own = [sys.executable, "manage.py", *command], os.environ | values
    done = subprocess.run(run, cwd=settings.BASE_DIR, env=own, capture_output=True, text=True)  # noqa: S603
    if done.returncode:
        raise CommandError(f"{if_not}\n{done.stderr.strip()}")
    return done.stdout


def _make_site(answers: dict[Prompt, str]) -> str:
    given = {each.name: text for each, text in answers.items()}
    call_command("migrate", verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)
    try:
        arming.require_armed()
    except arming.NotArmed as error:
        raise CommandError(str(error)) from error
    newsletter = Newsletter.objects.get(is_default=True)
    newsletter.postal_address = given["postal_address"]
    if not newsletter.subscriptions.exists():
        newsletter.name = settings.SITE_NAME[:80]
    newsletter.save()
    domain = addresses.mailbox_of(settings.DEFAULT_FROM_EMAIL).rpartition("@")[2]
    name, editor = given["editor"], "There is an editor already."
    if not User.objects.filter(is_superuser=True).exists():
        password = secrets.token_urlsafe(15)
        User.objects.create_superuser(name, name, password)
        editor = f"{name} logs in at {absolute('/admin/')} with the password {password}"
    return DONE.format(editor=editor, domain=domain, operator=(settings.ADMINS or ["YOU"])[0])
