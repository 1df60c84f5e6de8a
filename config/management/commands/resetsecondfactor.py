from typing import Any

from django.contrib.auth.models import User
from django.core.management.base import BaseCommand, CommandError, CommandParser

from config import second_factor


class Command(BaseCommand):
    help = "Remove the second factor of an account whose phone and recovery codes are lost."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("username")

    def handle(self, **options: Any) -> None:
        user = User.objects.filter(username=options["username"]).first()
        if user is None:
            raise CommandError(f"There is no account “{options['username']}”.")
        had_one = second_factor.remove(user, user)
        said = "removed, and all its sessions ended" if had_one else "not there"
        self.stdout.write(f"The second factor of {user} was {said}.")
