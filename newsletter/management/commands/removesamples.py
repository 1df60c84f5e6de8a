from typing import Any

from django.core.management.base import BaseCommand
from django.template.defaultfilters import pluralize

from newsletter.issues.deletions import delete_samples


class Command(BaseCommand):
    help = "Delete the sample issues, which `make run` imports into a new development site."

    def handle(self, **options: Any) -> None:
        count = delete_samples()
        self.stdout.write(f"{count} sample issue{pluralize(count)} deleted.")
