import sys
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError, CommandParser

from config.environment import mailbox
from newsletter.mailing import arming
from newsletter.returns import intake
from newsletter.returns.incoming import LARGEST
from newsletter.returns.mailboxes import UNREADABLE, read_mailbox

TRY_LATER = 75  # EX_TEMPFAIL: a mail server keeps the mail and runs the command again


class Command(BaseCommand):
    help = "Read bounces, complaints and mail that asks to leave, and act on them."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "mailbox",
            nargs="?",
            help="a Maildir folder, an mbox file, imaps://user:password@host/folder, or - for one "
            "mail on standard input; default: BOUNCE_MAILBOX",
        )
        parser.add_argument("--keep", action="store_true", help="leave the mails in the mailbox")

    def handle(self, mailbox: str | None, keep: bool, **options: Any) -> None:
        if why := arming.reason_not_armed():
            raise CommandError(why, returncode=TRY_LATER)
        if mailbox == "-":
            raw = sys.stdin.buffer.read(LARGEST)
            while sys.stdin.buffer.read(LARGEST):
                pass  # a mail server takes a pipe that closes early for a failure
            self.stdout.write(intake.take_mail(raw).kind)
            return
        try:
            found = read_mailbox(self._address(mailbox), keep=keep)
        except UNREADABLE as error:
            raise CommandError(f"The mailbox cannot be read. {error}") from error
        for kind, count in found.most_common():
            self.stdout.write(f"{count:>6} {kind}")
        self.stdout.write(f"{found.total():>6} in all")

    def _address(self, text: str | None) -> Any:
        try:
            if text and "://" not in text:
                text = str(Path(text).absolute())
            url = mailbox(text) if text else settings.BOUNCE_MAILBOX
        except ImproperlyConfigured as error:
            raise CommandError(str(error)) from error
        if url is None:
            raise CommandError("Name a mailbox, or set BOUNCE_MAILBOX.")
        return url
