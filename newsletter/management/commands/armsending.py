from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from newsletter.sending import arming


class Command(BaseCommand):
    help = (
        "Let this database send issues from this machine. Run it on a new site, and after a "
        "restore, once you have checked what was sent already."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--join",
            action="store_true",
            help="the database is in use and already armed; let this machine send as well",
        )

    def handle(self, **options: Any) -> None:
        if options["join"]:
            arming.write_file()
        else:
            for issue in arming.arm():
                self.stdout.write(
                    f"Issue {issue.number} was approved for {issue.send_at:%Y-%m-%d %H:%M} and has "
                    "expired: it may have been sent already. Check, then approve it again."
                )
        self.stdout.write(arming.reason_not_armed() or "This database may send from this machine.")
