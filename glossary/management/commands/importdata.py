from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from glossary.ingest.definitions import FoldersRefused, import_folders


class Command(BaseCommand):
    help = "Create or update series from folders with series.yaml and one CSV per release."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "path", type=Path, help="folder of a series, or of several such folders"
        )
        parser.add_argument("--dry-run", action="store_true", help="only report what would change")
        parser.add_argument(
            "--accept", action="store_true", help="confirm what is asked (status 3 without it)"
        )

    def handle(self, path: Path, dry_run: bool, accept: bool, **options: Any) -> None:
        try:
            report = import_folders(path, dry_run, accept)
        except FoldersRefused as refused:
            said = f"{refused}\nNothing was changed."
            if not refused.needs_a_person:
                raise CommandError(said) from refused
            raise CommandError(f"{said} Confirm it with --accept.", returncode=3) from refused
        for slug in report.created:
            self.stdout.write(f"new series    {slug}")
        for release in report.releases:
            self.stdout.write(
                f"new release   {release.series.slug} of {release.released_on}: {release.summary}"
            )
        if dry_run:
            self.stdout.write("Dry run: nothing was changed.")
