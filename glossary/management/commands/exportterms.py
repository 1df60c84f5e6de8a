from contextlib import suppress
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db.models import QuerySet

from glossary.exchange.export_formats import FORMATS, TooLong, term_records, write_folder
from glossary.models import Term


class Command(BaseCommand):
    help = (
        f"Write all terms, drafts included, to one file. Its extension sets the format: "
        f"{', '.join(FORMATS)}. Without one it is a folder of Markdown files, new or empty."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("path", type=Path, help="what to write, such as terms.csv")

    def handle(self, path: Path, **options: Any) -> None:
        ending = path.suffix.removeprefix(".").lower()
        if ending and ending not in FORMATS:
            endings = ", ".join(FORMATS)
            raise CommandError(f"The name must end in one of: {endings}. A folder has no ending.")
        terms = Term.objects.in_index_order()
        try:
            if ending:
                _write_file(terms, path, ending)
            else:
                write_folder(term_records(terms), path)
        except (TooLong, OSError) as error:
            raise CommandError(f"Nothing was written. {error}") from error
        self.stdout.write(f"{terms.count()} terms written to {path}.")


def _write_file(terms: QuerySet[Term], path: Path, ending: str) -> None:
    """Write beside the path first, so that an error leaves a file there as it is."""
    partial = path.with_name(f"{path.name}.part")
    try:
        with partial.open("wb") as out:
            FORMATS[ending].write(term_records(terms), out)
        partial.replace(path)
    finally:
        with suppress(OSError):
            partial.unlink()
