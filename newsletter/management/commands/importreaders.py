from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from newsletter.models import Newsletter, ReaderImport, RowResult
from newsletter.subscribers import imports

State = ReaderImport.State


class Command(BaseCommand):
    help = (
        "Import readers from a CSV file with their addresses, consent source and consent date. "
        "Each gets a mail and must confirm, unless you say where they confirmed. Nobody who left "
        "or is suppressed is touched."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("path", type=Path)
        parser.add_argument("--newsletter", default="", help="slug; by default the default one")
        parser.add_argument("--source", default="", help="consent source of rows without one")
        parser.add_argument("--encoding", default="", help="of files that are not UTF-8")
        parser.add_argument(
            "--confirmed-at", default="", help="where and when these readers confirmed already"
        )
        parser.add_argument("--dry-run", action="store_true", help="only report what would change")

    def handle(self, path: Path, dry_run: bool, **options: Any) -> None:
        upload = self._upload(path, options)
        imports.add(upload)
        self._run(upload)
        if upload.state == State.REFUSED or dry_run:
            upload.delete()
        if upload.state == State.REFUSED:
            raise CommandError(f"{upload.problem}\nNothing was changed.")
        if not dry_run:
            imports.accept(upload)
            self._run(upload)
        self._report(upload)
        if dry_run:
            self.stdout.write("Dry run: nothing was changed.")

    def _upload(self, path: Path, options: dict[str, Any]) -> ReaderImport:
        slug = options["newsletter"]
        found = Newsletter.objects.filter(**{"slug": slug} if slug else {"is_default": True})
        try:
            return ReaderImport(
                kind=ReaderImport.Kind.READERS,
                name=path.name[:200],
                content=path.read_bytes(),
                encoding=options["encoding"],
                newsletter=found.get(),
                stated=options["source"],
                proof=options["confirmed_at"],
            )
        except OSError as error:
            raise CommandError(f"{path} cannot be read: {error.strerror}.") from error
        except Newsletter.DoesNotExist as error:
            raise CommandError(f"There is no newsletter “{slug}”.") from error

    def _run(self, upload: ReaderImport) -> None:
        while imports.run_slice(upload.pk):
            upload.refresh_from_db(fields=["position", "total"])
            self.stderr.write(f"{upload.percent}%")
        upload.refresh_from_db()

    def _report(self, upload: ReaderImport) -> None:
        for number, result, why in imports.report_lines(upload):
            if result != RowResult.NEW.label:
                self.stdout.write(f"row {number}: {result}{f' ({why})' if why else ''}")
        for each in RowResult:
            if count := upload.counts.get(each):
                self.stdout.write(f"{count:>9,} {each.label}")
