from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from glossary.ingest import refreshing
from glossary.ingest.columns import suggest_column
from glossary.models import Series


class Command(BaseCommand):
    help = "Fetch newer data from publishers, for all series with an address to fetch from."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "slugs", nargs="*", metavar="SLUG", help="only these, even if the data have not changed"
        )

    def handle(self, slugs: list[str], **options: Any) -> None:
        series = self._named(slugs) if slugs else list(Series.objects.fetched().with_page())
        failed = 0
        for outcome in refreshing.refresh_series(series, again=bool(slugs)):
            failed += outcome.is_failure
            self.stdout.write(f"{outcome.series.slug}: {outcome.text}")
        if failed:
            raise CommandError(f"{failed} of {len(series)} could not be fetched; old data stay.")

    def _named(self, slugs: list[str]) -> list[Series]:
        found = {each.slug: each for each in Series.objects.with_page().filter(slug__in=slugs)}
        for slug in slugs:
            if slug not in found:
                near = suggest_column(slug, Series.objects.values_list("slug", flat=True))
                raise CommandError(f"There is no series “{slug}”.{near}")
            if not found[slug].fetch_url:
                raise CommandError(f"{slug} has no address to fetch from. Set it in admin.")
        return list(found.values())
