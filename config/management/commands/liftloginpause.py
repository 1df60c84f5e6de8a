from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.template.defaultfilters import pluralize

from config.logins import forget_failures


class Command(BaseCommand):
    help = "Lift the pause of an account by deleting its failed log-ins."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("username")

    def handle(self, **options: Any) -> None:
        count = forget_failures(options["username"])
        self.stdout.write(f"{count} failed log-in{pluralize(count)} deleted.")
