from typing import Any

from django.core.management.base import BaseCommand
from django.template.defaultfilters import pluralize

from glossary.mentions.relinking import relink_all


class Command(BaseCommand):
    help = "Link every text again. Saving a text links it automatically."

    def handle(self, **options: Any) -> None:
        count = relink_all()
        self.stdout.write(f"Links to terms changed on {count} page{pluralize(count)}.")
