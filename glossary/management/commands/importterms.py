from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from glossary.importing import Report, import_terms, read_files
from glossary.termfiles import Refused


class Command(BaseCommand):
    help = "Create and update terms from Markdown files with front matter. All of them or none."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("path", type=Path, help="a Markdown file, or a folder of them")
        parser.add_argument("--dry-run", action="store_true", help="say what would change, only")

    def handle(self, path: Path, dry_run: bool, **options: Any) -> None:
        try:
            report = import_terms(read_files(path), dry_run)
        except Refused as refused:
            count = len(refused.problems)
            raise CommandError(
                f"{refused}\n\nNothing was changed. Mend the {count} above and run it again."
            ) from refused
        self._print(report)
        if dry_run:
            self.stdout.write("Dry run: nothing was changed.")

    def _print(self, report: Report) -> None:
        for name in report.categories:
            self.stdout.write(f"new category  {name}")
        for headword in report.created:
            self.stdout.write(f"new term      {headword}")
        for headword, changes in report.updated.items():
            self.stdout.write(f"changed       {headword} ({', '.join(changes)})")
        self.stdout.write(
            f"{len(report.created)} new, {len(report.updated)} changed, "
            f"{len(report.unchanged)} unchanged."
        )
