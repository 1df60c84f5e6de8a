from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.core import checks
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError
from django.db.models.functions import Now
from django.utils import timezone

from config import health
from config.health import Finding, Look, State
from newsletter.doctor import mail_dns, public_address, trial_message
from newsletter.models import Newsletter
from newsletter.values import addresses

APART = 2.0, 60.0  # seconds between two clocks that are worth a look, and that break leases


class Command(BaseCommand):
    help = "Look at everything that the site needs, inside and outside, and say what to do."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--mail", metavar="ADDRESS", help="send a test message there, too")
        parser.add_argument(
            "--message", type=Path, metavar="FILE",
            help="read the headers of that message: a file, or the last of an mbox",
        )  # fmt: skip
        parser.add_argument(
            "--nameserver", default="", metavar="HOST[:PORT]",
            help="ask this name server, such as 1.1.1.1, instead of the one of this machine",
        )  # fmt: skip

    def handle(self, **options: Any) -> None:
        is_broken = False
        for name, found in self._findings(options):
            self.stdout.write(f"{found.state:<9} {name:<28} {found.text}")
            is_broken |= found.state is State.BROKEN
        if is_broken:
            raise CommandError("Something is broken, see above.")

    def _findings(self, options: dict[str, Any]) -> Iterator[tuple[str, Finding]]:
        yield from settings_checks()
        yield from health.look_at_all().items()
        for name, look in _outside(options["nameserver"]).items():
            yield name, health.found_by(look)
        if options["mail"]:
            yield "test message", _send(options["mail"])
        if options["message"]:
            try:
                yield from trial_message.judge(trial_message.newest(options["message"])).items()
            except OSError as error:
                yield "test message", Finding(State.BROKEN, str(error))


def settings_checks() -> Iterator[tuple[str, Finding]]:
    """Yield what `manage.py check --deploy` says."""
    every = checks.run_checks(include_deployment_checks=True)
    found = [each for each in every if not each.is_silenced()]
    for each in found:
        state = State.BROKEN if each.is_serious() else State.LOOK
        yield str(each.id), Finding(state, " ".join(filter(None, (each.msg, each.hint))))
    if not found:
        yield "settings", Finding(State.OK, "manage.py check --deploy says nothing.")


def clocks() -> Finding:
    """Check whether the database's clock and this machine's agree."""
    at = ContentType.objects.values_list(Now(), flat=True).first()
    apart = abs((timezone.now() - at).total_seconds()) if at else 0
    if apart < APART[0]:
        return Finding(State.OK, "The clocks of database and machine agree.", apart)
    state = State.LOOK if apart < APART[1] else State.BROKEN
    text = f"Database and machine are {apart:.0f} seconds apart. Set both by NTP."
    return Finding(state, text, apart)


def _outside(nameserver: str) -> dict[str, Look]:
    ask = mail_dns.resolver_of(nameserver)
    urls = filter(None, (settings.MAIL_URL, settings.BULK_MAIL_URL))
    relays = dict.fromkeys(urlsplit(url).hostname or "" for url in urls)
    return {
        "clocks": clocks,
        "mail server": trial_message.connect,
        "certificate": public_address.certificate,
        "public pages": public_address.public_pages,
        "one-click unsubscribing": public_address.one_click,
        **mail_dns.mail_dns(
            ask, _senders(), settings.BOUNCE_DOMAIN, relays, settings.DKIM_SELECTOR
        ),
    }


def _senders() -> list[str]:
    """Return the domains of MAIL_FROM and of the newsletters' own senders."""
    found = []
    with suppress(addresses.AddressError):  # a check says so
        found.append(addresses.mailbox_of(settings.DEFAULT_FROM_EMAIL))
    with suppress(DatabaseError):
        found += Newsletter.objects.exclude(from_address="").values_list("from_address", flat=True)
    return [addresses.on_the_wire(each).rpartition("@")[2] for each in found]


def _send(address: str) -> Finding:
    try:
        trial_message.send(address)
    except (addresses.AddressError, OSError) as error:
        return Finding(State.BROKEN, f"It was not sent. {type(error).__name__}: {error}")
    cure = "When it is there, save it with all headers: manage.py doctor --message FILE"
    return Finding(State.LOOK, f"It was sent. {cure}")
