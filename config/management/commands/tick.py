import time
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import close_old_connections

from config.watching import watched_round


class Command(BaseCommand):
    help = "Do what is due by the clock: publish scheduled terms, resend waiting mail, tidy up."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--loop", action="store_true", help="go on, once a minute, until stopped"
        )

    def handle(self, **options: Any) -> None:
        while True:
            for line in watched_round():
                self.stdout.write(line)
            if not options["loop"]:
                return
            time.sleep(60 - time.time() % 60)
            # Not before: an open connection tells a restore on another machine that the clock runs.
            close_old_connections()
