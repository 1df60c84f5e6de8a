from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from newsletter.subscribers import suppression
from newsletter.values.addresses import AddressError


class Command(BaseCommand):
    help = (
        "Show why we may not write to an address; with --yes, lift it. For "
        "people who prove that the address is theirs and ask for it. It does not subscribe them: "
        "they sign up themselves."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("address")
        parser.add_argument(
            "--yes", action="store_true", help="lift it; without this, only show it"
        )
        parser.add_argument("--why", default="", help="recorded with it; --yes needs it")

    def handle(self, address: str, yes: bool, why: str, **options: Any) -> None:
        if yes and not why:
            raise CommandError("Say why, such as: --why 'asked by mail on 3 May'")
        try:
            found = suppression.suppressions_of(address)
        except AddressError as error:
            raise CommandError(str(error)) from error
        for each in found:
            day = f"{each.created_at:%d %B %Y}"
            self.stdout.write(f"{each.get_reason_display()} on {day}: {each.scope}")
        if not found:
            self.stdout.write("This address is not suppressed.")
        elif yes:
            suppression.lift(found, why)
            self.stdout.write("Lifted. The address gets mail again once it is confirmed.")
        else:
            self.stdout.write("Nothing was changed. To lift this, run it again with --yes.")
