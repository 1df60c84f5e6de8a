import shlex
import sys
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from glossary.ingest.columns import Columns, role_text, suggest_column
from glossary.ingest.guessing import ChoiceNeeded
from glossary.ingest.plans import ReleasePlan, accept_release, plan_release
from glossary.ingest.problems import DataRefused
from glossary.ingest.uploads import day_in_name
from glossary.models import Series

NEEDS_A_PERSON = 3  # exit status


class Command(BaseCommand):
    help = "Import a release of a series from a CSV, TSV, JSON or Excel file."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("slug", help="slug of an existing series")
        parser.add_argument("file", type=Path)
        parser.add_argument(
            "--released",
            metavar="YYYY-MM-DD",
            help="release date; default: the day in the file's name, else today",
        )
        parser.add_argument("--dry-run", action="store_true", help="only report what would change")
        parser.add_argument(
            "--accept", action="store_true", help="confirm what is asked (status 3 without it)"
        )
        parser.add_argument("--columns", default="", help="such as period=quarter,value=median")
        parser.add_argument(
            "--where", action="append", default=[], help="such as chip=A100; “where=” for none"
        )
        parser.add_argument(
            "--pick", default="", help="which row of a period: min, max, first, last or none"
        )
        parser.add_argument("--date-format", default="", help="M/D/YYYY, D/M/YYYY, M/D/YY, D/M/YY")
        parser.add_argument("--encoding", default="", help="if the file is not UTF-8")
        parser.add_argument("--note", default="", help="stored with the release")

    def handle(self, slug: str, file: Path, **options: Any) -> None:
        series = Series.objects.with_page().filter(slug=slug).first()
        if series is None:
            near = suggest_column(slug, Series.objects.values_list("slug", flat=True))
            raise CommandError(
                f"There is no series “{slug}”.{near} Create it in admin or with importdata."
            )
        planned = self._plan(series, file, options)
        for line in planned.lines():
            self.stdout.write(line)
        if options["dry_run"]:
            for question in planned.questions:
                self.stdout.write(f"A person would have to accept: {question}")
            self.stdout.write("Dry run: nothing was changed.")
        elif planned.needs_a_person and not options["accept"] and not _is_told_yes(planned):
            raise CommandError(
                f"{' '.join(planned.questions)} Nothing was changed. Read the lines above, and run"
                " it again with --accept.",
                returncode=NEEDS_A_PERSON,
            )
        else:
            release = accept_release(planned, note=options["note"])
            self.stdout.write(f"Accepted: {release.kind}." if release else "Nothing is new.")

    def _plan(self, series: Series, file: Path, options: dict[str, Any]) -> ReleasePlan:
        asked = Columns(
            options["columns"],
            tuple(options["where"]),
            options["pick"],
            options["date_format"],
            options["encoding"],
        )
        try:
            return plan_release(
                series, file.read_bytes(), file.name, self._day(options["released"], file), asked
            )
        except OSError as error:
            raise CommandError(f"{file} cannot be read: {error.strerror}.") from error
        except ChoiceNeeded as needed:
            examples = " or ".join(
                f"--columns {shlex.quote(role_text(needed.role, column))}"
                for column in needed.columns[:3]
            )
            raise CommandError(
                f"{needed} Nothing was changed. Choose, such as {examples}.",
                returncode=NEEDS_A_PERSON,
            ) from needed
        except DataRefused as refused:
            raise CommandError(f"{refused}\nNothing was changed.") from refused

    def _day(self, text: str | None, file: Path) -> date:
        if not text:
            return day_in_name(file.name) or timezone.localdate()
        try:
            day = date.fromisoformat(text)
        except ValueError as error:
            raise CommandError("--released must be a day such as 2026-02-06.") from error
        if day > timezone.localdate():
            raise CommandError(f"--released {day} is in the future.")
        return day


def _is_told_yes(planned: ReleasePlan) -> bool:
    if not sys.stdin.isatty():
        return False
    return input(f"{' '.join(planned.questions)} Accept? [y/N] ").strip().lower() == "y"
