"""System checks of settings that would prevent sending mail."""

from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register

from newsletter.values.addresses import AddressError, mailbox_of


@register
def check_sender(**kwargs: Any) -> Iterator[CheckMessage]:
    try:
        mailbox_of(settings.DEFAULT_FROM_EMAIL)
    except AddressError as error:
        yield Error(
            f"MAIL_FROM is {settings.DEFAULT_FROM_EMAIL!r}. {error}",
            hint='Write it as "Name <name@example.org>". A name with a comma needs quotes '
            "of its own: '\"Pulse, Inc\" <pulse@example.org>'.",
            id="newsletter.E001",
        )


@register
def check_sending(**kwargs: Any) -> Iterator[CheckMessage]:
    least = {"SEND_WORKERS": 1, "SEND_CONNECTIONS": 1}
    least |= {"SEND_RATE": 0, "SEND_DOMAIN_RATE": 0, "SEND_FIRST_DAY": 0}
    for name, number in least.items():
        if getattr(settings, name) < number:
            yield Error(
                f"{name} is {getattr(settings, name)}.",
                hint=f"Set it to {number} or more, or leave it out.",
                id="newsletter.E002",
            )


@register
def check_returns(**kwargs: Any) -> Iterator[CheckMessage]:
    if settings.BOUNCE_MAILBOX is not None and not settings.BOUNCE_DOMAIN:
        yield Warning(
            "BOUNCE_MAILBOX is read, and BOUNCE_DOMAIN is empty: no bounce proves whom it is "
            "about, so none ends writing to a dead mailbox.",
            hint="Set BOUNCE_DOMAIN to a domain whose mail arrives in that mailbox.",
            id="newsletter.W001",
        )
