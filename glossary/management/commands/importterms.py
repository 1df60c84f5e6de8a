from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection
from django.template.defaultfilters import pluralize

from glossary.exchange.import_formats import read_path
from glossary.exchange.report import ImportReport
from glossary.exchange.term_files import TermsRefused
from glossary.exchange.term_import import import_terms


@contextmanager
def _statements_forgotten() -> Iterator[None]:
    """Keep no statements: with DEBUG Django keeps the last 9,000, with all texts in them."""
    kept, connection.queries_log = connection.queries_log, deque(maxlen=0)
    try:
        yield
    finally:
        connection.queries_log = kept


class Command(BaseCommand):
    help = "Create and update terms from Markdown, CSV, Excel or JSON files: all of them or none."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("path", type=Path, help="a file, or a folder of Markdown files")
        parser.add_argument("--dry-run", action="store_true", help="only report what would change")

        parser.add_argument("--encoding", default="", help="if a file is not UTF-8")

    def handle(self, path: Path, dry_run: bool, encoding: str, **options: Any) -> None:
        try:
            with _statements_forgotten():
                report = import_terms(read_path(path, encoding), dry_run)
        except OSError as error:
            raise CommandError(f"{path} cannot be read: {error.strerror}.") from error
        except TermsRefused as refused:
            count = len(refused.problems)
            cure = f"Correct the {count} problem{pluralize(count)} above and run it again."
            raise CommandError(f"{refused}\n\nNothing was changed. {cure}") from refused
        self._print(report)
        if dry_run:
            self.stdout.write("Dry run: nothing was changed.")

    def _print(self, report: ImportReport) -> None:
        for name in report.categories:
            self.stdout.write(f"new category  {name}")
        for line in report.created:
            state = "draft, " if line.is_draft else ""
            self.stdout.write(f"new term      {line.headword} ({state}/glossary/{line.slug}/)")
        for line in report.updated:
            self.stdout.write(f"changed       {line.headword} ({', '.join(line.changes)})")
        for line in report.lines:
            for remark in line.remarks:
                self.stdout.write(f"to look at    {line.label}, {line.headword}: {remark}")
        self.stdout.write(
            f"{len(report.created)} new, {len(report.updated)} changed, "
            f"{len(report.unchanged)} unchanged."
        )
