from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from glossary.exchange.importing import import_terms, read_files
from glossary.exchange.reading import read
from glossary.exchange.report import Report
from glossary.exchange.term_files import Refused, TermFile


class Command(BaseCommand):
    help = "Create and update terms from Markdown, CSV, Excel or JSON files: all of them or none."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("path", type=Path, help="a file, or a folder of Markdown files")
        parser.add_argument("--dry-run", action="store_true", help="only report what would change")

    def handle(self, path: Path, dry_run: bool, **options: Any) -> None:
        try:
            report = import_terms(_files(path), dry_run)
        except OSError as error:
            raise CommandError(f"{path} cannot be read: {error.strerror}.") from error
        except Refused as refused:
            count = len(refused.problems)
            raise CommandError(
                f"{refused}\n\nNothing was changed. Correct the {count} above and run it again."
            ) from refused
        self._print(report)
        if dry_run:
            self.stdout.write("Dry run: nothing was changed.")

    def _print(self, report: Report) -> None:
        for name in report.categories:
            self.stdout.write(f"new category  {name}")
        for line in report.created:
            self.stdout.write(f"new term      {line.headword}")
        for line in report.updated:
            self.stdout.write(f"changed       {line.headword} ({', '.join(line.changes)})")
        self.stdout.write(
            f"{len(report.created)} new, {len(report.updated)} changed, "
            f"{len(report.unchanged)} unchanged."
        )


def _files(path: Path) -> list[TermFile]:
    if path.is_dir() or path.suffix == ".md":
        return read_files(path)
    return read(path.read_bytes(), path.name)
