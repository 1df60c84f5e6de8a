from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError

from config.backups import BackupError
from config.backups.restoring import restore


class Command(BaseCommand):
    help = "Replace the database by a backup, after a backup of what is there. Stop the site first."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("backup", type=Path, help="a file that manage.py backup wrote")
        parser.add_argument(
            "--check",
            action="store_true",
            help="only rehearse it: restore beside the database, and say what it would mean",
        )

    def handle(self, backup: Path, check: bool, **options: Any) -> None:
        try:
            for line in restore(backup, is_rehearsal=check):
                self.stdout.write(line)
        except (BackupError, DatabaseError, OSError) as error:
            raise CommandError(f"The site's database is as it was. {error}") from error
