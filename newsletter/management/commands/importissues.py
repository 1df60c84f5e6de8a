from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from newsletter.issues.archive_import import ArchiveImportError, import_issues


class Command(BaseCommand):
    help = (
        "Import issues that were sent earlier into the archive, from Markdown files; all or none."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("path", type=Path, help="a Markdown file or a folder of them")
        parser.add_argument(
            "--newsletter", default="", help="its slug; without it, the default newsletter"
        )
        parser.add_argument("--dry-run", action="store_true", help="only report what would change")

    def handle(self, path: Path, newsletter: str, dry_run: bool, **options: Any) -> None:
        try:
            added, present = import_issues(path, newsletter, dry_run=dry_run)
        except ArchiveImportError as refused:
            raise CommandError(f"{refused}\nNothing was changed.") from refused
        for issue in added:
            self.stdout.write(f"new issue     {issue}")
        for issue in present:
            self.stdout.write(f"unchanged     {issue}")
        if dry_run:
            self.stdout.write("Dry run: nothing was changed.")
