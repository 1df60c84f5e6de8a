from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.template.defaultfilters import pluralize

from config.logins import lift_pause


class Command(BaseCommand):
    help = "Lift the pause of an account: its failed log-ins so far no longer count."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("username")

    def handle(self, **options: Any) -> None:
        count = lift_pause(options["username"])
        said = f"failed log-in{pluralize(count)} no longer count{pluralize(count, 's,')}"
        self.stdout.write(f"{count} {said}.")
