from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from glossary.exchange.export_formats import FORMATS, TooLong, term_records
from glossary.models import Term


class Command(BaseCommand):
    help = (
        f"Write all terms, drafts included, to one file. Its extension sets the format: "
        f"{', '.join(FORMATS)}."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("path", type=Path, help="the file to write, such as terms.csv")

    def handle(self, path: Path, **options: Any) -> None:
        ending = path.suffix.removeprefix(".").lower()
        if ending not in FORMATS:
            raise CommandError(f"The name must end in one of: {', '.join(FORMATS)}.")
        found = term_records(Term.objects.order_by("category__position", "headword_key"))
        try:
            path.write_bytes(FORMATS[ending].write(found))
        except (TooLong, OSError) as error:
            raise CommandError(f"Nothing was written. {error}") from error
        self.stdout.write(f"{len(found)} terms written to {path}.")
